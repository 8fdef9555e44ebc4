"""What a kernel can reach. The source of this module is run inside a sandbox: standard library only."""

import hashlib
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REACHED = "REACHED"
PATIENCE = 3.0
WANTED_STATUS = ("Seccomp", "NoNewPrivs", "CapEff")


def knock(host: str, port: int) -> str:
    """Try to connect; return the refusal in words."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return REACHED


def resolve(name: str) -> str:
    """Try to look a name up; return the refusal in words."""
    try:
        socket.getaddrinfo(name, 443)
    except OSError as error:
        return error.strerror or type(error).__name__
    return REACHED


def look_for(path: str) -> str:
    """Try to see a path; return the refusal in words."""
    try:
        Path(path).stat()
    except OSError as error:
        return error.strerror or type(error).__name__
    return REACHED


def _sha256(value: str) -> str:
    return hashlib.sha256(value.encode(errors="surrogateescape")).hexdigest()


def look_around(
    targets: Mapping[str, tuple[str, int]],
    paths: Sequence[str],
    names: Sequence[str],
    secrets: Sequence[str],
) -> dict[str, Any]:
    """Return what came of every try, and what the kernel says of itself; `secrets` are SHA-256 in hex."""
    lines = (line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "connections": {name: knock(host, port) for name, (host, port) in targets.items()},
        "names": {name: resolve(name) for name in names},
        "paths": {path: look_for(path) for path in paths},
        "data": sorted(path.name for path in Path("/data").iterdir()),
        "secrets": sorted(name for name, value in os.environ.items() if _sha256(value) in secrets),
        "status": {key: value.strip() for key, value in lines if key in WANTED_STATUS},
        "processes": sum(path.name.isdigit() for path in Path("/proc").iterdir()),
        "writable_data": os.access("/data", os.W_OK),
    }

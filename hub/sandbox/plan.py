"""What one sandbox will be: decided completely before anything starts, so that it can be read, tested and refused."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

# Paths inside the sandbox. They name nothing of the host.
DATA = "/data"
HOME = "/home/researcher"
SOCKETS = "/run/enclave"
ENVIRONMENT = "/enclave/env"
LIBRARY = "/enclave/lib"
WORKPLACE = "/enclave/workplace"
ASSETS = "/enclave/assets"
PYTHON = f"{ENVIRONMENT}/bin/python"
UID = 1000


class Mount(BaseModel):
    """One path of the host as the sandbox sees it; read-only unless said otherwise."""

    model_config = ConfigDict(frozen=True)
    source: Path
    target: str
    writable: bool = False


class Limits(BaseModel):
    """What one sandbox may use (bytes, processes, cores); `file_bytes` bounds one file, wherever it is."""

    model_config = ConfigDict(frozen=True)
    memory_bytes: int
    processes: int
    cpus: float
    tmp_bytes: int = 256 * 2**20
    shm_bytes: int = 64 * 2**20
    file_bytes: int = 2**30


class SandboxPlan(BaseModel):
    """One sandbox. `uid` is its own user on the host, or None when the operator is not root (then the operator's).

    `network` is true for the relay alone: our own program, which speaks to the hub and the api.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    uid: int | None
    mounts: tuple[Mount, ...]
    environment: dict[str, str]
    command: tuple[str, ...]
    limits: Limits
    network: bool = False
    directory: str = HOME

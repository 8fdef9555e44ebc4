"""The Debian packages that Urban Enclave leans on: which are missing here, and how they get installed.

Standard library only: the bootstrap imports this before anything is installed.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FONT_DIRECTORY = Path("/usr/share/fonts/truetype/dejavu")


class SystemPackageError(RuntimeError):
    """A Debian package is missing and could not be installed; the message says the line to run."""


@dataclass(frozen=True)
class SystemPackage:
    """A Debian package, why it is needed, and a look at the machine that tells whether it is there."""

    name: str
    purpose: str
    present: Callable[[], bool]


def _library_loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


BUBBLEWRAP = SystemPackage("bubblewrap", "builds the sandboxes", lambda: shutil.which("bwrap") is not None)
SECCOMP = SystemPackage(
    "libseccomp2", "filters the system calls of a sandbox", lambda: _library_loads("libseccomp.so.2")
)
SETPRIV = SystemPackage(
    "util-linux", "ends a process with its parent", lambda: shutil.which("setpriv") is not None
)
CHROMIUM = SystemPackage("chromium", "browser tests", lambda: shutil.which("chromium") is not None)
FONTS = SystemPackage("fonts-dejavu-core", "readable screenshots", FONT_DIRECTORY.is_dir)
PYTHON_VENV = SystemPackage("python3-venv", "makes virtual environments", lambda: _has_module("ensurepip"))

TO_RUN = (BUBBLEWRAP, SECCOMP, SETPRIV)
TO_TEST = (*TO_RUN, CHROMIUM, FONTS)


def missing(packages: Iterable[SystemPackage]) -> list[SystemPackage]:
    """Return the packages of which this machine shows no trace."""
    return [package for package in packages if not package.present()]


def install_line(packages: Sequence[SystemPackage]) -> str:
    """Return the one line that a person runs to install `packages`."""
    return "sudo apt-get update && sudo apt-get install -y " + " ".join(package.name for package in packages)


def _what_and_how(packages: Sequence[SystemPackage]) -> str:
    wanted = ", ".join(f"{package.name} ({package.purpose})" for package in packages)
    return f"{wanted}. Run:\n\n    {install_line(packages)}\n"


def _root_prefix() -> list[str] | None:
    """Return what stands before a command to run it as root, or None when that asks for a password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _apt(prefix: Sequence[str], arguments: Sequence[str], log: Path) -> bool:
    command = [*prefix, "apt-get", "-o", "DPkg::Lock::Timeout=180", *arguments]
    with log.open("ab") as file:
        outcome = subprocess.run(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    return outcome.returncode == 0


def install(packages: Sequence[SystemPackage], log: Path) -> None:
    """Install `packages` with apt-get, whose words go to `log`.

    Raises SystemPackageError, with the line to run, when apt-get is absent, not allowed, or fails.
    """
    prefix = _root_prefix() if shutil.which("apt-get") else None
    if prefix is None:
        raise SystemPackageError(f"Missing on this machine: {_what_and_how(packages)}")
    arguments = ["install", "--yes", "--no-install-recommends", *(package.name for package in packages)]
    # The package lists of a new machine are empty or old: the second try has them fresh.
    if _apt(prefix, arguments, log) or (_apt(prefix, ["update"], log) and _apt(prefix, arguments, log)):
        return
    raise SystemPackageError(f"apt-get failed (its words are in {log}) on: {_what_and_how(packages)}")

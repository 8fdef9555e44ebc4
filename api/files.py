"""Files that must not be lost or half there: written aside, flushed to disk, then moved into place."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

READ_ONLY = 0o444
PART = ".part"
"""How the name of a file ends that is not whole yet."""
LEFTOVER_SECONDS = 24 * 3600.0
"""Who writes a file aside takes never as long as this: it died, and nobody will finish the file."""


def write_aside(directory: Path, chunks: Iterable[bytes]) -> Path:
    """Write a file under a passing name in `directory`, flushed to disk and read-only, and return its path.

    Nothing is left when writing fails (OSError, such as a full disk).
    """
    path = directory / f".{uuid.uuid4().hex}{PART}"
    try:
        with path.open("xb") as file:
            file.writelines(chunks)
        seal(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def seal(path: Path) -> None:
    """Flush a written file to disk and make it read-only."""
    _sync(path)
    path.chmod(READ_ONLY)


def move_into_place(aside: Path, path: Path) -> None:
    """Give a file written aside its real name, at once and for good; an older file of that name is replaced."""
    aside.replace(path)
    sync_directory(path.parent)


def drop_leftovers(directory: Path) -> None:
    """Remove what was written aside in `directory` by somebody who died before it had its real name."""
    before = time.time() - LEFTOVER_SECONDS
    for path in directory.glob(f".*{PART}"):
        if path.lstat().st_mtime < before:
            path.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory to disk: without it a crash can forget a rename."""
    _sync(directory)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

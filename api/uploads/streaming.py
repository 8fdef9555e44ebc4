"""Taking in a body piece by piece: written aside and hashed as it arrives, never whole in memory, never read as anything."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

PIECE = 1024 * 1024
"""Bytes that are gathered before they are written: a thread for each network packet would cost more than the disk."""

PART = ".part"
"""How the name of a file ends that is not whole yet."""

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Received:
    """A body that is whole and on disk, not yet in its place."""

    path: Path
    sha256: str
    bytes: int


class _Writer:
    def __init__(self, file: BinaryIO) -> None:
        self.file, self.hash, self.bytes = file, hashlib.sha256(), 0

    def write(self, piece: bytes) -> None:
        # Unbuffered: a disk that is nearly full takes the begin of a piece, and tells so by its length only.
        left = memoryview(piece)
        while left:
            left = left[self.file.write(left) :]
        self.hash.update(piece)
        self.bytes += len(piece)

    def close(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


@contextmanager
def aside(directory: Path) -> Iterator[Path]:
    """Give the path of a new file in `directory` under a passing name; what still has that name at the end is removed."""
    path = directory / f".{uuid.uuid4().hex}{PART}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def receive(path: Path, pieces: AsyncIterator[bytes]) -> Received:
    """Write `pieces` to the new file `path`, readable by us only, flushed to disk.

    Memory stays at about PIECE bytes, and the sender waits for the disk. Raises OSError (such as a full disk).
    """
    writer = _Writer(os.fdopen(os.open(path, _NEW, 0o600), "wb", buffering=0))
    held = bytearray()
    with writer.file:
        async for piece in pieces:
            held += piece
            if len(held) >= PIECE:
                await run_in_threadpool(writer.write, bytes(held))
                held.clear()
        await run_in_threadpool(writer.write, bytes(held))
        await run_in_threadpool(writer.close)
    return Received(path, writer.hash.hexdigest(), writer.bytes)

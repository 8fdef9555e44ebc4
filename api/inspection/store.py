"""What people saw of files, and the bytes that they may let out: kept by content, and proven each time it is read."""

from __future__ import annotations

import hashlib

from api.files import move_into_place, write_aside
from api.settings import Settings

DIRECTORY = "inspected"


def keep(settings: Settings, content: bytes) -> str:
    """Store bytes and return their sha256 (64 hex digits); storing them again changes nothing.

    Raises OSError when there is no room.
    """
    directory = settings.directory(DIRECTORY)
    digest = hashlib.sha256(content).hexdigest()
    move_into_place(write_aside(directory, [content]), directory / digest)
    return digest


def kept(settings: Settings, digest: str | None) -> bytes | None:
    """Return the stored bytes with this sha256; None when they are gone or no longer these bytes."""
    if digest is None:
        return None
    try:
        content = (settings.directory(DIRECTORY) / digest).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None

"""Copies of registered microdata in memory that nobody can change any more: proven once, for many who read them.

What is judged is what was proven: between a proof of a file on disk and reading it, the file could be changed. The
kernel lets nobody write to a sealed copy, whoever holds it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import reduction
from pathlib import Path
from typing import Any, BinaryIO, Final

from api.files import Marks, marks_of

MOST_BYTES: Final = 1 << 29
"""Bytes of all copies together; what is larger is proven each time that it is read."""

_CHUNK: Final = 1 << 20
_SEALS: Final = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Copy:
    """A sealed copy of a file, that a child that starts can be given; its memory is free when nobody has it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    @property
    def path(self) -> Path:
        """Where this process can open it."""
        return Path(f"/proc/self/fd/{self._descriptor}")

    def __reduce__(self) -> tuple[Callable[[Any], Copy], tuple[Any]]:
        """Let a child that starts have the same memory."""
        return _same_copy, (reduction.DupFd(self._descriptor),)


def _same_copy(duplicate: Any) -> Copy:
    return Copy(duplicate.detach())


@dataclass(frozen=True)
class _Kept:
    copy: Copy
    marks: Marks

    @property
    def size(self) -> int:
        return self.marks.size


class Copies:
    """The copies that a process keeps, the latest used ones; fit for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[tuple[Path, str], _Kept] = OrderedDict()
        self._one_by_one = threading.Lock()

    def of(self, path: Path, sha256: str) -> Copy | None:
        """Return a copy of a file that has this content; None when it has not, is too large or cannot be read.

        A file that was written to since is read again: what was altered is no longer registered, whatever is kept.
        """
        with self._one_by_one:
            try:
                return self._of(path, sha256)
            except OSError:
                # No memory, say, or no file: whoever judges proves the file by itself, and says what is wrong.
                return None

    def _of(self, path: Path, sha256: str) -> Copy | None:
        kept = self._kept.pop((path, sha256), None)
        if kept is None or kept.marks != marks_of(path.stat()):
            with path.open("rb") as file:
                kept = self._taken(file, sha256)
        if kept is None:
            return None
        self._kept[path, sha256] = kept
        return kept.copy

    def _taken(self, file: BinaryIO, sha256: str) -> _Kept | None:
        marks = marks_of(os.fstat(file.fileno()))
        if marks.size > self._most:
            return None
        while sum(one.size for one in self._kept.values()) + marks.size > self._most:
            self._kept.popitem(last=False)
        copy = _sealed(file)
        return _Kept(copy, marks) if _digest_of(copy) == sha256 else None


def _sealed(file: BinaryIO) -> Copy:
    """A sealed copy of whatever a file holds."""
    descriptor = os.memfd_create("microdata", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    copy = Copy(descriptor)
    with os.fdopen(os.dup(descriptor), "wb") as memory:
        shutil.copyfileobj(file, memory, _CHUNK)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return copy


def _digest_of(copy: Copy) -> str:
    """The sha256 of what is sealed: what was proven before could be changed until then."""
    with copy.path.open("rb") as sealed:
        return hashlib.file_digest(sealed, "sha256").hexdigest()

"""How much of the host's disk one home takes: counted from outside, because a home has no file system of its own.

A sandbox may change its home while it is counted, and may have made it to hurt who counts: links are not followed, no path
is resolved twice, and a tree deeper than anybody needs counts as full.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEEPEST = 64
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 512
# Counting a large home takes long: the host spends at most this share of its time on it.
SHARE_OF_TIME = 0.05
PAUSE_SECONDS = 2.0
# A home that is over its limit already still opens, so that its owner can clear it; it may grow by no more than this.
SLACK_BYTES, SLACK_FILES = 16 * 2**20, 200


@dataclass
class Use:
    """Bytes on disk, and files and directories."""

    bytes: int = 0
    files: int = 0

    def within(self, most: Use) -> bool:
        """Whether this is no more than `most`."""
        return self.bytes <= most.bytes and self.files <= most.files


class TooDeepError(RuntimeError):
    """A tree that nobody can count."""


def used(home: Path, most: Use | None = None) -> Use:
    """Return what a home takes; counting ends as soon as that is more than `most`.

    Raises TooDeepError.
    """
    use = Use()
    with _opened(str(home), None) as directory:
        if directory is not None:
            _count(directory, use, most, 0)
    return use


def _count(directory: int, use: Use, most: Use | None, depth: int) -> None:
    if depth > DEEPEST:
        raise TooDeepError(f"deeper than {DEEPEST} directories")
    for name in _names(directory):
        found = _stat(name, directory)
        if found is None:
            continue
        use.files += 1
        use.bytes += found.st_blocks * _BLOCK
        if most is not None and not use.within(most):
            return
        if stat.S_ISDIR(found.st_mode):
            with _opened(name, directory) as below:
                if below is not None:
                    _count(below, use, most, depth + 1)


def _names(directory: int) -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            yield entry.name


def _stat(name: str, directory: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None  # Gone since it was listed.


@contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int | None]:
    """A directory by descriptor; None when it is gone, or is something else by now."""
    try:
        descriptor = os.open(name, _OPEN, dir_fd=parent)
    except OSError as error:
        # A link in its place is ELOOP; the operator without root may be shut out by the owner's own rights (EACCES).
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES}:
            raise
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def scarce(place: Path, reserve_bytes: int) -> bool:
    """Whether the disk that holds `place` has less free than the host keeps for itself."""
    free = os.statvfs(place)
    return free.f_bavail * free.f_frsize < reserve_bytes


class Allowance:
    """What one home may take while its sandbox runs, and what the host keeps free for itself (bytes)."""

    def __init__(self, home: Path, most: Use, reserve_bytes: int) -> None:
        self.home, self.reserve_bytes = home, reserve_bytes
        self._next = 0.0
        began = self._used(None) or Use()
        self.most = Use(
            max(most.bytes, began.bytes + SLACK_BYTES), max(most.files, began.files + SLACK_FILES)
        )

    def exceeded(self) -> bool:
        """Whether the home is too large, or the host runs out of disk (also by files that no directory names any more)."""
        if time.monotonic() < self._next:
            return False
        began = time.monotonic()
        use = self._used(self.most)
        took = time.monotonic() - began
        self._next = began + took + max(PAUSE_SECONDS, took / SHARE_OF_TIME)
        return use is None or not use.within(self.most) or scarce(self.home, self.reserve_bytes)

    def _used(self, most: Use | None) -> Use | None:
        try:
            return used(self.home, most)
        except TooDeepError:
            return None

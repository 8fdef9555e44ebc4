"""Counting and removing what people made in their homes: trees that may have been made to hurt whoever does it.

No link is followed, no path is resolved twice, and neither depth, nor holes in files, nor many names of one file cost more
than the entries that are there: one directory is open at a time, holes are not read, and a file is read once.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_DIRECTORY = _FLAGS | os.O_DIRECTORY
_OWNER = stat.S_IRWXU
_BLOCK = 512
_CHUNK = 1 << 20
NOTHING = bytes(32)


class ForeignTreeError(OSError):
    """A tree that is not only ours: another file system is mounted in it, or somebody moves its directories about."""


@dataclass(frozen=True)
class Counts:
    """How many entries of each kind there are below a directory, and the bytes that its files hold, holes aside."""

    files: int = 0
    directories: int = 0
    links: int = 0
    others: int = 0
    bytes: int = 0

    def __sub__(self, before: Counts) -> Counts:
        mine, theirs = vars(self), vars(before)
        return Counts(**{name: mine[name] - theirs[name] for name in mine})


@dataclass(frozen=True)
class Part:
    """One directory in what was counted: its name, what is below it, and the sha256 of that (see `count`)."""

    name: str
    counts: Counts
    sha256: str


@dataclass(frozen=True)
class Inventory:
    """What a directory holds in all, its sha256, and the directories that stand directly in it."""

    counts: Counts = field(default_factory=Counts)
    sha256: str = ""
    parts: tuple[Part, ...] = ()


@dataclass
class _Level:
    """A directory on the way down: what it is called, which one it is, what is still to see, what was seen."""

    name: str
    identity: tuple[int, int]
    names: list[str]
    lines: list[bytes] = field(default_factory=list)


class _Walk(ABC):
    """A way through a tree, contents before their directory; the top itself is only looked into."""

    def walk(self, top: int) -> bytes:
        """Go through the directory opened as `top`, which stays open, and return the digest of its lines."""
        self._here, levels = os.dup(top), [_level("", top)]
        try:
            while levels[-1].names or len(levels) > 1:
                if levels[-1].names:
                    self._step(levels)
                else:
                    self._climb(levels)
            return _digest(levels[0].lines)
        finally:
            os.close(self._here)

    def _go(self, directory: int) -> None:
        os.close(self._here)
        self._here = directory

    def _step(self, levels: list[_Level]) -> None:
        """See the next entry of the directory where we are."""
        name = levels[-1].names.pop()
        try:
            found = os.stat(name, dir_fd=self._here, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                self._go(_descend(self._here, name, found, levels[0].identity[0]))
                levels.append(_level(name, self._here))
                self._enter(len(levels) - 1)
            else:
                levels[-1].lines.append(self._visit(self._here, name, found))
        except FileNotFoundError:
            pass  # Somebody else removes the same.
        except OSError as error:
            self._fail(error)

    def _climb(self, levels: list[_Level]) -> None:
        """Leave a directory for the one above."""
        left = levels.pop()
        self._go(os.open("..", _DIRECTORY, dir_fd=self._here))
        if _identity(os.fstat(self._here)) != levels[-1].identity:
            raise ForeignTreeError(errno.EXDEV, "a directory was moved")
        try:
            levels[-1].lines.append(self._leave(self._here, left, len(levels)))
        except FileNotFoundError:
            pass
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        raise error

    @abstractmethod
    def _enter(self, depth: int) -> None:
        """Begin with a directory; those directly in the top have depth 1."""

    @abstractmethod
    def _visit(self, directory: int, name: str, found: os.stat_result) -> bytes:
        """Deal with an entry that is no directory; return its line."""

    @abstractmethod
    def _leave(self, above: int, left: _Level, depth: int) -> bytes:
        """Deal with a directory whose contents were dealt with; return its line."""


def _level(name: str, directory: int) -> _Level:
    names = sorted(os.listdir(directory), key=os.fsencode, reverse=True)
    return _Level(name, _identity(os.fstat(directory)), names)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _descend(here: int, name: str, found: os.stat_result, device: int) -> int:
    if found.st_dev != device:
        raise ForeignTreeError(errno.EXDEV, "another file system is mounted here")
    _open_up(here, name, found)
    return os.open(name, _DIRECTORY, dir_fd=here)


def _open_up(here: int, name: str, found: os.stat_result) -> None:
    """Undo that somebody shut themselves out: what goes anyhow may be readable for its owner meanwhile."""
    if found.st_mode & _OWNER == _OWNER:
        return
    held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    try:
        Path(f"/proc/self/fd/{held}").chmod(stat.S_IMODE(found.st_mode) | _OWNER)
    finally:
        os.close(held)


def _line(kind: bytes, name: str, size: int, digest: bytes) -> bytes:
    called = os.fsencode(name)
    return kind + size.to_bytes(8) + digest + len(called).to_bytes(4) + called


def _digest(lines: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(lines)).digest()


class _Counting(_Walk):
    def __init__(self) -> None:
        self.files = self.directories = self.links = self.others = self.bytes = 0
        self.parts: list[Part] = []
        self._before = Counts()
        self._read: dict[tuple[int, int], tuple[bytes, bytes]] = {}

    @property
    def counts(self) -> Counts:
        return Counts(self.files, self.directories, self.links, self.others, self.bytes)

    def _visit(self, directory: int, name: str, found: os.stat_result) -> bytes:
        if stat.S_ISLNK(found.st_mode):
            self.links += 1
            target = os.fsencode(os.readlink(name, dir_fd=directory))
            return _line(b"l", name, len(target), hashlib.sha256(target).digest())
        if not stat.S_ISREG(found.st_mode):
            self.others += 1
            return _line(b"o", name, 0, NOTHING)
        self.files += 1
        kind, digest = self._content(directory, name, found)
        return _line(kind, name, found.st_size, digest)

    def _content(self, directory: int, name: str, found: os.stat_result) -> tuple[bytes, bytes]:
        identity = _identity(found)
        if identity in self._read:
            return self._read[identity]
        _open_up(directory, name, found)
        # Whatever came in its place since is not waited for.
        descriptor = os.open(name, _FLAGS | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=directory)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            kind, digest, held = _read(file.fileno(), found)
        self.bytes += held
        if found.st_nlink > 1:
            self._read[identity] = kind, digest
        return kind, digest

    def _enter(self, depth: int) -> None:
        if depth == 1:
            self._before = self.counts

    def _leave(self, above: int, left: _Level, depth: int) -> bytes:
        digest = _digest(left.lines)
        if depth == 1:
            self.parts.append(Part(left.name, self.counts - self._before, digest.hex()))
        self.directories += 1
        return _line(b"d", left.name, 0, digest)


def _read(descriptor: int, found: os.stat_result) -> tuple[bytes, bytes, int]:
    """The kind of a file, the sha256 of its content (with holes: of its data with where they stand), and its bytes.

    A hole is no bytes: else a few empty files would be more than any number that can be told.
    """
    content, has_holes, held = hashlib.sha256(), found.st_blocks * _BLOCK < found.st_size, 0
    for begin, end in _data(descriptor, found.st_size) if has_holes else [(0, found.st_size)]:
        if has_holes:
            content.update(begin.to_bytes(8) + end.to_bytes(8))
        os.lseek(descriptor, begin, os.SEEK_SET)
        while begin < end and (chunk := os.read(descriptor, min(_CHUNK, end - begin))):
            content.update(chunk)
            begin += len(chunk)
            held += len(chunk)
    return b"s" if has_holes else b"f", content.digest(), held


def _data(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    end = 0
    while end < size:
        try:
            begin = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return  # Nothing but a hole from here on.
        end = os.lseek(descriptor, begin, os.SEEK_HOLE)
        yield begin, end


class _Removing(_Walk):
    """Removes what it can; `kept` tells why of what could not be removed."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def _enter(self, depth: int) -> None:
        """Nothing to do yet: contents go first."""

    def _visit(self, directory: int, name: str, found: os.stat_result) -> bytes:
        os.unlink(name, dir_fd=directory)
        return b""

    def _leave(self, above: int, left: _Level, depth: int) -> bytes:
        os.rmdir(left.name, dir_fd=above)
        return b""

    def _fail(self, error: OSError) -> None:
        # Of what keeps a directory from being empty it was said already.
        if error.errno != errno.ENOTEMPTY or not self.kept:
            self.kept.append(str(error.strerror))


class NotRemovedError(OSError):
    """Something could not be removed; `count` says how many entries, the message why the first of them."""

    def __init__(self, count: int, why: str) -> None:
        super().__init__(errno.EBUSY, why)
        self.count = count


def count(place: Path, name: str) -> Inventory:
    """Return what the directory `name` in `place` holds; nothing when it is not there.

    The sha256 is of the lines of all entries, sorted by name: kind (f file, s file with holes, d directory, l link, o
    other), size (8 bytes), sha256 of content (of a directory: of its lines; of a link: of where it leads), length of the
    name (4 bytes), name. Raises ForeignTreeError, or OSError when it cannot be read.
    """
    counting = _Counting()
    with _opened(place, name) as (_, top):
        if top is None:
            return Inventory()
        digest = counting.walk(top)
    return Inventory(counting.counts, digest.hex(), tuple(counting.parts))


def remove(place: Path, name: str) -> None:
    """Remove the directory `name` in `place` with all that is in it; one that is not there is gone already.

    Raises NotRemovedError (what could be removed is gone), ForeignTreeError, or OSError when it cannot be read.
    """
    removing = _Removing()
    with _opened(place, name) as (above, top):
        if top is None:
            return
        removing.walk(top)
        if removing.kept:
            raise NotRemovedError(len(removing.kept), removing.kept[0])
        with suppress(FileNotFoundError):
            os.rmdir(name, dir_fd=above)
        os.fsync(above)


@contextmanager
def _opened(place: Path, name: str) -> Iterator[tuple[int, int | None]]:
    """The directory `place` and the one called `name` in it (None: it is gone), never through a link."""
    above = os.open(place, _DIRECTORY)
    try:
        try:
            top = os.open(name, _DIRECTORY, dir_fd=above)
        except FileNotFoundError:
            yield above, None
            return
        try:
            yield above, top
        finally:
            os.close(top)
    finally:
        os.close(above)

"""Copies in memory: the registered content or nothing, and nobody changes them any more."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from api.catalogue.copies import Copies, Copy
from api.jobs.children import Child, Sheet


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"people")
    return path


def test_a_copy_holds_what_was_registered_and_is_made_once(file: Path) -> None:
    copies = Copies()
    copy = copies.of(file, digest_of(b"people"))
    assert copy is not None
    assert copy.path.read_bytes() == b"people"
    assert copies.of(file, digest_of(b"people")) is copy


def test_nobody_writes_to_a_copy(file: Path) -> None:
    copy = Copies().of(file, digest_of(b"people"))
    assert copy is not None
    for write in (lambda: copy.path.write_bytes(b"others"), lambda: os.truncate(copy.path, 0)):
        with pytest.raises(PermissionError):
            write()
    with copy.path.open("r+b") as same, pytest.raises(PermissionError):
        os.write(same.fileno(), b"others")
    assert copy.path.read_bytes() == b"people"


def test_there_is_no_copy_of_what_was_not_registered(file: Path) -> None:
    assert Copies().of(file, digest_of(b"others")) is None


def test_what_is_proven_is_what_is_sealed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = fcntl.fcntl

    def write_at_the_last_moment(descriptor: int, *arguments: int) -> int:
        os.pwrite(descriptor, b"others", 0)
        return seal(descriptor, *arguments)

    monkeypatch.setattr(fcntl, "fcntl", write_at_the_last_moment)
    assert Copies().of(file, digest_of(b"people")) is None


def test_a_full_memory_leaves_the_file_to_who_reads_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfileobj", no_room)
        assert Copies().of(file, digest_of(b"people")) is None
    assert Copies().of(file, digest_of(b"people")) is not None


def test_a_file_that_was_written_to_is_no_longer_what_was_kept(file: Path) -> None:
    copies = Copies()
    assert copies.of(file, digest_of(b"people")) is not None
    state = file.stat()
    file.write_bytes(b"others")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert copies.of(file, digest_of(b"people")) is None


def test_a_file_that_is_gone_has_no_copy(file: Path) -> None:
    copies = Copies()
    assert copies.of(file, digest_of(b"people")) is not None
    file.unlink()
    assert copies.of(file, digest_of(b"people")) is None


def test_what_is_too_large_is_not_copied(file: Path) -> None:
    assert Copies(most_bytes=5).of(file, digest_of(b"people")) is None


def test_what_was_used_longest_ago_makes_room(file: Path, tmp_path: Path) -> None:
    copies, kept = Copies(most_bytes=12), dict[str, Copy | None]()
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"people")
        kept[name] = copies.of(tmp_path / name, digest_of(b"people"))
    assert copies.of(tmp_path / "a", digest_of(b"people")) is kept["a"]
    assert copies.of(file, digest_of(b"people")) is not None
    assert copies.of(tmp_path / "a", digest_of(b"people")) is kept["a"]
    assert copies.of(tmp_path / "b", digest_of(b"people")) is not kept["b"]


def test_memory_is_free_when_nobody_has_the_copy_any_more(file: Path) -> None:
    copy = Copies().of(file, digest_of(b"people"))
    assert copy is not None
    descriptor = int(copy.path.name)
    del copy
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def tell(copy: Copy, sheet: Sheet) -> None:
    sheet.write(copy.path.read_bytes())


def test_a_child_has_the_same_copy(file: Path) -> None:
    copy, sheet = Copies().of(file, digest_of(b"people")), Sheet()
    child = Child(tell, copy, sheet)
    while not child.is_over(1.0):
        pass
    assert (child.exit_code, sheet.read()) == (0, b"people")
    sheet.close()

"""Files appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.files import LEFTOVER_SECONDS, drop_leftovers, move_into_place, write_aside


def test_a_written_file_is_read_only_and_whole(tmp_path: Path) -> None:
    aside = write_aside(tmp_path, [b"one ", b"two"])
    assert aside.name.startswith(".")
    move_into_place(aside, tmp_path / "name")
    assert [path.name for path in tmp_path.iterdir()] == ["name"]
    assert (tmp_path / "name").read_bytes() == b"one two"
    assert (tmp_path / "name").stat().st_mode & 0o777 == 0o444


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"one"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_aside(tmp_path, chunks())
    assert not list(tmp_path.iterdir())


def test_what_somebody_wrote_who_died_goes_after_a_day(tmp_path: Path) -> None:
    left, young, whole = (write_aside(tmp_path, [b"one"]) for _ in range(3))
    move_into_place(whole, tmp_path / "name")
    for path in (left, tmp_path / "name"):
        then = path.stat().st_mtime - LEFTOVER_SECONDS - 1
        os.utime(path, (then, then))
    drop_leftovers(tmp_path)
    assert set(tmp_path.iterdir()) == {young, tmp_path / "name"}

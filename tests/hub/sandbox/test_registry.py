from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.sandbox import registry


def record(run: Path, name: str = "a" * 32) -> registry.Record:
    directory = registry.directory_of(run, name)
    directory.mkdir(parents=True)
    made = registry.Record(
        id=name,
        subject="p-alice",
        project="x",
        door=2**22 + 1,
        door_started=1,
        cgroups=(),
        directory=directory,
    )
    registry.write(made)
    return made


def test_what_is_written_is_found_and_closed_to_others(tmp_path: Path) -> None:
    made = record(tmp_path)
    assert registry.running(tmp_path) == [made]
    assert registry.find(tmp_path, made.id) == made
    assert (made.directory / registry.FILE).stat().st_mode & 0o777 == 0o600


def test_a_broken_record_counts_for_nothing(tmp_path: Path) -> None:
    made = record(tmp_path)
    (made.directory / registry.FILE).write_text('{"door": 1}')
    assert registry.running(tmp_path) == []
    assert registry.find(tmp_path, "b" * 32) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_record_of_another_user_ends_and_removes_nothing(tmp_path: Path) -> None:
    made = record(tmp_path)
    os.chown(made.directory / registry.FILE, 54321, 54321)
    assert registry.end_all(tmp_path) == 0
    assert made.directory.exists()


def test_ending_clears_what_a_dead_door_left(tmp_path: Path) -> None:
    made = record(tmp_path)
    assert registry.end_all(tmp_path) == 1
    assert not made.directory.exists()
    assert registry.end_all(tmp_path) == 0

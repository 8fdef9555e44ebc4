"""Counting a home that its owner made to hurt who counts, as the host's most powerful user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.sandbox import disk
from hub.sandbox.disk import Allowance, TooDeepError, Use


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    (place / "work.ipynb").write_bytes(b"x" * 8192)
    return place


def test_files_and_their_blocks_are_counted(home: Path) -> None:
    (home / "notes").mkdir()
    (home / "notes" / "a.txt").write_bytes(b"x" * 100_000)
    use = disk.used(home)
    assert use.files == 3
    assert 108_000 <= use.bytes <= 140_000


def test_links_are_not_followed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large").write_bytes(b"x" * 10**6)
    before = disk.used(home)
    (home / "away").symlink_to(tmp_path / "elsewhere")
    (home / "round").symlink_to(home)
    after = disk.used(home)
    assert after.files == before.files + 2
    assert after.bytes - before.bytes < 10**4  # The links themselves.


def test_a_home_that_is_a_link_by_now_is_not_entered(home: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(home)
    assert disk.used(tmp_path / "link") == Use(0, 0)


def test_a_tree_without_end_is_too_deep(home: Path) -> None:
    place = os.open(home, os.O_RDONLY)
    for _ in range(200):
        os.mkdir("d", dir_fd=place)
        below = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    with pytest.raises(TooDeepError):
        disk.used(home)
    assert Allowance(home, Use(10**9, 10**6), 0).exceeded()


def test_counting_ends_when_it_is_enough(home: Path) -> None:
    for number in range(50):
        (home / str(number)).touch()
    assert disk.used(home, Use(10**9, 10)).files == 11


def test_growth_beyond_the_limit_is_seen(home: Path) -> None:
    allowance = Allowance(home, Use(32 * 2**20, 1000), 0)
    assert not allowance.exceeded()
    (home / "large").write_bytes(b"x" * (33 * 2**20))
    allowance._next = 0.0
    assert allowance.exceeded()


def test_many_files_are_seen_as_well(home: Path) -> None:
    allowance = Allowance(home, Use(10**9, 100), 0)
    for number in range(250):
        (home / str(number)).touch()
    assert allowance.exceeded()


def test_a_home_that_is_full_opens_so_that_its_owner_can_clear_it(home: Path) -> None:
    allowance = Allowance(home, Use(10, 1), 0)
    assert not allowance.exceeded()
    (home / "more").write_bytes(b"x" * (17 * 2**20))
    allowance._next = 0.0
    assert allowance.exceeded()


def test_the_host_keeps_room_for_itself(home: Path) -> None:
    assert Allowance(home, Use(10**9, 1000), reserve_bytes=2**62).exceeded()


def test_counting_takes_little_of_the_hosts_time(home: Path) -> None:
    allowance = Allowance(home, Use(10**9, 2), 0)
    assert not allowance.exceeded()
    (home / "large").write_bytes(b"x" * (17 * 2**20))
    assert not allowance.exceeded(), "counted again at once"

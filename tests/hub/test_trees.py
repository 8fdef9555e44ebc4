"""Counting and removing homes that their owner made to hurt who does it, as the host's most powerful user."""

from __future__ import annotations

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub import trees
from hub.trees import Counts, ForeignTreeError, NotRemovedError

SLUG = "minimum-incomes"


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    place = tmp_path / "homes"
    (place / SLUG / "anna").mkdir(parents=True)
    return place


@pytest.fixture
def home(homes: Path) -> Path:
    return homes / SLUG / "anna"


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """Something outside that nobody may touch."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "treasure").write_bytes(b"untouched")
    return place


def test_each_home_is_counted_and_all_together(homes: Path, home: Path) -> None:
    (homes / SLUG / "bert").mkdir()
    (homes / SLUG / "a stray").write_bytes(b"12")
    (home / "notes").mkdir()
    (home / "notes" / "a.txt").write_bytes(b"abc")
    (home / "again").hardlink_to(home / "notes" / "a.txt")
    found = trees.count(homes, SLUG)
    assert found.counts == Counts(files=3, directories=3, bytes=5)
    assert [(part.name, part.counts) for part in found.parts] == [
        ("anna", Counts(files=2, directories=1, bytes=3)),
        ("bert", Counts()),
    ]
    assert found.parts[1].sha256 == hashlib.sha256(b"").hexdigest()


def test_the_digest_is_what_the_words_say(homes: Path, home: Path) -> None:
    (home / "a").write_bytes(b"abc")
    (home / "b").symlink_to("/etc/passwd")
    digest, target = hashlib.sha256(b"abc").digest(), hashlib.sha256(b"/etc/passwd").digest()
    lines = b"f" + (3).to_bytes(8) + digest + (1).to_bytes(4) + b"a"
    lines += b"l" + (11).to_bytes(8) + target + (1).to_bytes(4) + b"b"
    assert trees.count(homes, SLUG).parts[0].sha256 == hashlib.sha256(lines).hexdigest()


@pytest.mark.parametrize("change", ["content", "name", "more", "link"])
def test_any_change_gives_another_digest(homes: Path, home: Path, change: str) -> None:
    (home / "a").write_bytes(b"abc")
    before = trees.count(homes, SLUG).sha256
    match change:
        case "content":
            (home / "a").write_bytes(b"abd")
        case "name":
            (home / "a").rename(home / "b")
        case "more":
            (home / "c").mkdir()
        case "link":
            (home / "a").unlink()
            (home / "a").symlink_to("abc")
    assert trees.count(homes, SLUG).sha256 != before


def test_links_out_are_removed_and_never_followed(homes: Path, home: Path, treasure: Path) -> None:
    for name, target in (
        ("file", treasure / "treasure"),
        ("directory", treasure),
        ("round", home),
        ("root", Path("/")),
    ):
        (home / name).symlink_to(target)
    (home / "hard").hardlink_to(treasure / "treasure")
    assert trees.count(homes, SLUG).counts == Counts(files=1, directories=1, links=4, bytes=9)
    trees.remove(homes, SLUG)
    assert list(homes.iterdir()) == []
    assert (treasure / "treasure").read_bytes() == b"untouched"


@pytest.mark.parametrize("what", ["count", "remove"])
def test_a_project_that_is_a_link_is_not_entered(homes: Path, treasure: Path, what: str) -> None:
    (homes / "away").symlink_to(treasure)
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        getattr(trees, what)(homes, "away")
    assert (treasure / "treasure").exists()


def test_a_directory_swapped_for_a_link_meanwhile_is_not_entered(
    homes: Path, home: Path, treasure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "trap").mkdir()
    looked = os.stat

    def swapping(name: Any, **how: Any) -> os.stat_result:
        found = looked(name, **how)
        if name == "trap":
            (home / "trap").rmdir()
            (home / "trap").symlink_to(treasure)
        return found

    monkeypatch.setattr(os, "stat", swapping)
    with pytest.raises(NotRemovedError):
        trees.remove(homes, SLUG)
    assert (treasure / "treasure").read_bytes() == b"untouched"


def test_a_directory_moved_out_meanwhile_is_not_climbed_out_of(
    homes: Path, home: Path, treasure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "low" / "lower").mkdir(parents=True)
    (home / "low" / "a").touch()
    removed = os.unlink

    def moving(name: Any, **how: Any) -> None:
        removed(name, **how)
        (home / "low").rename(treasure / "low")

    monkeypatch.setattr(os, "unlink", moving)
    with pytest.raises(ForeignTreeError):
        trees.remove(homes, SLUG)
    assert (treasure / "treasure").exists()


def test_depth_beyond_every_path_and_recursion_is_no_matter(homes: Path, home: Path) -> None:
    here = os.open(home, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert trees.count(homes, SLUG).counts.directories == 1101
    trees.remove(homes, SLUG)
    assert not (homes / SLUG).exists()


def test_holes_and_many_names_of_one_file_cost_nothing(homes: Path, home: Path) -> None:
    with (home / "huge").open("wb") as file:
        file.seek(2**42)
        file.write(b"end")
    for number in range(50):
        (home / f"again{number}").hardlink_to(home / "huge")
    with (home / "hollow").open("wb") as file:
        file.truncate(2**40)
    found = trees.count(homes, SLUG)
    assert (found.counts.files, found.counts.directories) == (52, 1)
    assert 3 <= found.counts.bytes < 2**20
    trees.remove(homes, SLUG)


def test_pipes_and_sockets_hold_nobody_up(homes: Path, home: Path) -> None:
    os.mkfifo(home / "pipe")
    assert trees.count(homes, SLUG).counts == Counts(directories=1, others=1)
    trees.remove(homes, SLUG)
    assert not home.exists()


def test_names_that_are_no_text_and_rights_that_shut_out(homes: Path, home: Path) -> None:
    (home / os.fsdecode(b"\xff\n")).write_bytes(b"x")
    (home / os.fsdecode(b"\xff\n")).chmod(0)
    (home / "shut").mkdir(mode=0)
    assert trees.count(homes, SLUG).counts == Counts(files=1, directories=2, bytes=1)
    trees.remove(homes, SLUG)
    assert not home.exists()


def test_what_is_not_there_is_gone(homes: Path) -> None:
    assert trees.count(homes, "never-was") == trees.Inventory()
    trees.remove(homes, "never-was")


def test_two_may_remove_at_once(homes: Path, home: Path) -> None:
    for number in range(200):
        (home / str(number)).mkdir()
        (home / str(number) / "file").touch()
    with ThreadPoolExecutor(2) as threads:
        removals = [threads.submit(trees.remove, homes, SLUG) for _ in range(2)]
    assert [one.result() for one in removals] == [None, None]
    assert not (homes / SLUG).exists()


def test_what_cannot_be_removed_is_told_and_the_rest_goes(
    homes: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "deep").mkdir()
    for name in ("a", "deep/stuck", "z"):
        (home / name).touch()
    really = os.unlink

    def unlink(name: Any, **how: Any) -> None:
        if name == "stuck":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        really(name, **how)

    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(NotRemovedError, match="not permitted") as told:
        trees.remove(homes, SLUG)
    assert told.value.count == 1
    assert [path.name for path in home.rglob("*")] == ["deep", "stuck"]
    monkeypatch.undo()
    trees.remove(homes, SLUG)
    assert not (homes / SLUG).exists()


def test_another_file_system_in_a_home_is_not_entered(
    homes: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "mounted").mkdir()
    (home / "mounted" / "theirs").touch()
    looked = os.stat

    def elsewhere(name: Any, **how: Any) -> os.stat_result:
        found = looked(name, **how)
        if name != "mounted":
            return found
        return os.stat_result((found.st_mode, found.st_ino, found.st_dev + 1, *found[3:]))

    monkeypatch.setattr(os, "stat", elsewhere)
    with pytest.raises(ForeignTreeError):
        trees.count(homes, SLUG)
    with pytest.raises(NotRemovedError):
        trees.remove(homes, SLUG)
    monkeypatch.undo()
    assert (home / "mounted" / "theirs").exists()

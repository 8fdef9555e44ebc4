"""Homes of closed projects: counted and reported before they go, and nothing said that is not so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import trees
from hub import watch as watching
from hub.access import ApiSilentError
from hub.removal import remove_homes
from hub.sandbox import registry
from hub.sandbox.processes import Process
from hub.settings import Settings
from hub.watch import Watch
from tests.hub.fakes import FakeInstitution

SLUG = "minimum-incomes"


@pytest.fixture
def institution() -> Iterator[FakeInstitution]:
    with FakeInstitution("/data", "service") as started:
        started.removals = [{"project": SLUG, "counted": False}]
        yield started


@pytest.fixture
def settings(tmp_path: Path, institution: FakeInstitution) -> Settings:
    settings = Settings(state_dir=tmp_path, run_dir=tmp_path / "run", api_url=institution.url)
    (settings.directory("secrets") / "hub_service_token").write_text("service")
    home = settings.directory("homes") / SLUG / "anna"
    home.mkdir(parents=True)
    (home / "notes").write_bytes(b"abc")
    return settings


def said(institution: FakeInstitution) -> list[str]:
    return [what for what, _ in institution.told]


def test_homes_are_counted_then_told_then_removed(settings: Settings, institution: FakeInstitution) -> None:
    asyncio.run(remove_homes(settings))
    assert not (settings.directory("homes") / SLUG).exists()
    assert said(institution) == ["counted", "removed"]
    (_, counted), (_, removed) = institution.told
    assert removed == {"project": SLUG}
    assert counted["total"]["files"] == 1
    (home,) = counted["homes"]
    assert (home["person"], home["files"], home["bytes"]) == ("anna", 1, 3)


def test_what_was_counted_before_a_kill_is_not_counted_again(
    settings: Settings, institution: FakeInstitution
) -> None:
    institution.removals[0]["counted"] = True
    asyncio.run(remove_homes(settings))
    assert said(institution) == ["removed"]
    asyncio.run(remove_homes(settings))
    assert said(institution) == ["removed", "removed"]


def test_nothing_goes_when_the_api_does_not_take_the_count(
    settings: Settings, institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        raise ApiSilentError("away")

    monkeypatch.setattr("hub.access.AccessClient.counted", silent)
    with pytest.raises(ApiSilentError):
        asyncio.run(remove_homes(settings))
    assert (settings.directory("homes") / SLUG / "anna" / "notes").exists()
    assert not institution.told


def test_what_cannot_be_removed_is_told_and_the_next_project_goes(
    settings: Settings, institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.directory("homes") / "other").mkdir()
    institution.removals.append({"project": "other", "counted": True})
    really = os.unlink

    def unlink(name: Any, **how: Any) -> None:
        if name == "notes":
            raise PermissionError(1, "Operation not permitted")
        really(name, **how)

    monkeypatch.setattr(os, "unlink", unlink)
    asyncio.run(remove_homes(settings))
    assert said(institution) == ["counted", "failed", "removed"]
    assert institution.told[1][1] == {"project": SLUG, "why": "Operation not permitted", "kept": 1}
    assert (settings.directory("homes") / SLUG / "anna" / "notes").exists()


def test_what_the_api_does_not_take_of_one_project_keeps_no_other(
    settings: Settings, institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.directory("homes") / "other").mkdir()
    institution.removals.append({"project": "other", "counted": True})

    async def refused(*_: object) -> None:
        raise ApiSilentError("removals/counted: status 422")

    monkeypatch.setattr("hub.access.AccessClient.counted", refused)
    with pytest.raises(ApiSilentError, match="422"):
        asyncio.run(remove_homes(settings))
    assert said(institution) == ["removed"]
    assert (settings.directory("homes") / SLUG / "anna" / "notes").exists()
    assert not (settings.directory("homes") / "other").exists()


def test_homes_that_cannot_be_read_stay(
    settings: Settings, institution: FakeInstitution, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (settings.directory("homes") / "link").symlink_to(tmp_path / "elsewhere")
    institution.removals = [{"project": "link", "counted": False}]
    asyncio.run(remove_homes(settings))
    assert said(institution) == ["failed"]
    assert institution.told[0][1]["kept"] == 0
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["..", "../secrets", "", "a/b", ".", "A"])
def test_a_name_that_leads_elsewhere_is_no_lawful_answer(
    settings: Settings, institution: FakeInstitution, name: str
) -> None:
    institution.removals = [{"project": name, "counted": True}]
    with pytest.raises(ApiSilentError, match="shape"):
        asyncio.run(remove_homes(settings))
    assert (settings.directory("homes") / SLUG / "anna" / "notes").exists()


def test_a_workplace_that_still_runs_is_waited_for(settings: Settings, institution: FakeInstitution) -> None:
    own = Process.of(os.getpid())
    assert own is not None
    directory = settings.own_run() / "one"
    directory.mkdir()
    record = registry.Record(
        id="one",
        subject="anna",
        project=SLUG,
        door=own.number,
        door_started=own.started,
        cgroups=(),
        directory=directory,
    )
    registry.write(record)
    asyncio.run(remove_homes(settings))
    assert not institution.told
    assert (settings.directory("homes") / SLUG / "anna" / "notes").exists()


def test_the_watch_starts_who_removes_only_when_there_is_something(
    settings: Settings, institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "started"
    monkeypatch.setattr(watching, "REMOVING", ("touch", str(mark)))
    due, institution.removals = institution.removals, []
    asyncio.run(Watch(settings).removal_round())
    assert not mark.exists()
    institution.removals = due
    asyncio.run(Watch(settings).removal_round())
    assert mark.exists()
    monkeypatch.setattr(watching, "REMOVING", (str(tmp_path / "nothing"),))
    asyncio.run(Watch(settings).removal_round())
    institution.silent = True
    asyncio.run(Watch(settings).removal_round())


def test_an_empty_inventory_has_no_digest() -> None:
    assert trees.Inventory().sha256 == ""

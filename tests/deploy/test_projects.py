"""`enclave project` and the doctor: how projects stand, and the proof of what was deleted of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.access.models import Project
from api.closing.deletion import delete_files, note_counted, note_problem, note_removed, tend_closings
from api.closing.models import Closing, Deletion
from api.closing.service import close_project
from api.db import Database
from api.people.models import Role
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from deploy import doctor
from deploy.cli import app
from hub.settings import Settings as HubSettings
from tests.api.factories import acting, days, make_official, make_project

SLUG = "minimum-incomes"


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """One project that runs and one whose deletion has begun."""
    database = Database(settings.database)
    with database.transaction() as session:
        make_project(session, slug="running")
        project: Project = make_project(session, slug=SLUG)
        administrator = make_official(session, role=Role.ADMINISTRATOR, centre=project.centre)
        actor = acting(administrator, Role.ADMINISTRATOR)
        close_project(session, actor, settings, project, "Done.").delete_after = days(-1)
    tend_closings(database, settings)
    yield database
    database.dispose()


@pytest.fixture
def runner(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    get_settings.cache_clear()
    return CliRunner()


def ask(runner: CliRunner, *words: str) -> tuple[int, str]:
    told = runner.invoke(app, ["project", *words])
    return told.exit_code, told.output


def conclude(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        note_counted(session, SLUG, [])
        note_removed(session, SLUG)
    delete_files(database, settings, SecretStore(settings.directory("secrets")), 1)


def complaints(settings: Settings) -> list[str]:
    return [one.reason.en for one in doctor.examine(settings, HubSettings()) if "deleted" in one.reason.en]


def test_a_statement_is_printed_and_proven_offline(
    runner: CliRunner, database: Database, settings: Settings, tmp_path: Path
) -> None:
    assert ask(runner, "statement", SLUG)[0] == 1
    conclude(database, settings)
    code, printed = ask(runner, "statement", SLUG)
    assert (code, json.loads(printed)["statement"]["project"]["slug"]) == (0, SLUG)
    path = tmp_path / "statement.json"
    path.write_text(printed)
    code, told = ask(runner, "verify", str(path), "--key", json.loads(printed)["public_key"])
    assert (code, told.split()[0]) == (0, "holds")
    path.write_text(printed.replace(SLUG, "running"))
    assert ask(runner, "verify", str(path))[0] == 1
    path.write_text("{")
    assert ask(runner, "verify", str(path))[0] == 3


def test_unknown_and_running_projects_have_none(runner: CliRunner) -> None:
    assert ask(runner, "statement", "nothing")[0] == 3
    assert ask(runner, "statement", "running")[0] == 1


def test_what_is_stuck_is_listed_and_the_doctor_says_so(
    runner: CliRunner, database: Database, settings: Settings
) -> None:
    assert complaints(settings) == []
    with database.transaction() as session:
        note_problem(session, SLUG, "Operation not permitted", 2)
    code, told = ask(runner, "list")
    assert code == 0
    assert "Cannot be deleted" in told
    assert "Operation not permitted" in told
    assert "Running" in told
    assert complaints(settings) == [f"The work of project {SLUG} was not deleted. Operation not permitted"]
    conclude(database, settings)
    assert complaints(settings) == []
    assert "Work deleted" in ask(runner, "list")[1]


def test_the_doctor_misses_a_workplace_that_never_answers(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        closing = session.get_one(Closing, 1)
        session.get_one(Deletion, closing.id).begun_at = days(-2)
    assert complaints(settings) == [f"The work of project {SLUG} was not deleted."]

"""`enclave access explain`: every condition in words, an exit code for scripts, and no trace but the look itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.audit.models import AuditRecord
from api.db import Database
from api.settings import Settings, get_settings
from deploy.cli import app
from tests.api.factories import days, make_person, make_world


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    yield database
    database.dispose()


@pytest.fixture
def runner(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    get_settings.cache_clear()
    with database.transaction() as session:
        make_world(session)
        make_person(session, subject="newcomer", vetted=False)
    return CliRunner()


def ask(runner: CliRunner, *words: str) -> tuple[int, str]:
    told = runner.invoke(app, ["access", "explain", *words])
    return told.exit_code, told.output


def test_who_may_is_told_every_condition(runner: CliRunner, database: Database) -> None:
    code, told = ask(runner, "researcher", "open_project", "minimum-incomes")
    assert code == 0
    assert "UNMET" not in told
    assert "met    training_valid: Training valid" in told
    with database.reading() as session:
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc())).first()
        assert last is not None
        assert (last.action, last.subject) == ("view", "person:researcher")


def test_who_may_not_is_told_what_to_do_and_unmet_comes_first(runner: CliRunner) -> None:
    later = f"{days(999):%Y-%m-%dT%H:%M:%S}"
    code, told = ask(runner, "researcher", "submit", "minimum-incomes", "--at", later)
    assert code == 1
    assert told.startswith("UNMET  grant_running: Grant running\n       Your access ended on")
    assert "Ask an administrator of Urban Data Center Heerlen." in told


def test_a_dataset_that_is_not_in_view_is_explained(runner: CliRunner) -> None:
    code, told = ask(runner, "researcher", "submit", "minimum-incomes", "--dataset", "wealth")
    assert code == 1
    assert told.startswith(
        "UNMET  datasets_granted: Access to the datasets\n       This project does not see"
    )


def test_no_grant_is_one_answer(runner: CliRunner) -> None:
    code, told = ask(runner, "newcomer", "open_project", "minimum-incomes")
    assert (code, told.count("UNMET")) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("nobody", "submit", "minimum-incomes"),
        ("researcher", "submit", "nowhere"),
        ("researcher", "window", "minimum-incomes"),
    ],
)
def test_what_is_not_there_is_not_explained(runner: CliRunner, words: tuple[str, ...]) -> None:
    code, told = ask(runner, *words)
    assert code == 3
    assert "UNMET" not in told

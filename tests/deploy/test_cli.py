"""The command line `enclave`: what people and scripts get from it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from api.audit.service import SYSTEM, record
from api.db import Database
from api.errors import NotFoundError
from api.identity.invitations import find_invitation
from api.people.models import Appointment, Role
from api.settings import Settings, get_settings
from deploy.cli import app


@pytest.fixture
def runner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    get_settings.cache_clear()
    return CliRunner()


@pytest.fixture
def export(runner: CliRunner, settings: Settings, tmp_path: Path) -> Path:
    database = Database(settings.database)
    with database.transaction() as session:
        for number in range(3):
            record(session, SYSTEM, "test.happen", f"thing:{number}", "a test")
    database.dispose()
    path = tmp_path / "audit.jsonl"
    assert runner.invoke(app, ["audit", "export", str(path)]).exit_code == 0
    return path


def test_init_makes_nothing_twice(runner: CliRunner) -> None:
    assert runner.invoke(app, ["init"]).output == "nothing had to be made\n"


def test_the_key_of_logins_is_rotated(runner: CliRunner, settings: Settings) -> None:
    assert runner.invoke(app, ["rotate-login-key"]).exit_code == 0
    assert len(list((settings.state_dir / "secrets").glob("oidc_retired_key_*.pem"))) == 1


def test_an_exported_chain_holds(runner: CliRunner, export: Path) -> None:
    told = runner.invoke(app, ["audit", "verify", str(export)])
    assert told.exit_code == 0
    assert "3 records" in told.output


@pytest.mark.parametrize(
    "forge",
    [
        lambda lines: [lines[0].replace("thing:0", "thing:9"), *lines[1:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [*lines[:2], lines[3]],
        lambda lines: lines[:3],
        lambda lines: [*lines[:3], lines[3].replace('"seq": 3', '"seq": 2')],
        lambda lines: [*lines, "{"],
    ],
    ids=["changed", "removed", "cut", "no head", "older head", "unreadable"],
)
def test_a_tampered_chain_is_caught(runner: CliRunner, export: Path, forge) -> None:  # type: ignore[no-untyped-def]
    export.write_text("\n".join(forge(export.read_text().splitlines())) + "\n")
    told = runner.invoke(app, ["audit", "verify", str(export)])
    assert told.exit_code == 1
    assert "BROKEN" in told.output


def test_a_chain_under_another_key_is_caught(runner: CliRunner, export: Path) -> None:
    told = runner.invoke(app, ["audit", "verify", str(export), "--key", "00" * 32])
    assert told.exit_code == 1
    assert "another key" in told.output


def test_a_head_that_was_kept_proves_that_the_chain_was_not_rewritten(
    runner: CliRunner, export: Path, settings: Settings
) -> None:
    kept = next((settings.state_dir / "audit").glob("head-*.json"))
    assert runner.invoke(app, ["audit", "verify", str(export), "--head", str(kept)]).exit_code == 0
    lines = export.read_text().splitlines()
    export.write_text("\n".join(lines[:2]) + "\n")
    told = runner.invoke(app, ["audit", "verify", str(export), "--head", str(kept)])
    assert told.exit_code == 1
    assert "missing" in told.output


def test_words_are_dutch_in_a_dutch_terminal(
    runner: CliRunner, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    told = runner.invoke(app, ["audit", "verify", str(export), "--key", "00" * 32])
    assert "andere sleutel" in told.output


def test_a_receipt_that_is_none_is_refused(runner: CliRunner, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps({"record": {}}))
    assert runner.invoke(app, ["audit", "verify", "--receipt", str(receipt)]).exit_code == 1


@pytest.mark.parametrize("arguments", [[], ["absent.jsonl"], ["--receipt", "absent.json"]])
def test_bad_input_is_told_apart_from_a_broken_chain(runner: CliRunner, arguments: list[str]) -> None:
    assert runner.invoke(app, ["audit", "verify", *arguments]).exit_code == 3


def _add(runner: CliRunner, login: str) -> Result:
    arguments = [
        login,
        "Anna Visser",
        f"{login}@enclave.example",
        "--institution",
        "CBS",
        "--legal-basis",
        "artikel 3",
    ]
    return runner.invoke(app, ["add-administrator", *arguments])


def test_a_new_installation_gets_one_administrator_and_no_second_through_this_door(
    runner: CliRunner, settings: Settings
) -> None:
    told = _add(runner, "first").output
    assert _add(runner, "second").exit_code == 1
    database = Database(settings.database)
    with database.reading() as session:
        assert session.scalars(select(Appointment.role)).all() == [Role.ADMINISTRATOR]
        assert _invited(session, told) == "first"
    database.dispose()


def _invited(session: Session, told: str) -> str:
    """The login name of whom the printed address invites."""
    return find_invitation(session, told.strip().rpartition("/")[2]).person.subject


def test_who_lost_everything_is_invited_again(runner: CliRunner, settings: Settings) -> None:
    before = _add(runner, "first").output
    told = runner.invoke(app, ["invite", "first"]).output
    database = Database(settings.database)
    with database.reading() as session:
        assert _invited(session, told) == "first"
        with pytest.raises(NotFoundError):
            _invited(session, before)
    database.dispose()
    assert runner.invoke(app, ["invite", "nobody"]).exit_code == 1


def test_nobody_is_invited_when_people_log_in_elsewhere(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCLAVE_ISSUER", "https://login.example")
    get_settings.cache_clear()
    assert _add(runner, "first").output == "people log in at another issuer\n"


def test_judging_starts_without_loading_the_services() -> None:
    program = (
        "import sys; import deploy.cli; "
        "print([name for name in ('sqlalchemy', 'fastapi', 'jupyterhub', 'pandas', 'duckdb') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"

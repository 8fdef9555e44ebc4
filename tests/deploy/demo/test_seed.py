"""The demo's institution: filled once, through the services, with what the journey needs and nothing more."""

import json
import re
import stat
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.access.decision import Door, decide
from api.access.models import Project
from api.applications.queries import waiting_for
from api.audit.models import AuditRecord
from api.audit.service import length
from api.catalogue.models import DatasetVersion
from api.db import Database
from api.identity.accounts import authenticate
from api.identity.models import Account
from api.identity.second_factor import try_code
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from deploy.cli import app
from deploy.demo import accounts, seed, world
from deploy.running import initialise


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(state_dir=tmp_path_factory.mktemp("seed") / "state")
    initialise(made)
    return made


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("world")
    world.make(made)
    return made


@pytest.fixture(scope="module")
def database(settings: Settings, datasets: Path) -> Database:
    made = Database(settings.database)
    assert seed.seed(made, settings, datasets)
    return made


def test_filling_again_changes_nothing(database: Database, settings: Settings, datasets: Path) -> None:
    before = accounts.read(settings.state_dir)
    with database.reading() as session:
        records = length(session)
    assert not seed.seed(database, settings, datasets)
    with database.reading() as session:
        assert length(session) == records
    assert accounts.read(settings.state_dir) == before


def test_everybody_can_log_in_and_passwords_are_closed_to_other_users(
    database: Database, settings: Settings
) -> None:
    mode = (settings.state_dir / accounts.FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    for account in accounts.read(settings.state_dir).values():
        person = authenticate(database, account.login, account.password)
        assert person is not None
        assert person.subject == account.login


def test_who_holds_an_office_has_a_telephone_that_shows_their_codes(
    database: Database, settings: Settings
) -> None:
    secrets = SecretStore(settings.directory("secrets"))
    people = accounts.read(settings.state_dir)
    assert [login for login, account in people.items() if account.secret] == [
        *("omar", "hanna", "saskia", "ruth", "pieter", "ilse", "marit")
    ]
    with database.transaction() as session:
        ruth = session.scalars(select(Account).where(Account.login_name == "ruth")).one()
        assert try_code(session, secrets, ruth, people["ruth"].telephone.code())
        assert try_code(session, secrets, ruth, people["ruth"].telephone.code())
        assert not try_code(session, secrets, ruth, people["pieter"].telephone.code())


def test_a_telephone_waits_for_the_next_code(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [3_000_000]
    monkeypatch.setattr(accounts.time, "time", lambda: moment[0])
    monkeypatch.setattr(accounts.time, "sleep", lambda seconds: moment.append(moment.pop() + seconds))
    telephone = accounts.Telephone("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert len({telephone.code() for _ in range(5)}) == 5
    assert moment == [3_000_000 + 3 * 30]


def test_the_command_line_shows_a_code(database: Database, settings: Settings) -> None:
    def shown(login: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["code", login, "--state", str(settings.state_dir)])
        return result.exit_code, result.output.strip()

    status, words = shown("ruth")
    assert status == 0
    assert re.fullmatch("[0-9]{6}", words)
    assert shown("noor") == (0, "noor has no second factor")
    assert shown("nobody") == (1, f"{settings.state_dir} has no demo account nobody")


def unmet(database: Database, login: str, slug: str) -> list[str]:
    with database.reading() as session:
        person = session.scalar(select(Person).where(Person.subject == login))
        project = session.scalar(select(Project).where(Project.slug == slug))
        return [one.condition for one in decide(session, Door.OPEN_PROJECT, person, project).unmet]


@pytest.mark.parametrize(
    ("login", "slug", "expected"),
    [
        ("noor", "minimum-incomes", []),
        ("fatima", "minimum-incomes", []),
        ("fatima", "housing-education", []),
        ("daan", "housing-education", []),
        ("bram", "minimum-incomes", ["statement_signed", "training_valid"]),
        ("noor", "housing-education", ["no_grant"]),
        ("daan", "minimum-incomes", ["no_grant"]),
        ("ruth", "minimum-incomes", ["no_grant"]),
        ("omar", "minimum-incomes", ["no_grant"]),
    ],
)
def test_who_may_open_which_project(database: Database, login: str, slug: str, expected: list[str]) -> None:
    assert sorted(unmet(database, login, slug)) == expected


@pytest.mark.parametrize(("login", "waiting"), [("omar", 1), ("saskia", 1), ("marit", 0), ("noor", 0)])
def test_applications_wait_for_who_decides_about_them(database: Database, login: str, waiting: int) -> None:
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.subject == login)).one()
        assert waiting_for(session, person) == waiting


def test_both_datasets_are_registered_with_their_rows(database: Database) -> None:
    with database.reading() as session:
        rows = {version.dataset.name: version.rows for version in session.scalars(select(DatasetVersion))}
    assert rows["census_income"] == 299_285
    assert rows["business_register"] > 10_000


def test_every_step_stands_in_the_audit_and_no_password_does(database: Database, settings: Settings) -> None:
    with database.reading() as session:
        documents = session.scalars(select(AuditRecord.document)).all()
    actions = {json.loads(document)["action"] for document in documents}
    assert {"institution.add", "centre.add", "person.add", "account.create", "dataset.register"} <= actions
    for account in accounts.read(settings.state_dir).values():
        assert not any(account.password in document for document in documents)

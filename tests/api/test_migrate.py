"""Migrations and models agree, and a database tells whether it is current."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api import migrate
from api.audit.service import SYSTEM, record
from api.db import Database
from tests.api.factories import make_grant


def test_the_migrations_lead_to_the_models(database: Database) -> None:
    assert migrate.differences(database) == []
    assert migrate.is_current(database)


def test_an_old_database_is_not_current(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)


@pytest.mark.parametrize("statement", ["UPDATE audit_record SET actor = 'x'", "DELETE FROM audit_record"])
def test_the_audit_cannot_be_changed(database: Database, statement: str) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "test.done", "test:1", "a record to attack")
    with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))


def test_nothing_is_taken_back_that_would_widen_access(database: Database) -> None:
    with database.transaction() as session:
        make_grant(session, datasets=["residents"])
    with database.engine.begin() as connection, pytest.raises(RuntimeError, match="would be for all of them"):
        command.downgrade(migrate._config(connection), "0030")

"""Migrations and models agree, and a database tells whether it is current."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api import migrate
from api.audit.service import SYSTEM, record
from api.db import Database


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

"""One world per test, in the session of one transaction, with microdata to ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from api.db import Database
from tests.api.applications.asking import register
from tests.api.factories import World, make_world


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    made = make_world(session)
    register(session, made.steward)
    return made

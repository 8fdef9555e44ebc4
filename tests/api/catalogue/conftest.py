"""A world without microdata: each test registers its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.db import Database
from tests.api.factories import World, make_world
from tests.api.flow import write_people


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return write_people(tmp_path / "people.parquet")

"""A world that is committed, and readers of pages who are somebody in it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.db import Database
from api.settings import Settings
from tests.api.factories import World, make_world
from tests.api.web.reader import Reader


@pytest.fixture
def world(database: Database) -> World:
    with database.transaction() as session:
        return make_world(session)


@pytest.fixture
def reader(world: World, client: TestClient, database: Database, settings: Settings) -> Reader:
    return Reader(client, database, settings)

"""The researcher sits in a sandbox with approved microdata."""

from __future__ import annotations

import pytest

from api.db import Database
from api.settings import Settings
from tests.api.flow import Flow, make_flow


@pytest.fixture
def flow(database: Database, settings: Settings) -> Flow:
    return make_flow(database, settings)

"""The researcher sits in a sandbox with approved microdata, on whose population a budget is set."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.db import Database
from api.settings import Settings
from tests.api.budget.makers import Budgeted, with_budget
from tests.api.flow import Flow, Prepared, prepare


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path) -> Prepared:
    return prepare(tmp_path_factory.mktemp("flow"), migrated, secrets_directory)


@pytest.fixture
def flow(database: Database, settings: Settings, prepared: Prepared) -> Flow:
    return prepared.copy_to(database, settings)


@pytest.fixture
def budgeted(flow: Flow) -> Budgeted:
    return with_budget(flow)

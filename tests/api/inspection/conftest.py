"""The researcher sits in a sandbox; files are inspected in this process, which is faster and finds the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.db import Database
from api.inspection import judging
from api.settings import Settings
from output_checker.files.apart import Means
from output_checker.files.inspection import Inspection, inspect_file
from tests.api.flow import Flow, Prepared, prepare
from tests.api.inspection.files import Files
from tests.api.web.reader import Reader


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path) -> Prepared:
    return prepare(tmp_path_factory.mktemp("flow"), migrated, secrets_directory)


@pytest.fixture
def flow(database: Database, settings: Settings, prepared: Prepared) -> Flow:
    return prepared.copy_to(database, settings)


@pytest.fixture
def files(flow: Flow) -> Files:
    return Files(flow)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect(name: str, path: Path, *, means: Means) -> Inspection:
        return inspect_file(name, path.read_bytes())

    monkeypatch.setattr(judging, "inspect_apart", inspect)


@pytest.fixture
def reader(flow: Flow, client: TestClient, database: Database, settings: Settings) -> Reader:
    return Reader(client, database, settings)

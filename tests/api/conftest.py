"""What tests of the api stand on: an installation in a temporary directory, migrated, with its secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from api import migrate
from api.app import create_app
from api.db import Database
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.flow import Flow, Prepared, prepare
from tests.api.web.reader import Reader


@pytest.fixture(autouse=True, scope="session")
def _routes_are_prepared_once() -> Iterator[None]:
    """All applications share how their routes were prepared: an application for each test spends most time on that.

    What an application stands on is in its state, and that remains its own.
    """
    include, prepared = FastAPI.include_router, dict[tuple[int, str], BaseRoute]()

    def include_once(app: FastAPI, router: APIRouter, **options: Any) -> None:
        known = prepared.get((id(router), repr(options)))
        if known is not None:
            app.router.routes.append(known)
            return
        include(app, router, **options)
        prepared[id(router), repr(options)] = app.router.routes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastAPI, "include_router", include_once)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file: copying it is faster than migrating for each test."""
    path = tmp_path_factory.mktemp("migrated") / "enclave.sqlite"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def secrets_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of secrets for all tests: RSA keys take a while to make."""
    directory = tmp_path_factory.mktemp("secrets")
    SecretStore(directory).ensure()
    return directory


@pytest.fixture
def settings(tmp_path: Path, migrated: Path, secrets_directory: Path) -> Settings:
    state = tmp_path / "state"
    state.mkdir()
    (state / "secrets").symlink_to(secrets_directory)
    (state / "enclave.sqlite").write_bytes(migrated.read_bytes())
    return Settings(state_dir=state)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    yield database
    database.dispose()


@pytest.fixture
def secrets(settings: Settings) -> SecretStore:
    return SecretStore(settings.directory("secrets"))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path) -> Prepared:
    """A researcher in a sandbox with approved microdata, to be copied."""
    return prepare(tmp_path_factory.mktemp("flow"), migrated, secrets_directory)


@pytest.fixture
def flow(database: Database, settings: Settings, prepared: Prepared) -> Flow:
    """The researcher sits in a sandbox with approved microdata."""
    return prepared.copy_to(database, settings)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings)
    with TestClient(app, base_url=settings.api_url, follow_redirects=False) as client:
        yield client
    app.state.database.dispose()


@pytest.fixture
def reader(flow: Flow, client: TestClient, database: Database, settings: Settings) -> Reader:
    """A reader whose application opens the database after the flow was laid in it."""
    return Reader(client, database, settings)

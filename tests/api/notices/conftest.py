"""A flow, and a mail server that really listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.db import Database
from api.settings import Settings
from tests.api.flow import Flow, Prepared, prepare
from tests.api.notices.mail_server import MailServer


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path) -> Prepared:
    return prepare(tmp_path_factory.mktemp("flow"), migrated, secrets_directory)


@pytest.fixture
def flow(database: Database, settings: Settings, prepared: Prepared) -> Flow:
    return prepared.copy_to(database, settings)


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server

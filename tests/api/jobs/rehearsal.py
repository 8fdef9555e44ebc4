"""Imported once by the process that api and worker are forked from: what is made at first use is made here."""

from __future__ import annotations

import tempfile
from pathlib import Path

import uvicorn.loops.auto
import uvicorn.protocols.http.h11_impl
from fastapi.testclient import TestClient

from api import migrate
from api.app import create_app
from api.db import Database
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.flow import make_flow
from tests.api.jobs import processes

LOADED = (processes, uvicorn.loops.auto, uvicorn.protocols.http.h11_impl)
APP = create_app()
"""The application on the state directory of this process; its routes are made with the first request."""

with TestClient(APP) as client:
    client.get("/internal/health")
APP.state.database.dispose()
with tempfile.TemporaryDirectory() as directory:
    settings = Settings(state_dir=Path(directory))
    SecretStore(settings.directory("secrets")).ensure()
    database = Database(settings.database)
    migrate.upgrade(database)
    make_flow(database, settings).released()
    database.dispose()

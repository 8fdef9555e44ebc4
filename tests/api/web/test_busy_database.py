"""A database that is locked for too long: who asks is told to ask again, and nothing failed."""

from __future__ import annotations

import datetime as dt
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, update

from api import turns
from api.db import Database, now
from api.identity.models import PageSession
from api.settings import Settings
from tests.api.factories import make_person
from tests.api.identity.browser import log_in


@pytest.mark.parametrize("path", ["/requests", "/api/requests"])
def test_a_locked_database_is_busy_and_no_failure(
    client: TestClient, database: Database, settings: Settings, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LINE_SECONDS", 0.05)
    with database.transaction() as session:
        person = make_person(session)
    log_in(client, database, settings, person)
    with database.transaction() as session:
        # This visit has to be written down, so that it needs the lock.
        session.execute(update(PageSession).values(last_seen_at=now() - dt.timedelta(minutes=2)))
    impatient = Database(settings.database)
    event.listen(impatient.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    cast(FastAPI, client.app).state.database = impatient
    with database.transaction():
        answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Probeer het over een minuut opnieuw." in answer.text
    assert client.get(path).status_code == 200
    impatient.dispose()

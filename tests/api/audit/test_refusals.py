"""Refusals at the token door are in the audit, and a sandbox that knocks on and on fills it no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Grant
from api.access.service import withdraw_access
from api.audit.models import AuditRecord
from api.audit.queries import Search, search
from api.audit.refusals import WINDOW, Refusals
from api.db import Database
from api.people.models import Role
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import acting
from tests.api.flow import Flow, make_flow


@dataclass
class Clock:
    """Time that passes when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def told(database: Database) -> list[tuple[str, str, Any]]:
    """Every refusal in the audit, oldest first: subject, reason, times."""
    with database.reading() as session:
        found = search(session, Search(action="sandbox.refuse"), size=100).entries
    return [(one.subject, one.because, one.details["times"]) for one in reversed(found)]


@pytest.fixture
def flow(database: Database, settings: Settings) -> Flow:
    return make_flow(database, settings, persons=50)


def test_a_flood_is_two_records_a_minute_with_all_of_it_counted(database: Database) -> None:
    clock = Clock()
    refusals = Refusals(database, clock)
    for _ in range(500):
        refusals.note("a", "no_sandbox")
    refusals.note("b", "no_sandbox")
    refusals.note("a", "training_valid")
    assert told(database) == [
        ("sandbox:a", "no_sandbox", 1),
        ("sandbox:b", "no_sandbox", 1),
        ("sandbox:a", "training_valid", 1),
    ]
    clock.seconds += WINDOW
    refusals.write_due()
    refusals.write_due()
    assert told(database)[3:] == [("sandbox:a", "no_sandbox", 499)]
    refusals.note("a", "no_sandbox")
    assert told(database)[4:] == [("sandbox:a", "no_sandbox", 1)]


def test_each_door_of_a_sandbox_tells_whom_it_refused(client: TestClient, flow: Flow) -> None:
    header = {"authorization": f"Bearer {flow.token}"}
    assert client.get("/sandbox/requests", headers=header).status_code == 200
    assert told(flow.database) == []
    with flow.database.transaction() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        withdraw_access(session, acting(flow.world.administrator, Role.ADMINISTRATOR), grant, "Left.")
    for method, path in (
        ("GET", "/sandbox/requests"),
        ("GET", "/sandbox/requests/R-2026-0001"),
        ("POST", "/sandbox/uploads"),
    ):
        assert client.request(method, path, headers=header, content=b"x").status_code == 401
    client.get("/sandbox/requests", headers={"authorization": "Bearer guessed"})
    client.get("/sandbox/requests/R-2026-0001?wait=1")
    assert told(flow.database) == [
        (f"sandbox:{flow.sandbox_id}", "no_sandbox", 1),
        ("sandbox:unknown", "no_sandbox", 1),
        ("sandbox:unknown", "no_token", 1),
    ]
    with flow.database.reading() as session:
        documents = "".join(session.scalars(select(AuditRecord.document)))
    assert flow.token not in documents
    assert "guessed" not in documents


def test_the_watch_has_what_was_counted_written(
    client: TestClient, database: Database, secrets: SecretStore
) -> None:
    refusals: Refusals = client.app.state.refusals  # type: ignore[attr-defined]
    clock = Clock()
    refusals.clock = clock
    for _ in range(3):
        refusals.note("a", "no_sandbox")
    clock.seconds += WINDOW
    header = {"authorization": f"Bearer {secrets.read('watch_token')}"}
    assert client.post("/internal/hub/alive", json={"sandboxes": []}, headers=header).status_code == 200
    assert told(database) == [("sandbox:a", "no_sandbox", 1), ("sandbox:a", "no_sandbox", 2)]

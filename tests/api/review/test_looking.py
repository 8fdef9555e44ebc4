"""Nobody sees figures that have not left without a record of it, made before they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.audit.queries import Entry, Search, search
from api.db import Database
from api.settings import Settings
from tests.api.flow import Flow, prepare
from tests.api.identity.browser import log_in

SHOWN = {
    "/review/{number}": "everything",
    "/api/requests/{number}": "everything",
    "/review/{number}/tables/1?row=2": "table 1, row 2",
    "/review/{number}/cells/1.1.1": "cell 1.1.1",
}


@pytest.fixture(scope="module")
def waiting(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path
) -> tuple[Flow, str]:
    directory = tmp_path_factory.mktemp("looking")
    flow = prepare(directory, migrated, secrets_directory).flow
    flow = Flow(
        Database(flow.settings.database), flow.settings, flow.secrets, flow.world, flow.sandbox_id, flow.token
    )
    return flow, flow.under_review()


@pytest.fixture
def settings(waiting: tuple[Flow, str]) -> Settings:
    return waiting[0].settings


def views(flow: Flow, number: str) -> list[Entry]:
    with flow.database.reading() as session:
        return search(session, Search(action="view", subject=f"request:{number}"), size=200).entries


@pytest.mark.parametrize("path", SHOWN)
def test_who_saw_what_as_what_and_why_they_might(
    client: TestClient, waiting: tuple[Flow, str], path: str
) -> None:
    flow, number = waiting
    before = len(views(flow, number))
    log_in(client, flow.database, flow.settings, flow.world.second_checker)
    assert client.get(path.format(number=number)).status_code == 200
    after = views(flow, number)
    assert len(after) == before + 1
    newest = after[0]
    assert (newest.actor, newest.acting_as) == ("second-checker", "checker")
    assert newest.because == "output checker of centre:heerlen"
    assert newest.details == {"shown": SHOWN[path], "project": "minimum-incomes", "round": 1}


@pytest.mark.parametrize("path", SHOWN)
def test_a_refusal_and_a_view_without_figures_are_no_views(
    client: TestClient, waiting: tuple[Flow, str], path: str
) -> None:
    flow, number = waiting
    before = len(views(flow, number))
    for person in (flow.world.researcher, flow.world.auditor, flow.world.foreign_checker):
        log_in(client, flow.database, flow.settings, person)
        client.get(path.format(number=number))
    assert len(views(flow, number)) == before


@pytest.mark.parametrize("path", SHOWN)
def test_what_cannot_be_recorded_is_not_shown(
    client: TestClient, waiting: tuple[Flow, str], path: str
) -> None:
    flow, number = waiting
    log_in(client, flow.database, flow.settings, flow.world.checker)
    with flow.database.transaction() as session:
        session.execute(
            text(
                "CREATE TRIGGER no_more BEFORE INSERT ON audit_record "
                "BEGIN SELECT RAISE(ABORT, 'the audit cannot be written'); END"
            )
        )
    try:
        with pytest.raises(IntegrityError, match="cannot be written"):
            client.get(path.format(number=number))
    finally:
        with flow.database.transaction() as session:
            session.execute(text("DROP TRIGGER no_more"))

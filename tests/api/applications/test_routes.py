"""Applications over HTTP: from draft to project, each step by whoever it is for, and only with a strong login."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.db import Database
from api.people.models import Person
from api.settings import Settings
from tests.api.applications.asking import LATER, begin, content, register, submit
from tests.api.factories import World, make_world
from tests.api.identity.browser import log_in
from tests.api.web.reader import Reader

HERE = "/api/applications"


@pytest.fixture
def world(database: Database) -> World:
    with database.transaction() as session:
        made = make_world(session)
        register(session, session.merge(made.steward))
        return made


@pytest.fixture
def reader(world: World, client: TestClient, database: Database, settings: Settings) -> Reader:
    return Reader(client, database, settings)


def ask(reader: Reader, person: Person, path: str, **document: Any) -> httpx.Response:
    reader.be(person)
    headers = {"x-csrf-token": reader.csrf}
    return reader.client.post(f"{HERE}{path}", json=document, headers=headers)


def test_from_draft_to_project_and_on_to_its_extension(reader: Reader, world: World) -> None:
    said = asdict(content())
    begun = ask(reader, world.researcher, "", **said, centre="heerlen", slug="energy").json()
    number, at = begun["number"], f"/{begun['number']}"
    assert (begun["state"], begun["whose_turn"], begun["may_decide"]) == ("draft", "applicant", False)
    reworded = ask(reader, world.researcher, f"{at}/words", **said | {"theme": "energy"}, row_version=1)
    assert reworded.json()["versions"][0]["theme"] == "energy"
    assert ask(reader, world.researcher, f"{at}/submission", row_version=1).status_code == 409
    waiting = ask(reader, world.researcher, f"{at}/submission", row_version=2).json()
    for person in (world.second_administrator, world.steward, world.privacy_officer):
        row = waiting["versions"][0]["row_version"]
        decision = {"decision": "approve", "reason": "In order.", "row_version": row}
        waiting = ask(reader, person, f"{at}/decision", **decision).json()
    assert (waiting["state"], waiting["project"]) == ("approved", "energy")
    assert len({step["digest"] for step in waiting["versions"][0]["steps"]}) == 1
    change = asdict(content(title_en="Still secret", wanted=[LATER]))
    assert ask(reader, world.researcher, f"{at}/versions", **change, because="More.").status_code == 201
    listed = reader.be(world.steward).client.get(HERE).json()["applications"]
    assert [(one["number"], one["title"]["en"], one["version"]) for one in listed] == [
        (number, "Energy poverty", 1)
    ]


def test_no_centre_is_no_centre(reader: Reader, world: World) -> None:
    for slug in ("", "nowhere"):
        refused = ask(reader, world.researcher, "", **asdict(content()), centre=slug, slug="energy")
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "centre")


@pytest.mark.parametrize("shown", [{"acr": "pwd"}, {"ago": dt.timedelta(minutes=16)}])
def test_a_decision_needs_a_strong_login_of_just_now(
    client: TestClient, database: Database, settings: Settings, world: World, shown: dict[str, Any]
) -> None:
    with database.transaction() as session:
        waiting = submit(session, world, begin(session, world))
        number, row = waiting.number, waiting.newest.row_version
    csrf = log_in(client, database, settings, world.second_administrator, **shown)
    decision = {"decision": "approve", "reason": "In order.", "row_version": row}
    refused = client.post(f"{HERE}/{number}/decision", json=decision, headers={"x-csrf-token": csrf})
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "insufficient_user_authentication"
    state = client.get(f"{HERE}/{number}").json()["state"]
    assert state == "at_centre"

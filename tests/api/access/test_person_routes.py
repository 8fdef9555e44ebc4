"""What programs of a logged-in person can ask: who am I, and narrow or withdraw a grant."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Grant, Withdrawal
from api.audit.service import SYSTEM
from api.db import Database
from api.people.models import Centre, Person, Role
from api.people.service import appoint
from api.settings import Settings
from tests.api.factories import World, make_view, make_world, withdraw
from tests.api.identity.browser import log_in


@pytest.fixture
def committed(database: Database) -> World:
    with database.transaction() as session:
        return make_world(session)


def withdrawals(database: Database) -> list[str]:
    with database.reading() as session:
        return [withdrawal.reason for withdrawal in session.scalars(select(Withdrawal))]


def test_me_tells_roles_and_projects_with_what_is_unmet(
    client: TestClient, database: Database, settings: Settings, committed: World
) -> None:
    with database.transaction() as session:
        researcher = session.get_one(Person, committed.researcher.id)
        centre = session.get_one(Centre, committed.centre.id)
        appoint(session, SYSTEM, researcher, Role.CHECKER, centre)
        appoint(session, SYSTEM, researcher, Role.AUDITOR, None)
        withdraw(session, grant=session.get_one(Grant, committed.grant.id))
    log_in(client, database, settings, committed.researcher)
    me = client.get("/api/me").json()
    assert (me["subject"], me["language"]) == ("researcher", "nl")
    assert me["roles"] == [{"role": "auditor", "centre": None}, {"role": "checker", "centre": "heerlen"}]
    (project,) = me["projects"]
    assert (project["slug"], project["centre"], project["allowed"]) == ("minimum-incomes", "heerlen", False)
    assert [one["condition"] for one in project["unmet"]] == ["not_withdrawn"]
    assert project["title"]["en"] == "Minimum incomes per neighbourhood"


def test_me_is_for_who_is_logged_in(client: TestClient) -> None:
    assert client.get("/api/me").status_code == 401


def test_an_administrator_withdraws_once(
    client: TestClient, database: Database, settings: Settings, committed: World
) -> None:
    csrf = log_in(client, database, settings, committed.second_administrator)
    address, headers = f"/api/grants/{committed.grant.id}/withdraw", {"X-CSRF-Token": csrf}
    answer = client.post(address, json={"reason": "The contract ended."}, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["grant"] == committed.grant.id
    again = client.post(address, json={"reason": "Again."}, headers=headers)
    assert again.status_code == 409
    assert withdrawals(database) == ["The contract ended."]


@pytest.mark.parametrize("name", ["researcher", "steward", "checker", "auditor", "outsider"])
def test_for_others_the_grant_is_not_there(
    client: TestClient, database: Database, settings: Settings, committed: World, name: str
) -> None:
    csrf = log_in(client, database, settings, getattr(committed, name))
    answers = [
        client.post(f"/api/grants/{number}/withdraw", json={"reason": "x"}, headers={"X-CSRF-Token": csrf})
        for number in (committed.grant.id, 999)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert withdrawals(database) == []


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "guess"}])
def test_another_site_cannot_withdraw(
    client: TestClient, database: Database, settings: Settings, committed: World, headers: dict[str, str]
) -> None:
    log_in(client, database, settings, committed.administrator)
    answer = client.post(f"/api/grants/{committed.grant.id}/withdraw", json={"reason": "x"}, headers=headers)
    assert answer.status_code == 403
    assert withdrawals(database) == []


@pytest.mark.parametrize(
    ("number", "body"),
    [
        ("0", {"reason": "x"}),
        ("9" * 30, {"reason": "x"}),
        ("1", {}),
        ("1", {"reason": ""}),
        ("1", {"reason": " "}),
    ],
)
def test_malformed_withdrawals_are_refused(
    client: TestClient,
    database: Database,
    settings: Settings,
    committed: World,
    number: str,
    body: dict[str, str],
) -> None:
    csrf = log_in(client, database, settings, committed.administrator)
    answer = client.post(f"/api/grants/{number}/withdraw", json=body, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 422
    assert withdrawals(database) == []


def test_an_administrator_narrows_and_the_person_is_told_what_is_left(
    client: TestClient, database: Database, settings: Settings, committed: World
) -> None:
    with database.transaction() as session:
        project = session.get_one(Grant, committed.grant.id).project
        for name in ("people", "wealth"):
            make_view(session, project=project, name=name)
    csrf = log_in(client, database, settings, committed.second_administrator)
    address, headers = f"/api/grants/{committed.grant.id}/narrowing", {"X-CSRF-Token": csrf}
    body = {"datasets": ["wealth"], "reason": "Not his work."}
    assert client.post(address, json=body, headers={}).status_code == 403
    for wrong in ({"datasets": []}, {"datasets": ["nowhere"]}, {"reason": " "}, {"datasets": "wealth"}):
        assert client.post(address, json=body | wrong, headers=headers).status_code == 422
    answer = client.post(address, json=body, headers=headers)
    assert (answer.status_code, answer.json()["datasets"], answer.json()["version"]) == (200, ["wealth"], 2)
    assert client.post(address, json=body, headers=headers).status_code == 409
    log_in(client, database, settings, committed.researcher)
    (told,) = client.get("/api/me").json()["projects"]
    assert told["datasets"] == ["wealth"]

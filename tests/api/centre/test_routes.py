"""A centre for programs."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from api.people.models import Centre, Person, Role
from api.requests.models import RequestState
from api.review.arrangements import proposals_of
from api.review.loosening import confirm
from tests.api.factories import acting
from tests.api.flow import FINE, SMALL, Flow
from tests.api.identity.browser import log_in
from tests.api.review.test_settling import unseen

NEW = {"level": "none", "share": 1, "reason": "Tried for a year.", "version": 0}


def send(client: TestClient, flow: Flow, name: str, path: str, body: dict[str, Any]) -> Any:
    csrf = log_in(client, flow.database, flow.settings, getattr(flow.world, name))
    return client.post(path, json=body, headers={"X-CSRF-Token": csrf})


def confirm_all(flow: Flow) -> None:
    """Let the second administrator confirm what is proposed."""
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.second_administrator.id)
        for one in proposals_of(session, session.get_one(Centre, flow.world.centre.id)):
            confirm(session, acting(person, Role.ADMINISTRATOR), one)


def test_an_administrator_says_who_must_see_and_then_the_policy_decides(
    flow: Flow, client: TestClient
) -> None:
    path = "/api/centres/heerlen/arrangements"
    said = send(client, flow, "administrator", path, NEW)
    assert said.status_code == 201
    assert (said.json()["project"], said.json()["by"]) == (None, "administrator")
    assert (said.json()["holds"], said.json()["confirmed_by"]) == (False, None)
    assert client.get(path).json() == []
    confirm_all(flow)
    of_project = NEW | {"project": "minimum-incomes", "share": None}
    assert send(client, flow, "administrator", path, of_project).json()["share"] is None
    confirm_all(flow)
    listed = client.get(path).json()
    assert [one["project"] for one in listed] == ["minimum-incomes", None]
    assert {(one["holds"], one["confirmed_by"]) for one in listed} == {(True, "second-administrator")}
    assert send(client, flow, "checker", path, NEW | {"version": 1}).status_code == 403
    assert send(client, flow, "administrator", path, NEW | {"project": "housing"}).status_code == 404
    assert flow.judge(flow.submit(FINE)) is RequestState.APPROVED


def test_somebody_else_lets_a_looser_arrangement_hold(flow: Flow, client: TestClient) -> None:
    path = "/api/centres/heerlen"
    proposed = send(client, flow, "administrator", f"{path}/arrangements", NEW).json()["proposal"]
    assert [one["proposal"] for one in client.get(f"{path}/looser").json()] == [proposed]
    own = send(client, flow, "administrator", f"{path}/looser/{proposed}/confirm", {})
    assert (own.status_code, own.json()["error"]["code"]) == (403, "own_proposal")
    said = send(client, flow, "second_administrator", f"{path}/looser/{proposed}/confirm", {})
    assert (said.status_code, said.json()["holds"], said.json()["proposal"]) == (201, True, None)
    assert (said.json()["by"], said.json()["confirmed_by"]) == ("administrator", "second-administrator")
    assert client.get(f"{path}/looser").json() == []
    again = send(client, flow, "second_administrator", f"{path}/looser/{proposed}/dismiss", {})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "decided_already")


def test_a_looser_arrangement_is_turned_down(flow: Flow, client: TestClient) -> None:
    path = "/api/centres/heerlen"
    proposed = send(client, flow, "administrator", f"{path}/arrangements", NEW).json()["proposal"]
    said = send(client, flow, "second_administrator", f"{path}/looser/{proposed}/dismiss", {})
    assert (said.status_code, said.content) == (204, b"")
    assert client.get(f"{path}/looser").json() == []
    assert client.get(f"{path}/arrangements").json() == []
    assert send(client, flow, "administrator", f"{path}/looser/99999/confirm", {}).status_code == 404


def test_the_figures(flow: Flow, client: TestClient) -> None:
    flow.approved()
    flow.judge(flow.submit(SMALL))
    log_in(client, flow.database, flow.settings, flow.world.auditor)
    figures = client.get("/api/centres/heerlen/figures?weeks=1").json()
    assert figures["weeks"][0]["endings"] == {"approved_by_people": 1, "returned_by_rules": 1}
    assert figures["stages"]["decision_by_people"]["times"] == 1
    assert figures["stages"]["release"] is None
    assert figures["settled_share"] == 0.5
    assert {"rule": "threshold", "refused": 1, "sent": 0} in figures["objections"]
    assert figures["checks"] == {"drawn": 0, "waiting": 0, "in_order": 0, "not_in_order": 0, "lapsed": 0}


def test_a_check_afterwards(flow: Flow, client: TestClient) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    log_in(client, flow.database, flow.settings, flow.world.researcher)
    assert client.get("/api/after-checks").json() == []
    path = f"/api/requests/{number}/after-check"
    assert send(client, flow, "researcher", path, {"result": "in_order"}).status_code == 403
    log_in(client, flow.database, flow.settings, flow.world.checker)
    assert [one["id"] for one in client.get("/api/after-checks").json()] == [number]
    said = send(client, flow, "checker", path, {"result": "not_in_order", "comment": "Wrong weights."})
    assert (said.status_code, said.json()) == (201, {"result": "not_in_order", "state": "revoked"})
    assert client.get("/api/after-checks").json() == []

"""The queue and the decision, for programs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.flow import Flow
from tests.api.identity.browser import log_in


def decide(client: TestClient, flow: Flow, number: str, who: str, **body: Any) -> tuple[int, dict[str, Any]]:
    token = log_in(client, flow.database, flow.settings, getattr(flow.world, who))
    version = client.get(f"/api/requests/{number}").json().get("row_version", 1)
    body = {"decision": "approve", "row_version": version} | body
    answer = client.post(f"/api/requests/{number}/reviews", json=body, headers={"X-CSRF-Token": token})
    return answer.status_code, answer.json()


def test_two_checkers_bring_a_request_to_its_release(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    log_in(client, flow.database, flow.settings, flow.world.checker)
    assert [item["id"] for item in client.get("/api/queue").json()] == [number]
    status, seen = decide(client, flow, number, "checker")
    assert (status, seen["state"], len(seen["reviews"])) == (201, "one_review_in", 1)
    assert client.get("/api/queue").json() == []
    status, seen = decide(client, flow, number, "second_checker", comment="Fine.")
    assert (status, seen["state"], len(seen["reviews"])) == (201, "approved", 2)


def test_a_second_click_is_a_conflict_in_words(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    decide(client, flow, number, "checker")
    status, answer = decide(client, flow, number, "checker")
    assert status == 409
    assert answer["error"]["message"] == {
        "nl": "U heeft dit al goedgekeurd.",
        "en": "You already approved this.",
    }


def test_the_researcher_cannot_review(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    status, answer = decide(client, flow, number, "researcher")
    assert (status, answer["error"]["code"]) == (403, "own_request")


def test_a_colleague_hears_every_reason(flow: Flow, client: TestClient) -> None:
    status, answer = decide(client, flow, flow.under_review(), "analyst")
    assert status == 403
    assert answer["error"]["unmet"]


def test_for_a_foreign_checker_there_is_no_such_request(flow: Flow, client: TestClient) -> None:
    status, _ = decide(client, flow, flow.under_review(), "foreign_checker")
    assert status == 404


@pytest.mark.parametrize("body", [{"decision": "maybe"}, {"row_version": "x"}, {"decision": None}])
def test_odd_decisions_are_refused(flow: Flow, client: TestClient, body: dict[str, Any]) -> None:
    number = flow.under_review()
    status, answer = decide(client, flow, number, "checker", **body)
    assert status == 422
    assert answer["error"]["field"] in body


def test_a_decision_needs_the_token_of_the_page(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    log_in(client, flow.database, flow.settings, flow.world.checker)
    answer = client.post(f"/api/requests/{number}/reviews", json={"decision": "approve", "row_version": 4})
    assert answer.status_code == 403

"""The inbox for programs."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.flow import FINE, Flow
from tests.api.identity.browser import log_in


def test_everybody_reads_their_own_notices(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    flow.judge(number)
    csrf = log_in(client, flow.database, flow.settings, flow.world.checker)
    inbox = client.get("/api/notices").json()
    (notice,) = inbox["notices"]
    assert (notice["kind"], notice["request"], notice["read"]) == ("needs_review", number, False)
    assert notice["url"] == f"{flow.settings.api_url}/review/{number}"
    assert notice["message"]["en"] == f"{number} waits for your review."
    assert (inbox["total"], inbox["unread"], inbox["next_offset"]) == (1, 1, None)
    refused = client.post("/api/notices/read", json={"until": notice["id"]})
    assert refused.status_code == 403
    read = client.post(
        "/api/notices/read", json={"until": notice["id"]}, headers={"X-CSRF-Token": csrf}
    ).json()
    assert (read["unread"], read["notices"][0]["read"]) == (0, True)
    log_in(client, flow.database, flow.settings, flow.world.second_checker)
    assert client.get("/api/notices").json()["unread"] == 1


def test_a_notice_about_access_names_no_request(flow: Flow, client: TestClient) -> None:
    flow.judge(flow.submit(FINE))
    log_in(client, flow.database, flow.settings, flow.world.auditor)
    assert client.get("/api/notices").json() == {"notices": [], "total": 0, "unread": 0, "next_offset": None}


def test_nobody_reads_without_login(client: TestClient) -> None:
    assert client.get("/api/notices").status_code == 401


def test_beyond_all_numbers_there_are_no_notices(flow: Flow, client: TestClient) -> None:
    log_in(client, flow.database, flow.settings, flow.world.auditor)
    assert client.get(f"/api/notices?offset={10**40}").json()["notices"] == []

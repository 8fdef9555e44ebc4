"""The two doors for programs: a sandbox with its token, and a person outside with a session."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access.sandboxes import end_sandbox
from output_checker.verdict import Verdict
from tests.api.flow import FINE, SMALL, Flow
from tests.api.identity.browser import log_in

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
BODY: dict[str, Any] = {"title": "Incomes", "purpose": "Policy.", "query": FINE, "idempotency_key": KEY}


def bearer(flow: Flow) -> dict[str, str]:
    return {"Authorization": f"Bearer {flow.token}"}


def test_a_sandbox_submits_and_reads_its_verdict(flow: Flow, client: TestClient) -> None:
    answer = client.post("/sandbox/requests", json=BODY | {"query": SMALL}, headers=bearer(flow))
    assert answer.status_code == 202
    new = answer.json()
    number = new["id"]
    assert new == {
        "id": number,
        "state": "submitted",
        "title": "Incomes",
        "next": new["next"],
        "url": f"{flow.settings.api_url}/requests/{number}",
        "round": 1,
        "outputs": [{"position": 1, "title": "", "outcome": None}],
        "verdict": None,
        "noise": None,
    }
    assert new["next"].keys() == {"nl", "en"}
    flow.judge(number)
    judged = client.get(f"/sandbox/requests/{number}", headers=bearer(flow)).json()
    assert judged["state"] == "returned"
    verdict = Verdict.model_validate(judged["verdict"])
    assert {cell.status for cell in verdict.table.cells} >= {"fail"}
    assert verdict.findings[0].evidence
    listed = client.get("/sandbox/requests", headers=bearer(flow)).json()
    assert [item["id"] for item in listed["items"]] == [number]
    assert (listed["total"], listed["next_offset"]) == (1, None)
    assert "verdict" not in listed["items"][0]


def test_the_same_submission_again_is_the_same_request(flow: Flow, client: TestClient) -> None:
    first, second = (client.post("/sandbox/requests", json=BODY, headers=bearer(flow)) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    other = client.post("/sandbox/requests", json=BODY | {"title": "Other"}, headers=bearer(flow))
    assert other.status_code == 409


def test_a_sandbox_saves_a_draft(flow: Flow, client: TestClient) -> None:
    body = {"title": "Incomes", "outputs": [{"query": FINE, "title": "Counts"}]}
    answer = client.post("/sandbox/drafts", json=body, headers=bearer(flow))
    assert (answer.status_code, answer.json()["state"], answer.json()["outputs"]) == (201, "draft", [])
    bad = client.post("/sandbox/drafts", json=body | {"outputs": [{}]}, headers=bearer(flow))
    assert (bad.status_code, bad.json()["error"]["field"]) == (422, "outputs[0]")
    assert client.post("/sandbox/drafts", json=body).status_code == 401


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer unknown", "Token x", "Bearer \xe9"]
)
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("GET", "/R-2026-0001")])
def test_no_sandbox_no_answer(
    flow: Flow, client: TestClient, header: str | None, method: str, path: str
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    body = {"json": BODY} if method == "POST" else {}
    answer = client.request(method, f"/sandbox/requests{path}", headers=headers, **body)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].keys() == {"nl", "en"}


def test_an_ended_sandbox_is_out(flow: Flow, client: TestClient) -> None:
    with flow.database.transaction() as session:
        end_sandbox(session, flow.sandbox_id, "stopped")
    assert client.post("/sandbox/requests", json=BODY, headers=bearer(flow)).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "<b>"}, "title"),
        ({"query": {"dataset": "people", "index": "nowhere"}}, "query.index"),
        ({"query": "SELECT 1"}, "query"),
        ({"idempotency_key": "short"}, "idempotency_key"),
        ({"purpose": None}, "purpose"),
    ],
)
def test_bad_input_names_its_field(
    flow: Flow, client: TestClient, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/sandbox/requests", json=BODY | change, headers=bearer(flow))
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["message"]["nl"] != error["message"]["en"]
    assert client.get("/sandbox/requests", headers=bearer(flow)).json()["total"] == 0


@pytest.mark.parametrize("content", [b"", b"{", b'{"title": "x"', b"[1, 2", b"\xff\xfe", b'{"a": NaN}'])
def test_malformed_json_is_refused(flow: Flow, client: TestClient, content: bytes) -> None:
    headers = bearer(flow) | {"Content-Type": "application/json"}
    answer = client.post("/sandbox/requests", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"].keys() == {"nl", "en"}


def test_numbers_that_are_no_numbers_are_refused_not_stored(flow: Flow, client: TestClient) -> None:
    content = b'{"title":"x","purpose":"x","idempotency_key":"%s","query":{"dataset":NaN}}' % KEY.encode()
    headers = bearer(flow) | {"Content-Type": "application/json"}
    assert client.post("/sandbox/requests", content=content, headers=headers).status_code == 422


def test_unknown_and_foreign_numbers_answer_alike(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    unknown = client.get("/sandbox/requests/R-2026-9999", headers=bearer(flow))
    log_in(client, flow.database, flow.settings, flow.world.outsider)
    foreign = client.get(f"/api/requests/{number}")
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert unknown.json() == foreign.json()


def test_without_login_the_outside_door_is_shut(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    assert client.get("/api/requests").status_code == 401
    assert client.get(f"/api/requests/{number}").status_code == 401
    assert client.post(f"/api/requests/{number}/withdrawal").status_code == 401
    assert client.get("/api/requests", headers=bearer(flow)).status_code == 401


def test_outside_the_author_sees_reasons_but_no_figure(flow: Flow, client: TestClient) -> None:
    number = flow.submit(SMALL)
    log_in(client, flow.database, flow.settings, flow.world.researcher)
    assert client.get(f"/api/requests/{number}").json()["outcome"] is None
    flow.judge(number)
    seen = client.get(f"/api/requests/{number}").json()
    assert (seen["state"], seen["outcome"], seen["verdict"]) == ("returned", "fail", None)
    assert {finding["rule"] for finding in seen["findings"]} >= {"threshold"}
    assert [step["after"] for step in seen["history"]] == ["submitted", "judging", "returned"]
    assert [step["by"] for step in seen["history"]] == ["researcher", None, None]
    assert "value" not in client.get(f"/api/requests/{number}").text
    assert client.get("/api/requests").json()["total"] == 1


def test_a_checker_sees_the_whole_verdict(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    log_in(client, flow.database, flow.settings, flow.world.checker)
    seen = client.get(f"/api/requests/{number}").json()
    assert Verdict.model_validate(seen["verdict"]).table.cells


def test_the_author_withdraws_with_a_token_of_the_page(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    token = log_in(client, flow.database, flow.settings, flow.world.researcher)
    path = f"/api/requests/{number}/withdrawal"
    assert client.post(path).status_code == 403
    done = client.post(path, headers={"X-CSRF-Token": token})
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    again = client.post(path, headers={"X-CSRF-Token": token})
    assert again.status_code == 409


@pytest.mark.parametrize("query", ["offset=-1", "limit=0", "limit=201", "limit=x"])
def test_odd_pages_are_refused(flow: Flow, client: TestClient, query: str) -> None:
    assert client.get(f"/sandbox/requests?{query}", headers=bearer(flow)).status_code == 422


@pytest.mark.parametrize("offset", [2**63 - 1, 2**63, 10**40])
def test_a_page_beyond_all_numbers_is_empty(flow: Flow, client: TestClient, offset: int) -> None:
    flow.submit(FINE)
    answer = client.get(f"/sandbox/requests?offset={offset}", headers=bearer(flow))
    assert answer.status_code == 200
    assert (answer.json()["items"], answer.json()["total"]) == ([], 1)


def test_the_shapes_are_published(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    answer = paths["/sandbox/requests/{number}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["$ref"].endswith("/RequestAnswer")

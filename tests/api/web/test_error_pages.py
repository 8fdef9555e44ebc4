from __future__ import annotations

import logging

import pytest
from fastapi.testclient import TestClient

from api.errors import EnclaveError
from api.web.error_pages import MESSAGES

STATUSES = {
    "bad": 400,
    "forbidden": 403,
    "absent": 404,
    "conflict": 409,
    "large": 413,
    "invalid": 422,
    "unavailable": 503,
}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("kind", STATUSES)
def test_people_read_reason_field_and_way_out(failing: TestClient, kind: str, language: str) -> None:
    answer = failing.get(f"/fail/{kind}?lang={language}")
    assert answer.status_code == STATUSES[kind]
    assert answer.headers["content-type"].startswith("text/html")
    reason, remedy = {
        "nl": ("Zo gaat het niet", "Doe het anders"),
        "en": ("Not like this", "Do it another way"),
    }[language]
    assert f"{reason} &lt;b&gt;" in answer.text
    assert remedy in answer.text
    assert "amount" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("kind", STATUSES)
def test_programs_read_one_shape_of_json(failing: TestClient, kind: str) -> None:
    answer = failing.get(f"/api/fail/{kind}")
    assert answer.status_code == STATUSES[kind]
    assert answer.json() == {
        "error": {
            "code": f"code_{kind}",
            "field": "amount",
            "message": {"nl": "Zo gaat het niet <b>", "en": "Not like this <b>"},
            "remedy": {"nl": "Doe het anders", "en": "Do it another way"},
        }
    }


def test_who_asks_for_json_gets_json(failing: TestClient) -> None:
    assert (
        failing.get("/nowhere", headers={"accept": "application/json"}).json()["error"]["code"] == "http_404"
    )
    assert failing.get("/nowhere", headers={"accept": "text/html, application/json"}).text.startswith(
        "<!doctype"
    )


def test_without_login_a_page_leads_to_the_login_and_back(failing: TestClient) -> None:
    answer = failing.get("/fail/login?search=a%26b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Ffail%2Flogin%3Fsearch%3Da%2526b"


def test_a_part_of_a_page_leads_the_whole_page_to_the_login(failing: TestClient) -> None:
    answer = failing.get("/fail/login", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/auth/login?next=%2Ffail%2Flogin")


def test_a_form_without_login_is_answered_not_lost_in_a_redirect(failing: TestClient) -> None:
    answer = failing.post("/fail/login")
    assert answer.status_code == 401
    assert 'href="/auth/login"' in answer.text


def test_a_program_without_login_gets_401(failing: TestClient) -> None:
    assert failing.get("/api/fail/login").status_code == 401


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_failure_of_ours_is_logged_and_tells_nothing(
    failing: TestClient, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = failing.get(f"/fail/bug?lang={language}")
    assert answer.status_code == 500
    assert getattr(MESSAGES[500][0], language) in answer.text
    assert "secret detail" not in answer.text
    assert "/fail/bug failed" in caplog.text


@pytest.mark.parametrize("path", ["/fail/unfit", "/api/fail/unfit"])
def test_what_no_database_can_hold_is_refused_and_no_failure_of_ours(failing: TestClient, path: str) -> None:
    answer = failing.get(path)
    assert answer.status_code == 422
    assert "secret detail" not in answer.text


def test_an_address_that_does_not_know_the_action_says_which_it_knows(failing: TestClient) -> None:
    answer = failing.put("/form")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    program = failing.put("/form", headers={"accept": "application/json"})
    assert (program.status_code, program.headers["allow"]) == (405, "POST")


def test_every_error_of_the_tree_has_its_own_words() -> None:
    assert {kind.status for kind in EnclaveError.__subclasses__()} <= set(MESSAGES)


def test_a_field_that_cannot_be_read_is_named(failing: TestClient) -> None:
    answer = failing.post("/form", json={"amount": "many"}, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "amount"
    assert failing.post("/form", content=b"{", headers={"accept": "application/json"}).status_code == 422

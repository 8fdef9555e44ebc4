"""Who is let through to a route, and which forms are taken for ours."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.audit.service import SYSTEM
from api.db import Database
from api.errors import NotLoggedInError
from api.identity.dependencies import CsrfDep, Login, LoginDep
from api.identity.models import PageSession
from api.identity.sessions import cookie_name, end_session, find_session
from api.people.models import Person
from api.people.service import suspend
from api.settings import Settings
from tests.api.identity.browser import log_in


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """The application with three routes of the kinds there are."""

    @app.get("/api/who")
    def who(login: LoginDep) -> dict[str, Any]:
        return {"subject": login.person.subject, "acting_as": login.actor("checker").acting_as}

    @app.post("/api/form")
    def take_form(_: CsrfDep, words: Annotated[str, Form()]) -> str:
        return words

    @app.post("/api/document")
    def take_document(_: CsrfDep, document: dict[str, Any]) -> dict[str, Any]:
        return document

    return app


@pytest.fixture
def csrf(client: TestClient, database: Database, settings: Settings, anna: Person) -> str:
    return log_in(client, database, settings, anna)


def current_login(database: Database, settings: Settings) -> Login:
    with database.reading() as session:
        id_hash = session.scalars(select(PageSession.id_hash)).one()
        row = find_session(session, id_hash, settings)
    assert row is not None
    return Login(row.person, row, settings)


def test_a_login_says_who_acts_as_what(client: TestClient, csrf: str) -> None:
    assert client.get("/api/who").json() == {"subject": "anna", "acting_as": "checker"}


@pytest.mark.parametrize("token", [None, "", "made-up", "é"])
def test_without_a_session_nobody_is_let_in(
    client: TestClient, settings: Settings, token: str | None
) -> None:
    headers = {} if token is None else {b"cookie": f"{cookie_name(settings)}={token}".encode("latin-1")}
    answer = client.get("/api/who", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_logged_in"


def test_a_form_with_our_token_reaches_its_route(client: TestClient, csrf: str) -> None:
    answer = client.post("/api/form", data={"csrf_token": csrf, "words": "hello"})
    assert answer.json() == "hello"
    multipart = client.post("/api/form", data={"csrf_token": csrf, "words": "hello"}, files={"file": b"x"})
    assert multipart.json() == "hello"


def test_a_document_with_our_header_reaches_its_route(client: TestClient, csrf: str) -> None:
    answer = client.post("/api/document", json={"a": 1}, headers={"X-CSRF-Token": csrf})
    assert answer.json() == {"a": 1}


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_form_without_our_token_is_refused(client: TestClient, csrf: str, token: str | None) -> None:
    sent = {"words": "hello"} | ({} if token is None else {"csrf_token": token})
    answer = client.post("/api/form", data=sent)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_form"


def test_a_token_sent_as_a_file_is_refused(client: TestClient, csrf: str) -> None:
    answer = client.post("/api/form", data={"words": "hello"}, files={"csrf_token": csrf.encode()})
    assert answer.status_code == 403


def test_a_document_without_header_is_refused_even_with_the_token_inside(
    client: TestClient, csrf: str
) -> None:
    assert client.post("/api/document", json={"csrf_token": csrf}).status_code == 403


def test_the_token_of_another_session_is_refused(
    client: TestClient, csrf: str, database: Database, settings: Settings, anna: Person
) -> None:
    log_in(client, database, settings, anna)
    assert client.post("/api/form", data={"csrf_token": csrf, "words": "hello"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://localhost:8001.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost:8001"},
    ],
)
def test_a_form_from_elsewhere_is_refused_whatever_it_carries(
    client: TestClient, csrf: str, headers: dict[str, str]
) -> None:
    answer = client.post("/api/form", data={"csrf_token": csrf, "words": "hello"}, headers=headers)
    assert answer.status_code == 403


def test_a_form_of_our_own_origin_is_taken(client: TestClient, csrf: str) -> None:
    headers = {"origin": "http://localhost:8001", "sec-fetch-site": "same-origin"}
    answer = client.post("/api/form", data={"csrf_token": csrf, "words": "hello"}, headers=headers)
    assert answer.status_code == 200


def test_a_form_without_login_asks_for_one(client: TestClient) -> None:
    assert client.post("/api/form", data={"words": "hello"}).status_code == 401


def test_a_suspended_person_is_out_at_once(
    client: TestClient, csrf: str, database: Database, anna: Person
) -> None:
    assert client.get("/api/who").status_code == 200
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left")
    assert client.get("/api/who").status_code == 401


def test_a_login_taken_into_a_transaction_has_its_rows_there(
    csrf: str, database: Database, settings: Settings
) -> None:
    login = current_login(database, settings)
    with database.transaction() as session:
        inside = login.within(session)
        assert inside.person in session
        assert inside.csrf_token == csrf


def test_a_login_that_ended_in_between_does_not_act(
    csrf: str, database: Database, settings: Settings
) -> None:
    login = current_login(database, settings)
    with database.transaction() as session:
        end_session(session, login.session.id_hash)
    with database.transaction() as session, pytest.raises(NotLoggedInError):
        login.within(session)

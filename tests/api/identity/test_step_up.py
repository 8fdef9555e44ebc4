"""What cannot be taken back needs a strong login of just now; nothing typed is lost on the way to it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import pyotp
import pytest
from fastapi import FastAPI, Form
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.db import Database, now
from api.identity import held_forms
from api.identity.dependencies import StrongCsrfDep, StrongLoginDep
from api.identity.models import HeldForm, PageSession
from api.identity.sessions import cookie_name
from api.identity.strength import counts_as_strong
from api.people.models import Person
from api.settings import Settings
from tests.api.factories import make_person
from tests.api.identity.browser import (
    action,
    hidden,
    location,
    log_in,
    parameters,
    type_code,
    type_password,
)

TYPED = {"words": 'Twee regels\r\nmet "aanhalingstekens" & <tekens>', "empty": ""}
FRESH, STALE = dt.timedelta(minutes=14), dt.timedelta(minutes=16)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """The application with a form and a page that need a strong login."""

    @app.post("/decide")
    def take_form(_: StrongCsrfDep, words: Annotated[str, Form()]) -> str:
        return words

    @app.post("/api/decide")
    def take_document(_: StrongCsrfDep, document: dict[str, Any]) -> dict[str, Any]:
        return document

    @app.get("/delicate")
    def show(login: StrongLoginDep) -> str:
        return login.person.subject

    return app


def held(database: Database) -> list[HeldForm]:
    with database.reading() as session:
        return list(session.scalars(select(HeldForm)))


def log_in_strongly(client: TestClient, address: str, code: str | None) -> str:
    """Follow an address to the provider, log in there, and return where the pages send the browser then."""
    login_page = location(client.get(location(client.get(address))))
    answer = type_password(client, login_page)
    answer = answer if code is None else type_code(client, answer, code)
    return location(client.get(location(answer)))


@pytest.mark.parametrize(
    ("acr", "ago", "status"),
    [("mfa", FRESH, 200), ("phr", FRESH, 200), ("mfa", STALE, 401), ("pwd", FRESH, 401), ("", FRESH, 401)],
)
def test_a_program_needs_a_strong_login_of_just_now(
    client: TestClient,
    database: Database,
    settings: Settings,
    anna: Person,
    acr: str,
    ago: dt.timedelta,
    status: int,
) -> None:
    csrf = log_in(client, database, settings, anna, acr=acr, ago=ago)
    answer = client.post("/api/decide", json={"a": 1}, headers={"x-csrf-token": csrf})
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["code"] == "insufficient_user_authentication"
        assert answer.headers["www-authenticate"] == (
            'Bearer error="insufficient_user_authentication", acr_values="mfa phr", max_age="900"'
        )


def test_an_issuer_that_tells_no_level_is_judged_by_its_methods(settings: Settings) -> None:
    by_method = settings.model_copy(update={"strong_acr": "", "strong_amr": "mfa fido"})
    assert counts_as_strong("", ["pwd", "mfa"], by_method)
    assert not counts_as_strong("", ["pwd"], by_method)
    assert not counts_as_strong("mfa", [], by_method)


def test_a_form_waits_while_its_sender_logs_in_again(
    client: TestClient, database: Database, settings: Settings, app_of_anna: pyotp.TOTP, anna: Person
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    to_login = location(client.post("/decide?of=1", data={"csrf_token": csrf} | TYPED))
    assert parameters(to_login)["strong"] == "1"
    page = client.get(log_in_strongly(client, to_login, app_of_anna.now()))
    assert page.status_code == 200
    assert action(page) == "/decide?of=1"
    fields = hidden(page)
    assert fields.pop("csrf_token") not in ("", csrf)
    assert fields == TYPED
    assert client.post(action(page), data=hidden(page)).json() == TYPED["words"]


def test_the_issuer_is_asked_for_a_strong_login_of_now(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    log_in(client, database, settings, anna, acr="pwd")
    to_login = location(client.get("/delicate"))
    assert parameters(to_login) == {"next": "/delicate", "strong": "1"}
    asked = parameters(location(client.get(to_login)))
    assert (asked["prompt"], asked["max_age"], asked["acr_values"]) == ("login", "900", "mfa phr")
    assert client.get("/delicate", headers={"hx-request": "true"}).headers["hx-redirect"] == to_login


def test_a_page_opens_after_a_strong_login(
    client: TestClient, database: Database, settings: Settings, app_of_anna: pyotp.TOTP, anna: Person
) -> None:
    log_in(client, database, settings, anna, ago=STALE)
    back = log_in_strongly(client, location(client.get("/delicate")), app_of_anna.now())
    assert back == "/delicate"
    assert client.get(back).json() == "anna"


def test_who_has_no_second_factor_keeps_the_session_and_is_told_what_to_do(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    log_in(client, database, settings, anna, acr="pwd")
    before = client.cookies[cookie_name(settings)]
    login_page = location(client.get(location(client.get("/auth/login?strong=1"))))
    answer = client.get(location(type_password(client, login_page)))
    assert answer.status_code == 403
    assert "vraag dan een uitnodiging aan de beheerder" in answer.text
    assert client.cookies[cookie_name(settings)] == before
    with database.reading() as session:
        assert [one.acr for one in session.scalars(select(PageSession))] == ["pwd"]


def test_a_weak_answer_to_a_strong_request_is_refused_whoever_gives_it(
    client: TestClient, app: FastAPI, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    login_page = location(client.get(location(client.get("/auth/login?strong=1"))))
    callback = location(type_password(client, login_page))
    claims = {"sub": "anna", "auth_time": int(now().timestamp()), "acr": "urn:weak", "amr": ["pwd"]}
    monkeypatch.setattr(app.state.relying_party, "claims", lambda *_: (claims, "token"))
    assert client.get(callback).status_code == 403


def test_a_foreign_form_is_refused_and_never_kept(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    assert client.post("/decide", data={"csrf_token": "made-up"} | TYPED).status_code == 403
    evil = {"origin": "https://evil.example"}
    assert client.post("/decide", data={"csrf_token": csrf} | TYPED, headers=evil).status_code == 403
    assert held(database) == []


def test_only_its_sender_gets_a_form_back_and_not_for_ever(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    client.post("/decide", data={"csrf_token": csrf} | TYPED)
    address = f"{held_forms.PATH}/{held(database)[0].id}"
    with database.transaction() as session:
        other = make_person(session, subject="other")
    log_in(client, database, settings, other)
    assert client.get(address).status_code == 404
    log_in(client, database, settings, anna, acr="pwd")
    assert client.get(address).status_code == 303
    log_in(client, database, settings, anna)
    assert client.get(address).status_code == 200
    assert client.get(f"{held_forms.PATH}/unknown").status_code == 404
    with database.transaction() as session:
        session.execute(update(HeldForm).values(expires_at=now()))
    assert client.get(address).status_code == 404
    csrf = log_in(client, database, settings, anna, acr="pwd")
    client.post("/decide", data={"csrf_token": csrf} | TYPED)
    assert len(held(database)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/review/R-2026-0001",
        "/api/requests/R-2026-0001/reviews",
        "/centre/heerlen/review",
        "/centre/heerlen/review/project",
        "/api/centres/heerlen/arrangements",
    ],
)
def test_every_door_of_a_decision_asks_for_a_strong_login_before_anything_else(
    client: TestClient, database: Database, settings: Settings, anna: Person, address: str
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    headers = {"x-csrf-token": csrf, "accept": "application/json"}
    answer = client.post(address, headers=headers)
    assert answer.json()["error"]["code"] == "insufficient_user_authentication"


@pytest.mark.parametrize("address", ["/admin/grants/1/withdraw", "/api/requests/R-2026-0001/revocation"])
def test_taking_back_is_never_slowed(
    client: TestClient, database: Database, settings: Settings, anna: Person, address: str
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    answer = client.post(address, json={"reason": "x"}, headers={"x-csrf-token": csrf})
    assert answer.status_code == 404

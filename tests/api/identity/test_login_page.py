"""The page where people type their password: who gets in, and how little it tells to who does not."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database, now
from api.identity.models import Account, ProviderLogin
from api.people.models import Person
from api.people.service import suspend
from api.settings import Settings
from tests.api.identity.browser import (
    LOGIN_NAME,
    authorization,
    browse,
    form_token,
    location,
    parameters,
    type_password,
)


@pytest.fixture
def login_address(client: TestClient, settings: Settings) -> str:
    return location(client.get(authorization(settings)))


def fail(client: TestClient, login_address: str, times: int) -> None:
    for _ in range(times):
        assert type_password(client, login_address, "wrong password").status_code == 401


def test_the_right_password_leads_to_the_client(client: TestClient, login_address: str, anna: Person) -> None:
    answer = type_password(client, login_address, login_name=f" {LOGIN_NAME.upper()} ")
    assert location(answer).startswith("http://127.0.0.1:8000/hub/oauth_callback?code=")


def test_no_answer_tells_whether_an_account_exists(
    client: TestClient, login_address: str, database: Database, anna: Person
) -> None:
    def shown(**typed: str) -> str:
        answer = type_password(client, login_address, **typed)
        assert answer.status_code == 401
        about_password = answer.text.partition("<h1")[2].partition("data-passkey")[0]
        return about_password.replace(LOGIN_NAME, "").replace("nobody", "")

    wrong, unknown = shown(password="wrong"), shown(login_name="nobody")
    fail(client, login_address, 4)
    locked = shown()
    with database.transaction() as session:
        session.execute(update(Account).values(locked_until=None, failed_attempts=0))
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left")
    assert wrong == unknown == locked == shown()


def test_the_name_typed_for_nobody_is_not_kept(
    client: TestClient, login_address: str, database: Database, anna: Person
) -> None:
    type_password(client, login_address, login_name="my secret password")
    with database.reading() as session:
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    assert (last.action, last.subject) == ("login.refuse", "person:unknown")
    assert "secret" not in last.document


def test_five_failures_lock_the_account_for_a_while(
    client: TestClient, login_address: str, database: Database, anna: Person
) -> None:
    fail(client, login_address, 5)
    assert type_password(client, login_address).status_code == 401
    with database.transaction() as session:
        session.execute(update(Account).values(locked_until=now() - dt.timedelta(seconds=1)))
    assert type_password(client, login_address).status_code == 303


def test_a_login_forgets_earlier_failures(client: TestClient, login_address: str, anna: Person) -> None:
    for _ in range(3):
        fail(client, login_address, 4)
        assert type_password(client, login_address).status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_our_token_is_refused(
    client: TestClient, login_address: str, anna: Person, token: str
) -> None:
    assert type_password(client, login_address, csrf_token=token).status_code == 403


def test_the_token_of_another_browser_is_refused(
    client: TestClient, app: FastAPI, settings: Settings, login_address: str, anna: Person
) -> None:
    with browse(app, settings) as attacker:
        token = form_token(attacker.get(login_address))
    assert type_password(client, login_address, csrf_token=token).status_code == 403


def test_a_form_without_its_cookie_is_refused(client: TestClient, login_address: str, anna: Person) -> None:
    token = form_token(client.get(login_address))
    client.cookies.clear()
    answer = client.post(login_address, data={"csrf_token": token, "login_name": LOGIN_NAME})
    assert answer.status_code == 403


def test_a_form_of_another_origin_is_refused(client: TestClient, login_address: str, anna: Person) -> None:
    client.headers["origin"] = "http://127.0.0.1:8000"
    assert type_password(client, login_address).status_code == 403


def test_a_new_login_ends_the_one_before_in_this_browser(
    client: TestClient, settings: Settings, login_address: str, database: Database, anna: Person
) -> None:
    type_password(client, login_address)
    type_password(client, location(client.get(authorization(settings, prompt="login"))))
    with database.reading() as session:
        ended = session.scalars(select(ProviderLogin.ended_at).order_by(ProviderLogin.auth_time)).all()
    assert [moment is None for moment in ended] == [False, True]


def test_the_page_is_shown_only_for_a_request_that_makes_sense(
    client: TestClient, settings: Settings, anna: Person
) -> None:
    assert client.get("/oidc/login").status_code == 400
    without_pkce = authorization(settings, code_challenge=None).replace("authorize", "login")
    assert parameters(location(client.get(without_pkce)))["error"] == "invalid_request"


def test_a_request_changed_after_the_page_was_shown_is_refused(
    client: TestClient, settings: Settings, login_address: str, anna: Person
) -> None:
    form = {"csrf_token": form_token(client.get(login_address)), "login_name": LOGIN_NAME, "password": "x"}
    changed = authorization(settings, code_challenge=None).replace("authorize", "login")
    assert parameters(location(client.post(changed, data=form)))["error"] == "invalid_request"
    elsewhere = authorization(settings, redirect_uri="https://evil.example/").replace("authorize", "login")
    assert client.post(elsewhere, data=form).status_code == 400


def test_the_refused_page_keeps_the_request_when_the_language_changes(
    client: TestClient, login_address: str, anna: Person
) -> None:
    refused = type_password(client, login_address, "wrong")
    assert "client_id=hub" in str(refused.url)
    assert client.get(f"{login_address}&lang=en").status_code == 200


def test_passwords_cannot_be_tried_at_speed(client: TestClient, app: FastAPI, login_address: str) -> None:
    app.state.limits.passwords.times = 3
    answers = [type_password(client, login_address, login_name="nobody").status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]

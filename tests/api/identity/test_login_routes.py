"""Logging in to the pages and out again, the whole way through the provider, and what must not work."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database
from api.identity.models import PageSession, ProviderLogin
from api.identity.sessions import cookie_name
from api.people.models import Person
from api.people.service import suspend
from api.settings import Settings
from tests.api.identity.browser import (
    authorization,
    browse,
    location,
    log_in,
    log_in_at_pages,
    parameters,
    type_password,
)


def start_of_login(client: TestClient) -> str:
    """Walk up to the answer of the provider, and return the address of the callback."""
    to_login = location(client.get(location(client.get("/auth/login"))))
    return location(type_password(client, to_login))


def test_login_leads_to_the_page_that_was_asked_for(client: TestClient, anna: Person) -> None:
    answer = log_in_at_pages(client, "/auth-less?sort=name")
    assert location(answer) == "/auth-less?sort=name"


def test_the_session_knows_who_when_and_how(client: TestClient, anna: Person, database: Database) -> None:
    log_in_at_pages(client)
    with database.reading() as session:
        row = session.scalars(select(PageSession)).one()
        login = session.scalars(select(ProviderLogin)).one()
        assert row.person.subject == "anna"
        assert (row.acr, row.amr, row.sid) == ("pwd", ["pwd"], login.sid)
        assert abs((row.auth_time - login.auth_time).total_seconds()) <= 1
        actions = session.scalars(select(AuditRecord.action).order_by(AuditRecord.seq)).all()
    assert actions[-2:] == ["login.accept", "session.start"]


def test_the_cookie_is_out_of_reach_of_scripts_and_foreign_forms(client: TestClient, anna: Person) -> None:
    cookies = log_in_at_pages(client).headers.get_list("set-cookie")
    session_cookie = next(cookie for cookie in cookies if cookie.startswith("enclave_session="))
    assert "HttpOnly" in session_cookie
    assert "SameSite=lax" in session_cookie
    assert "Path=/" in session_cookie


def test_a_second_login_needs_no_password(client: TestClient, anna: Person) -> None:
    log_in_at_pages(client)
    to_client = location(client.get(location(client.get("/auth/login?next=/queue"))))
    assert location(client.get(to_client)) == "/queue"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_a_login_never_leads_to_another_site(client: TestClient, anna: Person, wanted: str) -> None:
    assert location(log_in_at_pages(client, wanted)) == "/"


def test_an_answer_to_another_browser_is_refused(
    client: TestClient, app: FastAPI, settings: Settings, anna: Person
) -> None:
    callback = start_of_login(client)
    with browse(app, settings) as victim:
        answer = victim.get(callback)
        assert answer.status_code == 400
        assert cookie_name(settings) not in victim.cookies


def test_a_changed_state_is_refused(client: TestClient, anna: Person) -> None:
    callback = start_of_login(client)
    state = parameters(callback)["state"]
    assert client.get(callback.replace(state, "x" * len(state))).status_code == 400


def test_a_swapped_attempt_is_refused(client: TestClient, anna: Person) -> None:
    """The cookie of one attempt under the name of another: the state inside it tells."""
    first, second = location(client.get("/auth/login")), location(client.get("/auth/login"))
    names = [name for name in client.cookies if name.startswith("enclave_login_")]
    values = [client.cookies[name] for name in names]
    for name, value in zip(names, reversed(values), strict=True):
        client.cookies.set(name, value, domain="localhost.local", path="/auth")
    for address in (first, second):
        state = parameters(address)["state"]
        assert client.get("/auth/callback", params={"state": state, "code": "c"}).status_code == 400


def test_an_answer_is_taken_once(client: TestClient, anna: Person) -> None:
    callback = start_of_login(client)
    assert client.get(callback).status_code == 303
    assert client.get(callback).status_code == 400


def test_a_used_code_in_a_fresh_attempt_is_refused(client: TestClient, anna: Person) -> None:
    used = parameters(start_of_login(client))["code"]
    fresh = parameters(location(client.get(location(client.get("/auth/login")))))
    answer = client.get("/auth/callback", params=fresh | {"code": used})
    assert answer.status_code == 400


def test_a_refusal_of_the_provider_is_explained(client: TestClient, anna: Person) -> None:
    state = parameters(location(client.get("/auth/login")))["state"]
    answer = client.get("/auth/callback", params={"state": state, "error": "access_denied"})
    assert answer.status_code == 400
    assert "Begin opnieuw met inloggen." in answer.text


def test_an_answer_in_the_name_of_another_issuer_is_refused(client: TestClient, anna: Person) -> None:
    asked = parameters(start_of_login(client)) | {"iss": "https://other.example"}
    assert client.get("/auth/callback", params=asked).status_code == 400
    asked.pop("iss")
    assert client.get("/auth/callback", params=asked).status_code == 400


def test_a_planted_session_is_not_used_and_ends(
    client: TestClient, app: FastAPI, settings: Settings, database: Database, anna: Person
) -> None:
    log_in(client, database, settings, anna)
    planted = client.cookies[cookie_name(settings)]
    cookies = log_in_at_pages(client).headers.get_list("set-cookie")
    assert not any(planted in cookie for cookie in cookies)
    with TestClient(app, base_url=settings.api_url, cookies={cookie_name(settings): planted}) as thief:
        assert thief.post("/auth/logout").status_code == 401


def test_logout_ends_the_session_and_the_login_at_the_provider(
    client: TestClient, settings: Settings, database: Database, anna: Person
) -> None:
    log_in_at_pages(client)
    token = client.cookies[cookie_name(settings)]
    with database.reading() as session:
        csrf = session.scalars(select(PageSession.csrf_token)).one()
    to_provider = location(client.post("/auth/logout", data={"csrf_token": csrf}))
    to_page = location(client.get(to_provider))
    assert to_page == f"{settings.api_url}/auth/logged-out"
    assert client.get(to_page).status_code == 200
    assert "/oidc/login" in location(client.get(authorization(settings)))
    client.cookies.set(cookie_name(settings), token)
    assert client.post("/auth/logout", headers={"x-csrf-token": csrf}).status_code == 401


def test_logout_of_a_session_without_a_provider_login_ends_at_our_page(
    client: TestClient, settings: Settings, database: Database, anna: Person
) -> None:
    csrf = log_in(client, database, settings, anna)
    answer = client.post("/auth/logout", data={"csrf_token": csrf})
    assert location(answer) == f"{settings.api_url}/auth/logged-out"


def test_a_person_suspended_during_the_login_gets_no_session(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    callback = start_of_login(client)
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left the municipality")
    assert client.get(callback).status_code == 400
    assert cookie_name(settings) not in client.cookies


def test_a_person_whom_another_issuer_knows_but_we_do_not_is_refused(
    client: TestClient, app: FastAPI, database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = start_of_login(client)
    claims = {"sub": "stranger", "auth_time": 0}
    monkeypatch.setattr(app.state.relying_party, "claims", lambda *_: (claims, "token"))
    answer = client.get(callback)
    assert answer.status_code == 403
    with database.reading() as session:
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    assert (last.action, last.subject) == ("session.refuse", "person:unknown")


def test_a_suspended_person_of_another_issuer_is_refused(
    client: TestClient, app: FastAPI, database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = start_of_login(client)
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left the municipality")
    monkeypatch.setattr(
        app.state.relying_party, "claims", lambda *_: ({"sub": "anna", "auth_time": 0}, "token")
    )
    assert client.get(callback).status_code == 403


def test_what_an_issuer_does_not_tell_counts_as_weak(
    client: TestClient, app: FastAPI, database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = start_of_login(client)
    monkeypatch.setattr(
        app.state.relying_party, "claims", lambda *_: ({"sub": "anna", "auth_time": 0}, "token")
    )
    assert client.get(callback).status_code == 303
    with database.reading() as session:
        row = session.scalars(select(PageSession)).one()
    assert (row.sid, row.acr, row.amr) == (None, "", [])


def test_over_https_the_cookies_say_so(settings: Settings, anna: Person) -> None:
    secure = settings.model_copy(update={"api_url": "https://enclave.example"})
    app = create_app(secure)
    with browse(app, secure) as client:
        answer = log_in_at_pages(client)
        cookies = answer.headers.get_list("set-cookie")
        assert any(cookie.startswith("__Host-enclave_session=") and "Secure" in cookie for cookie in cookies)
        assert {"__Secure-enclave_provider", "__Host-enclave_session"} <= set(client.cookies)
    app.state.database.dispose()

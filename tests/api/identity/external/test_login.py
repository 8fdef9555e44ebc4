"""The pages as a client of somebody else's certified provider: login, step-up, what it must not get away with, logout."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.db import Database
from api.identity.models import PageSession
from tests.api.identity.browser import location, parameters
from tests.api.identity.external.conftest import Elsewhere

pytestmark = pytest.mark.usefixtures("anna")


def test_somebody_logs_in_at_a_certified_provider(
    client: TestClient, elsewhere: Elsewhere, database: Database
) -> None:
    elsewhere.people_are("anna", "mfa", "pwd", "otp")
    assert location(elsewhere.log_in(client, strong=True)) == "/account"
    assert "Anna de Vries" in client.get("/account").text
    with database.reading() as session:
        row = session.scalars(select(PageSession)).one()
    assert (row.acr, row.amr) == ("mfa", ["pwd", "otp"])
    assert row.sid


def test_a_strong_login_is_asked_for_and_a_weak_answer_refused(
    client: TestClient, elsewhere: Elsewhere, database: Database
) -> None:
    elsewhere.log_in(client)
    assert elsewhere.log_in(client, strong=True).status_code == 403
    elsewhere.people_are("anna", "mfa", "pwd", "otp")
    assert location(elsewhere.log_in(client, strong=True)) == "/account"
    with database.reading() as session:
        levels = session.scalars(select(PageSession.acr).where(PageSession.ended_at.is_(None))).all()
    assert levels == ["mfa"]


def test_somebody_whom_only_the_provider_knows_is_refused(client: TestClient, elsewhere: Elsewhere) -> None:
    elsewhere.people_are("stranger", "mfa", "mfa")
    assert elsewhere.log_in(client).status_code == 403


def test_a_code_is_taken_once(client: TestClient, elsewhere: Elsewhere) -> None:
    callback = elsewhere.walk(location(client.get("/auth/login")))
    used = parameters(callback)["code"]
    assert client.get(callback).status_code == 303
    fresh = parameters(elsewhere.walk(location(client.get("/auth/login"))))
    assert client.get("/auth/callback", params=fresh | {"code": used}).status_code == 400


@pytest.mark.parametrize("left_out", ["code_challenge", "nonce"])
def test_without_pkce_or_with_a_foreign_nonce_nobody_gets_in(
    client: TestClient, elsewhere: Elsewhere, left_out: str
) -> None:
    asked = location(client.get("/auth/login"))
    given = parameters(asked)[left_out]
    changed = asked.replace(f"{left_out}={given}", f"{left_out}=x{given[1:]}")
    assert changed != asked
    assert client.get(elsewhere.walk(changed)).status_code == 400


def test_logout_at_the_provider_ends_the_session_of_the_pages(
    client: TestClient, elsewhere: Elsewhere, database: Database
) -> None:
    elsewhere.log_in(client)
    first = elsewhere.sent()
    with database.reading() as session:
        row = session.scalars(select(PageSession)).one()
    # The provider asks the person before it ends its login, and tells all its clients then.
    page = elsewhere.browser.get(f"{elsewhere.issuer}/session/end", params={"id_token_hint": row.id_token})
    form = page.text.partition('name="xsrf" value="')[2].partition('"')[0]
    elsewhere.browser.post(f"{elsewhere.issuer}/session/end/confirm", data={"xsrf": form, "logout": "yes"})
    tokens = elsewhere.sent()
    assert (first, len(tokens)) == ([], 1)
    assert client.get("/account").status_code == 200
    for forged in (row.id_token, f"{tokens[0][:-8]}AAAAAAAA", "nonsense"):
        assert client.post("/auth/backchannel-logout", data={"logout_token": forged}).status_code == 400
    assert client.get("/account").status_code == 200
    assert client.post("/auth/backchannel-logout", data={"logout_token": tokens[0]}).status_code == 200
    assert client.get("/account").status_code == 303
    assert client.post("/auth/backchannel-logout", data={"logout_token": tokens[0]}).status_code == 400


def test_the_embedded_provider_is_off(client: TestClient) -> None:
    for path in ("/.well-known/openid-configuration", "/oidc/login", "/oidc/jwks", "/invitation/x"):
        assert client.get(path).status_code == 404


def test_after_a_form_the_browser_begins_anew_on_its_way_to_the_provider(
    client: TestClient, elsewhere: Elsewhere, database: Database
) -> None:
    """A redirect would be held against form-action, through every site that the provider leads to."""
    elsewhere.log_in(client)
    with database.reading() as session:
        csrf = session.scalars(select(PageSession.csrf_token)).one()
    answer = client.post("/review/R-2026-0001", data={"csrf_token": csrf, "comment": "Seen."})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/auth/login?next=%2Fconfirmed%2F' in answer.text
    assert "form-action 'self' http://127.0.0.1:8000;" in answer.headers["content-security-policy"]
    answer = client.post("/auth/logout", data={"csrf_token": csrf})
    assert f'content="0; url={elsewhere.issuer}/session/end?id_token_hint=' in answer.text
    assert client.get("/account").status_code == 303

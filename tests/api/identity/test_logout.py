"""Logout at the provider: whose login ends, and where the browser goes."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.db import Database
from api.identity.keys import signing_keys
from api.identity.models import PageSession
from api.identity.relying_party import RelyingParty
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.identity.browser import authorization, exchange, location, log_in, log_in_at_pages, parameters


@pytest.fixture
def hint(client: TestClient, settings: Settings, secrets: SecretStore, anna: Person) -> str:
    """An ID token of the hub, from a login that the pages use too."""
    log_in_at_pages(client)
    code = parameters(location(client.get(authorization(settings))))["code"]
    return str(exchange(client, settings, secrets, code).json()["id_token"])


def test_logout_by_the_hub_ends_the_pages_too(client: TestClient, hint: str, database: Database) -> None:
    asked = {
        "id_token_hint": hint,
        "post_logout_redirect_uri": "http://127.0.0.1:8000/hub/",
        "state": "s t",
        "client_id": "hub",
    }
    answer = client.get("/oidc/logout", params=asked)
    assert location(answer) == "http://127.0.0.1:8000/hub/?state=s+t"
    assert "enclave_provider" not in client.cookies
    with database.reading() as session:
        assert session.scalars(select(PageSession)).one().ended_at is not None
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    assert (last.action, last.actor) == ("login.end", "anna")


def test_logout_by_form_without_return_address_ends_at_our_page(client: TestClient, hint: str) -> None:
    answer = client.post("/oidc/logout", data={"id_token_hint": hint})
    assert location(answer) == "http://localhost:8001/auth/logged-out"


def test_logout_twice_is_no_error(client: TestClient, hint: str) -> None:
    for _ in range(2):
        assert client.get("/oidc/logout", params={"id_token_hint": hint}).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "api"},
        {"id_token_hint": ""},
        {"id_token_hint": "no.token.atall"},
    ],
)
def test_a_logout_that_does_not_hold_ends_nothing(
    client: TestClient, settings: Settings, hint: str, changes: dict[str, str]
) -> None:
    answer = client.get("/oidc/logout", params={"id_token_hint": hint} | changes)
    assert answer.status_code == 400
    assert "code" in parameters(location(client.get(authorization(settings))))


@pytest.mark.parametrize("changes", [{"iss": "https://other.example"}, {"aud": "stranger"}, {"aud": None}])
def test_a_token_that_was_not_given_by_us_to_a_client_is_no_hint(
    client: TestClient, secrets: SecretStore, changes: dict[str, str | None]
) -> None:
    keys = signing_keys(secrets)
    claims = {"iss": "http://localhost:8001", "aud": "hub", "sid": "0" * 32} | changes
    hint = jwt.encode(keys.header, claims, keys.current)
    assert client.get("/oidc/logout", params={"id_token_hint": hint}).status_code == 400


def test_a_token_signed_by_somebody_else_is_no_hint(client: TestClient, secrets: SecretStore) -> None:
    claims = {"iss": "http://localhost:8001", "aud": "hub", "sid": "0" * 32}
    hint = jwt.encode(signing_keys(secrets).header, claims, RSAKey.generate_key(2048))
    assert client.get("/oidc/logout", params={"id_token_hint": hint}).status_code == 400


@pytest.mark.parametrize(
    ("told", "status", "after"),
    [
        ({"sub": "anna"}, 400, 200),
        ({"sub": "x", "eduid": ""}, 400, 200),
        ({"sub": "x", "eduid": "anna"}, 200, 303),
    ],
)
def test_a_logout_by_an_issuer_that_names_nobody_as_we_do_is_refused(
    app: FastAPI,
    client: TestClient,
    database: Database,
    settings: Settings,
    secrets: SecretStore,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, str],
    status: int,
    after: int,
) -> None:
    elsewhere = settings.model_copy(update={"issuer": "https://login.example", "subject_claim": "eduid"})
    party = RelyingParty(elsewhere, secrets)
    monkeypatch.setattr(party, "logout_claims", lambda _: told | {"jti": "1"})
    app.state.relying_party = party
    log_in(client, database, settings, anna)
    answer = client.post("/auth/backchannel-logout", data={"logout_token": "any"})
    assert answer.status_code == status
    assert client.get("/account").status_code == after

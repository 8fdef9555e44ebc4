"""What the provider publishes, and the claims it gives for an access token."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.audit.service import SYSTEM
from api.db import Database, now
from api.identity.models import AccessToken
from api.people.models import Person
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.identity.browser import authorization, exchange, get_code


def bearer(client: TestClient, settings: Settings, secrets: SecretStore, **changes: str) -> dict[str, str]:
    tokens = exchange(client, settings, secrets, get_code(client, settings, **changes)).json()
    return {"authorization": f"Bearer {tokens['access_token']}"}


def test_the_description_names_only_places_that_answer(client: TestClient, settings: Settings) -> None:
    described = client.get("/.well-known/openid-configuration").json()
    assert described["issuer"] == settings.api_url
    assert described["code_challenge_methods_supported"] == ["S256"]
    assert described["response_types_supported"] == ["code"]
    places = [value for name, value in described.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(places) == 5
    statuses = {client.get(place).status_code for place in places}
    assert 404 not in statuses
    assert all(status < 500 for status in statuses)


def test_only_public_halves_of_keys_are_published(client: TestClient) -> None:
    (key,) = client.get("/oidc/jwks").json()["keys"]
    assert key.keys() == {"kty", "n", "e", "use", "alg", "kid"}
    assert len(key["kid"]) == 43


def test_userinfo_tells_about_the_person(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    headers = bearer(client, settings, secrets)
    told = {"sub": "anna", "name": "Anna de Vries", "locale": "en", "email": "anna@example.org"}
    assert client.get("/oidc/userinfo", headers=headers).json() == told
    assert client.post("/oidc/userinfo", headers=headers).json() == told


def test_userinfo_tells_no_more_than_was_asked_for(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    headers = bearer(client, settings, secrets, scope="openid unknown")
    assert client.get("/oidc/userinfo", headers=headers).json() == {"sub": "anna"}


@pytest.mark.parametrize("value", [None, "Bearer", "Bearer made-up", "Basic made-up"])
def test_userinfo_without_a_good_token_is_refused(client: TestClient, value: str | None) -> None:
    answer = client.get("/oidc/userinfo", headers={"authorization": value} if value else {})
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_an_access_token_is_short_lived(
    client: TestClient, settings: Settings, secrets: SecretStore, database: Database, anna: Person
) -> None:
    headers = bearer(client, settings, secrets)
    with database.transaction() as session:
        session.execute(update(AccessToken).values(expires_at=now() - dt.timedelta(seconds=1)))
    assert client.get("/oidc/userinfo", headers=headers).status_code == 401


def test_nothing_is_told_about_a_suspended_person(
    client: TestClient, settings: Settings, secrets: SecretStore, database: Database, anna: Person
) -> None:
    headers = bearer(client, settings, secrets)
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left")
    assert client.get("/oidc/userinfo", headers=headers).status_code == 401


def test_who_asks_too_often_waits(client: TestClient, app: FastAPI, settings: Settings) -> None:
    app.state.limits.requests.times = 2
    answers = [client.get(authorization(settings)).status_code for _ in range(3)]
    assert answers == [303, 303, 429]

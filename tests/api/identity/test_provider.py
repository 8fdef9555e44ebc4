"""Authorisation requests and token requests: what the provider answers, above all to requests that attack it."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database, now
from api.identity.models import AuthorizationCode, ProviderLogin
from api.people.models import Person
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.identity.browser import (
    VERIFIER,
    authorization,
    exchange,
    get_code,
    location,
    parameters,
    type_password,
)

CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback"


def claims_of(client: TestClient, id_token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(client.get("/oidc/jwks").json())
    return jwt.decode(id_token, keys, algorithms=["RS256"]).claims


def test_a_login_gives_an_id_token_with_everything_a_client_needs(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    tokens = exchange(client, settings, secrets, get_code(client, settings)).json()
    claims = claims_of(client, tokens["id_token"])
    expected = {
        "iss": settings.api_url,
        "aud": "hub",
        "sub": "anna",
        "nonce": "the-nonce",
        "acr": "pwd",
        "amr": ["pwd"],
        "name": "Anna de Vries",
        "email": "anna@example.org",
        "locale": "en",
    }
    assert expected.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["auth_time"] - claims["iat"]) < 60
    assert len(claims["sid"]) == 32


def test_the_answer_says_who_answers_and_for_which_request(
    client: TestClient, settings: Settings, anna: Person
) -> None:
    answer = location(type_password(client, location(client.get(authorization(settings)))))
    assert answer.startswith(f"{CALLBACK}?")
    assert parameters(answer)["iss"] == settings.api_url
    assert parameters(answer)["state"] == "the-state"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "stranger"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{CALLBACK}/../../evil"},
        {"redirect_uri": f"{CALLBACK}?next=https://evil.example"},
        {"redirect_uri": None},
        {"redirect_uri": "http://localhost:8001/auth/callback"},
    ],
)
def test_an_unknown_client_or_return_address_is_never_redirected_to(
    client: TestClient, settings: Settings, changes: dict[str, str | None]
) -> None:
    answer = client.get(authorization(settings, **changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "Begin opnieuw" in answer.text


def test_a_return_address_given_twice_is_not_redirected_to(client: TestClient, settings: Settings) -> None:
    assert client.get(f"{authorization(settings)}&redirect_uri=https://evil.example/").status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge": "a" * 43 + "\n"}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"nonce": "n" * 2000}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": 'code"é'}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "nothing"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "²"}, "invalid_request"),
    ],
)
def test_other_errors_go_back_to_the_client(
    client: TestClient, settings: Settings, anna: Person, changes: dict[str, str | None], error: str
) -> None:
    answer = location(client.get(authorization(settings, **changes)))
    assert answer.startswith(f"{CALLBACK}?")
    assert parameters(answer)["error"] == error
    assert parameters(answer)["state"] == "the-state"
    assert parameters(answer)["iss"] == settings.api_url
    assert "code" not in parameters(answer)


def test_a_parameter_given_twice_is_refused(client: TestClient, settings: Settings) -> None:
    answer = location(client.get(f"{authorization(settings)}&scope=openid"))
    assert parameters(answer)["error"] == "invalid_request"


def test_an_error_without_state_has_none(client: TestClient, settings: Settings) -> None:
    answer = location(client.get(authorization(settings, state=None, nonce=None)))
    assert "state" not in parameters(answer)


@pytest.mark.parametrize("changes", [{}, {"prompt": "none"}, {"max_age": "600"}, {"prompt": "consent"}])
def test_a_login_in_force_serves_the_next_client(
    client: TestClient, settings: Settings, anna: Person, changes: dict[str, str]
) -> None:
    get_code(client, settings)
    assert "code" in parameters(location(client.get(authorization(settings, **changes))))


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_a_client_may_ask_for_a_fresh_login(
    client: TestClient, settings: Settings, anna: Person, changes: dict[str, str]
) -> None:
    get_code(client, settings)
    to_login = location(client.get(authorization(settings, **changes)))
    assert to_login.startswith("/oidc/login?")
    assert "code" in parameters(location(type_password(client, to_login)))


def test_a_login_older_than_max_age_does_not_pass_silently(
    client: TestClient, settings: Settings, database: Database, anna: Person
) -> None:
    get_code(client, settings)
    with database.transaction() as session:
        session.execute(update(ProviderLogin).values(auth_time=now() - dt.timedelta(hours=1)))
    answer = location(client.get(authorization(settings, max_age="900", prompt="none")))
    assert parameters(answer)["error"] == "login_required"


@pytest.mark.parametrize("end", ["ended", "over", "suspended"])
def test_a_login_that_is_over_serves_nobody(
    client: TestClient, settings: Settings, database: Database, anna: Person, end: str
) -> None:
    get_code(client, settings)
    end_login(database, anna, end)
    assert location(client.get(authorization(settings))).startswith("/oidc/login?")


def end_login(database: Database, person: Person, end: str) -> None:
    with database.transaction() as session:
        if end == "suspended":
            suspend(session, SYSTEM, session.get_one(Person, person.id), "left")
        else:
            column = {"ended": "ended_at", "over": "expires_at"}[end]
            session.execute(update(ProviderLogin).values({column: now()}))


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "w" * 64},
        {"code_verifier": "v" * 10},
        {"redirect_uri": None},
        {"redirect_uri": "http://localhost:8001/auth/callback"},
        {"grant_type": "password"},
        {"grant_type": None},
        {"code": None},
        {"code": "made up"},
    ],
)
def test_a_wrong_exchange_gives_nothing(
    client: TestClient,
    settings: Settings,
    secrets: SecretStore,
    anna: Person,
    changes: dict[str, str | None],
) -> None:
    code = get_code(client, settings)
    answer = exchange(client, settings, secrets, code, **changes)
    assert answer.status_code == 400
    assert "id_token" not in answer.text


def test_a_wrong_verifier_uses_the_code_up(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    code = get_code(client, settings)
    exchange(client, settings, secrets, code, code_verifier="w" * 64)
    assert exchange(client, settings, secrets, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("secret", ["wrong", "", None])
def test_a_client_that_cannot_prove_itself_gets_nothing(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person, secret: str | None
) -> None:
    code = get_code(client, settings)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    right = secrets.read("hub_client_secret")
    in_form = {"client_id": "hub", "client_secret": right} if secret is None else {}
    answer = client.post("/oidc/token", data=form | in_form, auth=None if secret is None else ("hub", secret))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    unknown = client.post("/oidc/token", data=form, auth=("stranger", right))
    assert unknown.status_code == 401


def test_a_code_of_another_client_is_refused_and_stays_good(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    code = get_code(client, settings)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    answer = client.post("/oidc/token", data=form, auth=("api", secrets.read("api_client_secret")))
    assert answer.json()["error"] == "invalid_grant"
    assert exchange(client, settings, secrets, code).status_code == 200


def test_a_code_lives_a_minute(
    client: TestClient, settings: Settings, secrets: SecretStore, database: Database, anna: Person
) -> None:
    code = get_code(client, settings)
    with database.transaction() as session:
        row = session.scalars(select(AuthorizationCode)).one()
        assert row.expires_at - now() <= dt.timedelta(seconds=60)
        row.expires_at = now()
    assert exchange(client, settings, secrets, code).json()["error"] == "invalid_grant"


def test_a_replayed_code_is_refused_and_takes_the_first_token_along(
    client: TestClient, settings: Settings, secrets: SecretStore, database: Database, anna: Person
) -> None:
    code = get_code(client, settings)
    token = exchange(client, settings, secrets, code).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert client.get("/oidc/userinfo", headers=bearer).status_code == 200
    assert exchange(client, settings, secrets, code).json()["error"] == "invalid_grant"
    assert client.get("/oidc/userinfo", headers=bearer).status_code == 401
    with database.reading() as session:
        replay = session.scalars(select(AuditRecord).where(AuditRecord.action == "code.replay")).one()
    assert replay.subject == "person:anna"


def test_of_many_exchanges_at_once_one_gets_through(
    client: TestClient, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    code = get_code(client, settings)
    start, statuses = threading.Barrier(6), []

    def attempt() -> None:
        start.wait()
        statuses.append(exchange(client, settings, secrets, code).status_code)

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {200: 1, 400: 5}


@pytest.mark.parametrize("end", ["ended", "over", "suspended"])
def test_a_code_of_a_login_that_is_over_is_refused(
    client: TestClient, settings: Settings, secrets: SecretStore, database: Database, anna: Person, end: str
) -> None:
    code = get_code(client, settings)
    end_login(database, anna, end)
    assert exchange(client, settings, secrets, code).json()["error"] == "invalid_grant"

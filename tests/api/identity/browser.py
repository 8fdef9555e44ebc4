"""Readers in tests: a session at once for tests about something else, or every step of a login by hand."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.db import Database, now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings

LOGIN_NAME, PASSWORD = "avries", "four quiet herons by the canal"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PAGE = {"accept": "text/html"}


def log_in(
    client: TestClient,
    database: Database,
    settings: Settings,
    person: Person,
    *,
    acr: str = "mfa",
    ago: dt.timedelta = dt.timedelta(0),
) -> str:
    """Give `client` a session of `person`, logged in strongly just now unless told otherwise; return its CSRF token."""
    authentication = Authentication(sid=None, acr=acr, amr=(), auth_time=now() - ago, id_token="")
    with database.transaction() as session:
        row, token = start_session(session, person, authentication, settings)
    client.cookies.set(cookie_name(settings), token)
    return row.csrf_token


@contextmanager
def browse(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """A browser on a running app, whose pages reach the provider through the same app."""
    with TestClient(app, base_url=settings.api_url, follow_redirects=False, headers=PAGE) as client:
        app.state.relying_party.transport = client._transport
        yield client


def location(response: httpx.Response) -> str:
    """Where an answer sends the browser."""
    assert response.status_code == 303, response.text
    return response.headers["location"]


def parameters(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def form_token(page: httpx.Response) -> str:
    """The token that the form of a page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def type_password(
    client: TestClient,
    login_address: str,
    password: str = PASSWORD,
    login_name: str = LOGIN_NAME,
    **changes: Any,
) -> httpx.Response:
    """Open the login page and send its form."""
    form = {
        "csrf_token": form_token(client.get(login_address)),
        "login_name": login_name,
        "password": password,
    }
    return client.post(login_address, data=form | changes)


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    form = page.text.rpartition("<form")[2]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in pairs}


def action(page: httpx.Response) -> str:
    """Where a page's last form goes."""
    return html.unescape(page.text.rpartition('method="post" action="')[2].partition('"')[0])


def type_code(client: TestClient, page: httpx.Response, code: str) -> httpx.Response:
    """Send the form for the code that a right password led to."""
    return client.post(action(page), data=hidden(page) | {"code": code})


def log_in_at_pages(client: TestClient, wanted: str = "/projects") -> httpx.Response:
    """Walk the whole way of a login to the pages and return the last answer, which begins the session."""
    to_issuer = location(client.get("/auth/login", params={"next": wanted}))
    to_login = location(client.get(to_issuer))
    to_client = location(type_password(client, to_login))
    return client.get(to_client)


def authorization(settings: Settings, client_id: str = "hub", **changes: str | None) -> str:
    """The address of an authorisation request as the hub makes one; a change to None leaves a parameter out."""
    callbacks = {"hub": f"{settings.hub_url}/hub/oauth_callback", "api": f"{settings.api_url}/auth/callback"}
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": callbacks.get(client_id, ""),
        "scope": "openid email profile",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    wanted = {name: value for name, value in (asked | changes).items() if value is not None}
    return f"/oidc/authorize?{urlencode(wanted)}"


def get_code(client: TestClient, settings: Settings, **changes: str | None) -> str:
    """Log in at the provider for the hub and return the code it is sent."""
    to_login = location(client.get(authorization(settings, **changes)))
    return parameters(location(type_password(client, to_login)))["code"]


def exchange(
    client: TestClient, settings: Settings, secrets: SecretStore, issued: str, **changes: str | None
) -> httpx.Response:
    """Exchange a code as the hub does; a change to None leaves a field out."""
    form = {
        "grant_type": "authorization_code",
        "code": issued,
        "redirect_uri": f"{settings.hub_url}/hub/oauth_callback",
        "code_verifier": VERIFIER,
    }
    sent = {name: value for name, value in (form | changes).items() if value is not None}
    return client.post("/oidc/token", data=sent, auth=("hub", secrets.read("hub_client_secret")))

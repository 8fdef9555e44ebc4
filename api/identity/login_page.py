"""The page of the provider where people type their password."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.identity.accounts import authenticate
from api.identity.authorization import Fields
from api.identity.clients import Client
from api.identity.dependencies import check_origin, foreign_form
from api.identity.limits import limit_passwords, limit_requests
from api.identity.passwords import LONGEST
from api.identity.provider import Provider
from api.identity.provider_logins import (
    COOKIE_PATH,
    cookie_name,
    end_login,
    find_login,
    set_cookie,
    start_login,
)
from api.identity.sealed import mark
from api.identity.sessions import is_https
from api.identity.tokens import equal, new_token
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from api.web.rendering import page
from output_checker.text import Text

router = APIRouter(tags=["OpenID provider"], include_in_schema=False)
_COOKIE = "enclave_login_form"
_PURPOSE = "login form"
_REFUSED = Text(
    "De inlognaam of het wachtwoord klopt niet, of er is te vaak geprobeerd. Wacht even en probeer het opnieuw.",
    "The login name or the password is not right, or there were too many tries. Wait a moment and try again.",
)


class LoginFields(BaseModel):
    """What the form holds."""

    csrf_token: str = ""
    login_name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=4 * LONGEST)


@router.get("/oidc/login", dependencies=[Depends(limit_requests)])
def show(request: Request, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep) -> Response:
    """Show the form for an authorisation request, which stands in the address."""
    with database.reading() as session:
        provider = Provider(session, settings, secrets)
        fields = request.query_params.multi_items()
        refusal, client = provider.refusal(fields), provider.client_of(fields)
    return refusal or _form(request, settings, secrets, client)


@router.post("/oidc/login", dependencies=[Depends(limit_passwords)])
def log_in(
    request: Request,
    form: Annotated[LoginFields, Form()],
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
) -> Response:
    """Try the password and go on to the client, or show the form again."""
    _check_form(request, settings, secrets, form)
    fields = request.query_params.multi_items()
    with database.reading() as session:
        provider = Provider(session, settings, secrets)
        refusal, client = provider.refusal(fields), provider.client_of(fields)
    if refusal is not None:
        return refusal
    person = authenticate(database, form.login_name, form.password)
    if person is None:
        return _form(request, settings, secrets, client, error=_REFUSED, login_name=form.login_name)
    return _enter(request, person, fields, database, settings, secrets)


def _check_form(request: Request, settings: Settings, secrets: SecretStore, form: LoginFields) -> None:
    # Without this, another site could log its visitors in as somebody else, and read what they then write.
    check_origin(request, settings)
    browser = request.cookies.get(_COOKIE)
    if not browser or not equal(mark(secrets, _PURPOSE, browser), form.csrf_token):
        raise foreign_form()


def _form(
    request: Request,
    settings: Settings,
    secrets: SecretStore,
    client: Client,
    *,
    error: Text | None = None,
    login_name: str = "",
) -> Response:
    browser = request.cookies.get(_COOKIE) or new_token()
    response = page(
        request,
        "identity/login.html",
        status=401 if error else 200,
        action=f"/oidc/login?{urlencode(request.query_params.multi_items())}",
        csrf_token=mark(secrets, _PURPOSE, browser),
        login_name=login_name,
        client_name=client.name,
        error=error,
    )
    secure = is_https(settings)
    response.set_cookie(_COOKIE, browser, path=COOKIE_PATH, secure=secure, httponly=True, samesite="lax")
    return response


def _enter(
    request: Request,
    person: Person,
    fields: Fields,
    database: Database,
    settings: Settings,
    secrets: SecretStore,
) -> Response:
    with database.transaction() as session:
        if earlier := find_login(session, request.cookies.get(cookie_name(settings))):
            end_login(session, earlier.sid)
        login, token = start_login(session, person, settings)
        response = Provider(session, settings, secrets).authorize(fields, login, fresh=True)
    set_cookie(response, settings, token)
    return response

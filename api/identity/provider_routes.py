"""The endpoints of the embedded provider, for clients: description, keys, codes, tokens, claims and logout."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel

from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import DOCUMENTED
from api.identity.discovery import discovery
from api.identity.keys import signing_keys
from api.identity.limits import limit_requests
from api.identity.logout import LogoutFields, log_out
from api.identity.provider import Provider
from api.identity.provider_logins import clear_cookie, cookie_name, find_login
from api.secrets import SecretStore
from api.settings import Settings

router = APIRouter(tags=["OpenID provider"])
_limited = [Depends(limit_requests)]
_NO_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"', "Cache-Control": "no-store"}


class TokenFields(BaseModel):
    """The form of a token request (RFC 6749, 4.1.3; RFC 7636, 4.5); what is missing is refused by the provider."""

    grant_type: str | None = None
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None


class OAuthError(BaseModel):
    """A refusal as clients of OpenID Connect know it (RFC 6749, 5.2)."""

    error: str
    error_description: str | None = None


_ANYWHERE: Final[dict[int | str, dict[str, Any]]] = {
    status: DOCUMENTED[status] for status in (413, 422, 429, 503)
}
_TO_CLIENTS: Final[dict[int | str, dict[str, Any]]] = _ANYWHERE | {
    status: {"model": OAuthError, "description": "What was sent is refused."} for status in (400, 401)
}
# People read these: pages, or JSON for whoever asks for that.
_TO_PEOPLE: Final[dict[int | str, dict[str, Any]]] = {
    status: one | {"content": {"text/html": {"schema": {"type": "string"}}}}
    for status, one in (_ANYWHERE | {400: DOCUMENTED[400]}).items()
}
_SENT_ON: Final[dict[int | str, dict[str, Any]]] = {
    303: {"description": "Sent on, with the outcome in the address."}
}


@router.get("/.well-known/openid-configuration", responses=_ANYWHERE)
def describe(settings: SettingsDep) -> dict[str, Any]:
    """Return the provider's description of itself."""
    return discovery(settings)


@router.get("/oidc/jwks", responses=_ANYWHERE)
def keys(secrets: SecretsDep) -> dict[str, Any]:
    """Return the public keys that ID tokens are signed with."""
    return signing_keys(secrets).published()


@router.get(
    "/oidc/authorize",
    dependencies=_limited,
    status_code=303,
    response_class=Response,
    responses=_TO_PEOPLE | _SENT_ON,
)
def authorize(
    request: Request, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep
) -> Response:
    """Send the browser back to the client with a code or an error, or on to the login."""
    with database.transaction() as session:
        login = find_login(session, request.cookies.get(cookie_name(settings)))
        return Provider(session, settings, secrets).authorize(request.query_params.multi_items(), login)


@router.post("/oidc/token", dependencies=_limited, responses=_TO_CLIENTS)
def token(
    request: Request,
    fields: Annotated[TokenFields, Form()],
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
) -> Response:
    """Exchange a code for an ID token and an access token."""
    given = list(fields.model_dump(exclude_none=True).items())
    with database.transaction() as session:
        return Provider(session, settings, secrets).token(request.headers, given)


@router.get("/oidc/userinfo", dependencies=_limited, responses=_TO_CLIENTS)
@router.post("/oidc/userinfo", dependencies=_limited, responses=_TO_CLIENTS)
def userinfo(request: Request, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep) -> Response:
    """Return the claims about the person whom the access token (``Authorization: Bearer``) is about."""
    scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
    with database.reading() as session:
        known = scheme.lower() == "bearer"
        claims = Provider(session, settings, secrets).userinfo(access_token) if known else None
    if claims is None:
        return JSONResponse({"error": "invalid_token"}, status_code=401, headers=_NO_TOKEN)
    return JSONResponse(claims, headers={"Cache-Control": "no-store"})


@router.get(
    "/oidc/logout",
    dependencies=_limited,
    status_code=303,
    response_class=Response,
    responses=_TO_PEOPLE | _SENT_ON,
)
def log_out_by_address(
    asked: Annotated[LogoutFields, Query()], database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep
) -> Response:
    """End the login at the provider and what came of it in the pages (RP-Initiated Logout 1.0)."""
    return _log_out(asked, database, settings, secrets)


@router.post(
    "/oidc/logout",
    dependencies=_limited,
    status_code=303,
    response_class=Response,
    responses=_TO_PEOPLE | _SENT_ON,
)
def log_out_by_form(
    asked: Annotated[LogoutFields, Form()], database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep
) -> Response:
    """End the login at the provider and what came of it in the pages (RP-Initiated Logout 1.0)."""
    return _log_out(asked, database, settings, secrets)


def _log_out(asked: LogoutFields, database: Database, settings: Settings, secrets: SecretStore) -> Response:
    with database.transaction() as session:
        address = log_out(session, settings, secrets, asked)
    response = RedirectResponse(address, status_code=303)
    clear_cookie(response, settings)
    return response

"""What people and programs are told when something cannot be done: one page for people, one JSON shape for programs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from api.dependencies import get_app_settings, get_database
from api.errors import EnclaveError, NotAllowedError, StrongLoginNeededError
from api.identity.dependencies import find_login
from api.identity.held_forms import hold
from api.identity.onward import onward
from api.identity.strength import challenge
from api.settings import Settings
from api.web.refused import note_refusal
from api.web.rendering import page
from api.web.security_headers import protect
from api.web.viewer import remember_viewer
from output_checker.text import Text

_PROGRAM_PATHS: Final = (
    "/api/",
    "/sandbox/",
    "/internal/",
    "/oidc/token",
    "/oidc/userinfo",
    "/oidc/jwks",
    "/auth/backchannel-logout",
    "/.well-known/",
    "/openapi.json",
)
_LOG = logging.getLogger(__name__)
RETRY_SECONDS: Final = 5
"""When to ask again that could not be answered."""

MESSAGES: Final[dict[int, tuple[Text, Text]]] = {
    400: (
        Text("Dit verzoek is niet te begrijpen.", "This request cannot be understood."),
        Text("Ga terug en probeer het opnieuw.", "Go back and try again."),
    ),
    401: (
        Text("U bent niet ingelogd.", "You are not logged in."),
        Text("Log in en probeer het opnieuw.", "Log in and try again."),
    ),
    403: (
        Text("Dit mag u nu niet doen.", "You may not do this now."),
        Text("Vraag de beheerder van uw centrum om hulp.", "Ask the administrator of your centre for help."),
    ),
    404: (
        Text("Deze pagina is er niet, of niet voor u.", "This page is not there, or not for you."),
        Text(
            "Controleer het adres, of begin bij de startpagina.",
            "Check the address, or begin at the start page.",
        ),
    ),
    405: (
        Text("Dit adres kent deze handeling niet.", "This address does not know this action."),
        Text("Begin bij de startpagina.", "Begin at the start page."),
    ),
    409: (
        Text(
            "Iemand was u voor, of dit was al gedaan.", "Somebody was before you, or this was done already."
        ),
        Text(
            "Bekijk de pagina opnieuw: daar ziet u hoe het er nu voor staat.",
            "Look at the page again: it shows how things stand now.",
        ),
    ),
    410: (
        Text("Dit is ingetrokken.", "This was revoked."),
        Text("Gebruik de cijfers niet meer.", "Do not use its figures any more."),
    ),
    413: (
        Text("Wat u stuurde is te groot.", "What you sent is too large."),
        Text("Stuur minder tegelijk.", "Send less at a time."),
    ),
    422: (
        Text("Iets in het formulier klopt niet.", "Something in the form is not right."),
        Text("Ga terug en vul het opnieuw in.", "Go back and fill it in again."),
    ),
    429: (
        Text("Vanaf dit adres wordt te vaak iets gevraagd.", "This address asks too often."),
        Text("Wacht een minuut en probeer het opnieuw.", "Wait a minute and try again."),
    ),
    500: (
        Text("Er ging bij ons iets mis.", "Something went wrong on our side."),
        Text(
            "Er is niets verloren gegaan: wat niet bevestigd is, is niet gebeurd. Probeer het opnieuw.",
            "Nothing was lost: what was not confirmed did not happen. Try again.",
        ),
    ),
    503: (
        Text("De dienst kan nu niet antwoorden.", "The service cannot answer now."),
        Text("Probeer het over een minuut opnieuw.", "Try again in a minute."),
    ),
}


def install(app: FastAPI) -> None:
    """Let the application explain its refusals and failures."""
    app.add_exception_handler(EnclaveError, _explain)
    app.add_exception_handler(HTTPException, _explain)
    app.add_exception_handler(RequestValidationError, _explain)
    app.add_exception_handler(DataError, _explain_unfit)
    app.add_exception_handler(OperationalError, _explain_busy)
    app.add_exception_handler(PoolTimeoutError, _explain_busy)
    app.add_exception_handler(Exception, _explain_failure)


def explanation(error: Exception) -> tuple[int, EnclaveError]:
    """Return the status of an error and its explanation; unknown errors tell nothing of their cause."""
    if isinstance(error, EnclaveError):
        return error.status, error
    if isinstance(error, RequestValidationError):
        return 422, _explained(422, field=_first_field(error))
    status = error.status_code if isinstance(error, HTTPException) else 500
    return status, _explained(status)


def _explained(status: int, field: str | None = None) -> EnclaveError:
    message, remedy = MESSAGES.get(status, MESSAGES[400 if status < 500 else 500])
    return EnclaveError(f"http_{status}", message, field=field, remedy=remedy)


def _first_field(error: RequestValidationError) -> str | None:
    errors = error.errors()
    return ".".join(str(part) for part in errors[0]["loc"][1:]) or None if errors else None


def _explain(request: Request, error: Exception) -> Response:
    status, explained = explanation(error)
    if isinstance(error, NotAllowedError):
        _note(request, error)
    headers = _headers(request, error)
    if _is_program(request):
        return JSONResponse(explained.document(), status_code=status, headers=headers)
    if isinstance(error, StrongLoginNeededError):
        return _to_strong_login(request)
    if status == 401 and request.method == "GET" and not request.url.path.startswith("/auth/"):
        return _to_login(request, _address(request))
    if status < 500:
        _remember_viewer(request)
    answer = page(request, "error.html", status=status, code=status, error=explained)
    answer.headers.update(headers or {})
    return answer


def _note(request: Request, error: NotAllowedError) -> None:
    """Whoever is logged in, and is refused, stands in the audit; strangers are asked to log in before that."""
    login = find_login(request, get_database(request), get_app_settings(request))
    if login is not None:
        note_refusal(request, login, error)


def _headers(request: Request, error: Exception) -> Mapping[str, str] | None:
    if isinstance(error, StrongLoginNeededError):
        return {"WWW-Authenticate": challenge(get_app_settings(request))}
    return getattr(error, "headers", None)


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _to_strong_login(request: Request) -> Response:
    """Send a person to log in again; the form that they sent waits for them."""
    if request.method == "GET":
        return _to_login(request, _address(request), "&strong=1")
    database, settings = get_database(request), get_app_settings(request)
    login = find_login(request, database, settings)
    wanted = hold(database, login, _address(request), request.state.typed) if login else "/"
    return onward(request, settings, f"/auth/login?next={quote(wanted, safe='')}&strong=1")


def _to_login(request: Request, wanted: str, more: str = "") -> Response:
    address = f"/auth/login?next={quote(wanted, safe='')}{more}"
    if "hx-request" in request.headers:
        # A redirect would be followed out of sight and its page put into this one.
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _remember_viewer(request: Request) -> None:
    # An address without a route never asked who is there, yet its reader keeps their menu.
    database = get_database(request)
    remember_viewer(request, find_login(request, database, get_app_settings(request)), database)


def _explain_failure(request: Request, error: Exception) -> Response:
    """Answer for an error nobody foresaw; it comes from outside all middleware, so the headers are set here."""
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    response = _explain(request, error)
    settings: Settings = request.app.state.settings
    protect(MutableHeaders(raw=response.raw_headers), request.state.nonce, settings.hub_url)
    return response


def _explain_unfit(request: Request, error: Exception) -> Response:
    """Answer for what a database cannot hold, such as the character NUL on PostgreSQL: nothing was changed."""
    _LOG.warning("%s: the database cannot hold what was asked", request.method, exc_info=error)
    return _explain(request, HTTPException(422))


def _explain_busy(request: Request, error: Exception) -> Response:
    """Answer for a database that is locked for too long, full, or out of connections: nothing was changed."""
    _LOG.warning("%s %s: the database does not answer", request.method, request.url.path, exc_info=error)
    return _explain(request, HTTPException(503, headers={"Retry-After": str(RETRY_SECONDS)}))


def _is_program(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return request.url.path.startswith(_PROGRAM_PATHS) or ("json" in accepts and "html" not in accepts)

"""Logging in to the pages and out again, as a client of the issuer (OpenID Connect Core 1.0, 3.1)."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, Actor, record
from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import NotAllowedError
from api.identity import sessions
from api.identity.accounts import SELF
from api.identity.clients import LOGGED_OUT
from api.identity.dependencies import CsrfDep, LoginDep
from api.identity.id_tokens import InvalidIdTokenError
from api.identity.limits import limit_requests
from api.identity.onward import onward
from api.identity.own_paths import own_path
from api.identity.relying_party import Attempt, RelyingParty, login_failed
from api.identity.sealed import seal, unseal
from api.identity.strength import counts_as_strong
from api.identity.tokens import equal, hash_of
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from api.web.rendering import page
from output_checker.text import Text

router = APIRouter(tags=["login"], include_in_schema=False)
ATTEMPT_SECONDS = 600
_PURPOSE = "login attempt"
_PATH = "/auth"
_LOG = logging.getLogger(__name__)
_UNKNOWN_PERSON = Text(
    "U bent bij ons niet bekend, of uw toegang is opgeschort.",
    "We do not know you, or your access is suspended.",
)
_WEAK = Text(
    "De login is gelukt, maar niet sterk genoeg: u gebruikte geen tweede factor.",
    "The login succeeded, but it is not strong enough: you used no second factor.",
)
_SECOND_FACTOR = Text(
    "Log in met uw tweede factor. Heeft u er geen, vraag dan een uitnodiging aan de beheerder van uw centrum.",
    "Log in with your second factor. If you have none, ask the administrator of your centre for an invitation.",
)
_ASK = Text("Vraag de beheerder van uw centrum.", "Ask the administrator of your centre.")


def get_relying_party(request: Request) -> RelyingParty:
    """Return the application's client of the issuer."""
    return cast(RelyingParty, request.app.state.relying_party)


RelyingPartyDep = Annotated[RelyingParty, Depends(get_relying_party)]


@router.get("/auth/login", dependencies=[Depends(limit_requests)])
def begin(
    party: RelyingPartyDep,
    settings: SettingsDep,
    secrets: SecretsDep,
    next: str = "/",  # noqa: A002 - the name in the address
    strong: bool = False,
) -> Response:
    """Send the browser to the issuer; `next` is the page to come back to, `strong` asks for a strong login of now."""
    attempt = Attempt.begin(own_path(next), strong=strong)
    response = RedirectResponse(party.address(attempt), status_code=303)
    response.set_cookie(
        _cookie(attempt.state, settings),
        seal(secrets, _PURPOSE, asdict(attempt), ATTEMPT_SECONDS),
        max_age=ATTEMPT_SECONDS,
        path=_PATH,
        secure=sessions.is_https(settings),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/auth/callback", dependencies=[Depends(limit_requests)])
def finish(
    request: Request,
    party: RelyingPartyDep,
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
    state: str = "",
    code: str = "",
    iss: str | None = None,
) -> Response:
    """Take the issuer's answer, begin a session, and go on to the page that was asked for."""
    attempt = _attempt(request, settings, secrets, state)
    if not code:
        raise login_failed()
    try:
        claims, id_token = party.claims(attempt, code, iss)
    except InvalidIdTokenError as error:
        _LOG.warning("an answer to a login was refused: %s", error)
        raise login_failed() from error
    proof = _authentication(claims, id_token)
    if attempt.strong and not counts_as_strong(proof.acr, list(proof.amr), settings):
        raise _too_weak()
    earlier = request.cookies.get(sessions.cookie_name(settings))
    token = _start_session(database, settings, party.subject(claims), proof, earlier)
    response = RedirectResponse(attempt.next, status_code=303)
    sessions.set_cookie(response, settings, token)
    secure = sessions.is_https(settings)
    response.delete_cookie(_cookie(state, settings), path=_PATH, secure=secure, httponly=True, samesite="lax")
    return response


@router.post("/auth/logout")
def log_out(
    request: Request,
    login: LoginDep,
    _: CsrfDep,
    party: RelyingPartyDep,
    database: DatabaseDep,
    settings: SettingsDep,
) -> Response:
    """End the session, and send the browser to the issuer to end the login there."""
    with database.transaction() as session:
        sessions.end_session(session, login.session.id_hash)
        record(session, login.actor(SELF), "session.end", f"person:{login.person.subject}", "logout")
    response = onward(request, settings, party.logout_address(login.session.id_token))
    sessions.clear_cookie(response, settings)
    return response


@router.get(LOGGED_OUT)
def logged_out(request: Request) -> Response:
    """Say that the login is over."""
    return page(request, "identity/logged_out.html")


def _cookie(state: str, settings: Settings) -> str:
    # A cookie for each attempt: two windows that log in at once do not disturb each other.
    prefix = "__Secure-" if sessions.is_https(settings) else ""
    return f"{prefix}enclave_login_{hash_of(state)[:16]}"


def _attempt(request: Request, settings: Settings, secrets: SecretStore, state: str) -> Attempt:
    kept = unseal(secrets, _PURPOSE, request.cookies.get(_cookie(state, settings), ""))
    if kept is None or not equal(kept["state"], state):
        raise login_failed()
    return Attempt(**{name: kept[name] for name in Attempt.__dataclass_fields__})


def _too_weak() -> NotAllowedError:
    return NotAllowedError("insufficient_user_authentication", _WEAK, remedy=_SECOND_FACTOR)


def _start_session(
    database: Database, settings: Settings, subject: str, proof: sessions.Authentication, earlier: str | None
) -> str:
    with database.transaction() as session:
        person = session.scalar(select(Person).where(Person.subject == subject))
        if person is not None and person.suspended_at is None:
            return _enter(session, settings, person, proof, earlier)
        about = f"person:{person.subject}" if person else "person:unknown"
        record(session, SYSTEM, "session.refuse", about, "unknown or suspended")
    raise NotAllowedError("unknown_person", _UNKNOWN_PERSON, remedy=_ASK)


def _enter(
    session: Session, settings: Settings, person: Person, proof: sessions.Authentication, earlier: str | None
) -> str:
    # A new token at each login: one that somebody planted in the browser before opens nothing (session fixation).
    if earlier is not None:
        sessions.end_session(session, hash_of(earlier))
    _, token = sessions.start_session(session, person, proof, settings)
    details = {"acr": proof.acr, "amr": list(proof.amr)}
    record(
        session,
        Actor(person, SELF),
        "session.start",
        f"person:{person.subject}",
        "login at the issuer",
        **details,
    )
    return token


def _authentication(claims: dict[str, Any], id_token: str) -> sessions.Authentication:
    # What an issuer does not tell counts as the weakest.
    methods = claims.get("amr")
    return sessions.Authentication(
        sid=str(claims["sid"]) if "sid" in claims else None,
        acr=str(claims.get("acr", "")),
        amr=tuple(str(method) for method in methods) if isinstance(methods, list) else (),
        auth_time=dt.datetime.fromtimestamp(claims["auth_time"], dt.UTC),
        id_token=id_token,
    )

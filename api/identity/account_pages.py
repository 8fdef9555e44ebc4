"""A person's own logins: where they are logged in, and their second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import InvalidError, NotFoundError
from api.identity.accounts import SELF
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep, StrongLoginDep
from api.identity.ending import end_session_of
from api.identity.models import Account, Authenticator
from api.identity.passkeys import passkeys_of
from api.identity.proposals import Proposal, propose, proposed, proposed_again
from api.identity.second_factor import (
    add_authenticator,
    recovery_codes_left,
    remove_authenticator,
    renew_recovery_codes,
)
from api.identity.sessions import open_sessions
from api.web.forms import refusal
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

sessions_router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
factors_router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
_NO_ACCOUNT = Text(
    "U logt in bij een andere organisatie; daar regelt u uw tweede factor.",
    "You log in at another organisation; you arrange your second factor there.",
)


@sessions_router.get("/account")
def account_page(
    request: Request, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show where the reader is logged in, and with what they can log in."""
    with database.reading() as session:
        person_id = login.person.id
        return page(
            request,
            "identity/account.html",
            mine=login.session.id_hash,
            sessions=open_sessions(session, person_id, settings),
            account=_account_here(session, login, settings.issuer_url == settings.api_url),
            authenticator=session.get(Authenticator, person_id),
            codes_left=recovery_codes_left(session, person_id),
            passkeys=passkeys_of(session, person_id),
        )


def _account_here(session: Session, login: Login, embedded: bool) -> Account | None:
    return session.get(Account, login.person.id) if embedded else None


@sessions_router.post("/account/sessions/{id_hash}/end")
def end_own_session(id_hash: str, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Response:
    """End one of the reader's logins; what is not theirs, or over already, changes nothing."""
    with database.transaction() as session:
        within = login.within(session)
        end_session_of(session, within.actor(SELF), within.person, id_hash)
    return RedirectResponse("/account", status_code=303)


@factors_router.get("/account/authenticator")
def authenticator_page(
    request: Request, login: StrongLoginDep, database: DatabaseDep, secrets: SecretsDep
) -> HTMLResponse:
    """Show the picture that an authenticator app reads, and the form for the code that it then shows."""
    with database.reading() as session:
        own_account(session, login)
    return _authenticator(request, propose(secrets, login.person))


@factors_router.post("/account/authenticator")
def add_own_authenticator(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    secrets: SecretsDep,
    _: StrongCsrfDep,
    proposal: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
) -> Response:
    """Take another app as second factor and show the new recovery codes, this once."""
    try:
        with database.transaction() as session:
            account = own_account(session, login.within(session))
            secret = proposed(secrets, account.person, proposal).secret
            codes = add_authenticator(session, login.actor(SELF), secrets, account, secret, code)
    except InvalidError as problem:
        return _authenticator(request, proposed_again(secrets, login.person, proposal), problem)
    return page(request, "identity/recovery_codes.html", codes=codes, onward="/account")


@factors_router.post("/account/authenticator/remove")
def remove_own_authenticator(login: LoginDep, database: DatabaseDep, _: StrongCsrfDep) -> Response:
    """Take the app and the recovery codes away."""
    with database.transaction() as session:
        within = login.within(session)
        remove_authenticator(session, within.actor(SELF), own_account(session, within))
    return RedirectResponse("/account", status_code=303)


@factors_router.post("/account/recovery-codes")
def renew_own_codes(
    request: Request, login: LoginDep, database: DatabaseDep, secrets: SecretsDep, _: StrongCsrfDep
) -> Response:
    """Replace the recovery codes and show the new ones, this once."""
    with database.transaction() as session:
        within = login.within(session)
        codes = renew_recovery_codes(session, within.actor(SELF), secrets, own_account(session, within))
    return page(request, "identity/recovery_codes.html", codes=codes, onward="/account")


def own_account(session: Session, login: Login) -> Account:
    """Return the reader's account at the embedded provider; raises NotFoundError when they log in elsewhere."""
    account = session.get(Account, login.person.id)
    if account is None:
        raise NotFoundError("no_account", _NO_ACCOUNT)
    return account


def _authenticator(request: Request, proposal: Proposal, problem: InvalidError | None = None) -> HTMLResponse:
    return page(
        request,
        "identity/authenticator.html",
        **refusal(problem),
        proposal=proposal,
    )

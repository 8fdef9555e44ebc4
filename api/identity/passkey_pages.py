"""The page on which a person adds a passkey to their account, and the way to remove one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import EnclaveError, UnavailableError
from api.identity.account_pages import own_account
from api.identity.accounts import SELF
from api.identity.dependencies import Login, LoginDep, StrongCsrfDep, StrongLoginDep
from api.identity.passkeys import (
    LONGEST_CREDENTIAL,
    LONGEST_NAME,
    add_passkey,
    begin_registration,
    remove_passkey,
)
from api.secrets import SecretStore
from api.settings import Settings
from api.web.forms import refusal
from api.web.rendering import page
from api.web.sent import StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
_NO_HOST_NAME = Text(
    "Passkeys werken hier niet: deze omgeving heeft een adres zonder naam.",
    "Passkeys do not work here: the address of this environment has no name.",
)


class NewPasskey(BaseModel):
    """What the form holds: a name, our own note about the challenge, and what the device answered (JSON)."""

    name: str = Field(default="", max_length=1000)
    note: str = Field(default="", max_length=2000)
    credential: str = Field(default="", max_length=LONGEST_CREDENTIAL)


@router.get("/account/passkeys")
def passkey_page(
    request: Request, login: StrongLoginDep, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep
) -> HTMLResponse:
    """Show the form that asks the reader's device for a new passkey."""
    with database.reading() as session:
        return _page(request, session, login, settings, secrets)


@router.post("/account/passkeys")
def add_own_passkey(
    sent: StrongSentDep, new: Annotated[NewPasskey, Form()], settings: SettingsDep, secrets: SecretsDep
) -> Response:
    """Add what the device made; a refusal is shown with the name that was typed."""

    def change(session: Session, login: Login) -> str:
        account = own_account(session, login)
        add_passkey(session, login.actor(SELF), settings, secrets, account, **new.model_dump())
        return "/account"

    return sent.carry_out(
        change,
        lambda session, problem: _page(
            sent.request, session, sent.login, settings, secrets, problem, new.name
        ),
    )


@router.post("/account/passkeys/{credential_id}/remove")
def remove_own_passkey(
    credential_id: str, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> Response:
    """Take one of the reader's passkeys away."""
    with database.transaction() as session:
        within = login.within(session)
        remove_passkey(session, within.actor(SELF), within.person, credential_id)
    return RedirectResponse("/account", status_code=303)


def _page(
    request: Request,
    session: Session,
    login: Login,
    settings: Settings,
    secrets: SecretStore,
    problem: EnclaveError | None = None,
    name: str = "",
) -> HTMLResponse:
    ceremony = begin_registration(session, settings, secrets, own_account(session, login.within(session)))
    if ceremony is None:
        raise UnavailableError("no_host_name", _NO_HOST_NAME)
    return page(
        request,
        "identity/passkey.html",
        **refusal(problem),
        ceremony=ceremony,
        name=name,
        longest=LONGEST_NAME,
    )

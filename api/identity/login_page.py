"""The pages of the provider where people log in: their password, then a code when they have a second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response
from pydantic import BaseModel, Field

from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.identity.accounts import authenticate
from api.identity.limits import limit_passwords, limit_requests
from api.identity.login_form import LoginFormDep
from api.identity.models import Account
from api.identity.passkeys import LONGEST_CREDENTIAL, log_in_with
from api.identity.passwords import LONGEST
from api.identity.provider_logins import PASSKEY, PASSWORD_AND_CODE, PASSWORD_ONLY
from api.identity.sealed import seal, unseal
from api.identity.second_factor import has_second_factor, try_code
from api.identity.tokens import equal, hash_of
from api.people.models import Person
from api.secrets import SecretStore
from output_checker.text import Text

router = APIRouter(tags=["OpenID provider"], include_in_schema=False)
_PROVEN, _PROVEN_SECONDS = "password proven", 300
_REFUSED = Text(
    "De inlognaam of het wachtwoord klopt niet, of er is te vaak geprobeerd. Wacht even en probeer het opnieuw.",
    "The login name or the password is not right, or there were too many tries. Wait a moment and try again.",
)
_CODE_REFUSED = Text(
    "De code klopt niet, is al gebruikt, of er is te vaak geprobeerd. Wacht op de volgende code en typ die.",
    "The code is not right, was used already, or there were too many tries. Wait for the next code and type that.",
)
_PASSKEY_REFUSED = Text(
    "Deze passkey werd niet aanvaard. Probeer het opnieuw, of log in met uw wachtwoord.",
    "This passkey was not accepted. Try again, or log in with your password.",
)
_TOO_LATE = Text(
    "Dit duurde te lang. Typ uw wachtwoord opnieuw.", "This took too long. Type your password again."
)


class LoginFields(BaseModel):
    """What the form for the password holds."""

    csrf_token: str = ""
    login_name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=4 * LONGEST)


class CodeFields(BaseModel):
    """What the form for the code holds; `proven` is our own note about the password."""

    csrf_token: str = ""
    proven: str = Field(default="", max_length=2000)
    code: str = Field(default="", max_length=100)


class PasskeyFields(BaseModel):
    """What the form for a passkey holds: our own note about the challenge, and what the device answered (JSON)."""

    csrf_token: str = ""
    note: str = Field(default="", max_length=2000)
    credential: str = Field(default="", max_length=LONGEST_CREDENTIAL)


@router.get("/oidc/login", dependencies=[Depends(limit_requests)])
@router.get("/oidc/login/code", dependencies=[Depends(limit_requests)])
@router.get("/oidc/login/passkey", dependencies=[Depends(limit_requests)])
def show(form: LoginFormDep) -> Response:
    """Show the form for an authorisation request, which stands in the address."""
    return form.refusal() or form.show()


@router.post("/oidc/login", dependencies=[Depends(limit_passwords)])
def log_in(
    form: LoginFormDep, fields: Annotated[LoginFields, Form()], database: DatabaseDep, secrets: SecretsDep
) -> Response:
    """Try the password and go on to the client or to the code, or show the form again."""
    form.check(fields.csrf_token)
    if refusal := form.refusal():
        return refusal
    person = authenticate(database, fields.login_name, fields.password)
    if person is None:
        return form.show(error=_REFUSED, login_name=fields.login_name)
    with database.reading() as session:
        asked = has_second_factor(session, person.id)
        proven = _note(secrets, session.get_one(Account, person.id)) if asked else ""
    return form.show_code(proven) if asked else form.enter(person, PASSWORD_ONLY)


@router.post("/oidc/login/code", dependencies=[Depends(limit_passwords)])
def take_code(
    form: LoginFormDep, fields: Annotated[CodeFields, Form()], database: DatabaseDep, secrets: SecretsDep
) -> Response:
    """Try the code of somebody who has just proven their password, and go on to the client, or ask again."""
    form.check(fields.csrf_token)
    if refusal := form.refusal():
        return refusal
    note = unseal(secrets, _PROVEN, fields.proven)
    if note is None:
        return form.show(error=_TOO_LATE)
    person = _with_code(database, secrets, note, fields.code)
    if person is None:
        return form.show_code(fields.proven, error=_CODE_REFUSED)
    return form.enter(person, PASSWORD_AND_CODE)


@router.post("/oidc/login/passkey", dependencies=[Depends(limit_passwords)])
def take_passkey(
    form: LoginFormDep,
    fields: Annotated[PasskeyFields, Form()],
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
) -> Response:
    """Log in whose device signed our challenge, or show the form again."""
    form.check(fields.csrf_token)
    if refusal := form.refusal():
        return refusal
    with database.transaction() as session:
        person = log_in_with(session, settings, secrets, fields.note, fields.credential)
    return form.show(error=_PASSKEY_REFUSED) if person is None else form.enter(person, PASSKEY)


def _note(secrets: SecretStore, account: Account) -> str:
    # Names the password that was proven: after a change of it, or a new account, the note is worth nothing.
    about = {"person": account.person_id, "password": hash_of(account.password_hash)}
    return seal(secrets, _PROVEN, about, _PROVEN_SECONDS)


def _with_code(database: Database, secrets: SecretStore, note: dict[str, object], code: str) -> Person | None:
    with database.transaction() as session:
        account = session.get(Account, note["person"], with_for_update=True)
        if account is None or not equal(hash_of(account.password_hash), str(note["password"])):
            return None
        right = try_code(session, secrets, account, code)
        person = account.person
        return person if right and person.suspended_at is None else None

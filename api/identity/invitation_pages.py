"""The page that an invitation opens: choose a password, add an authenticator app, keep the recovery codes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import InvalidError
from api.identity.dependencies import check_origin
from api.identity.invitations import PATH, accept, find_invitation
from api.identity.limits import limit_passwords
from api.identity.passwords import LONGEST, SHORTEST
from api.identity.proposals import Proposal, propose, proposed, proposed_again
from api.people.models import Person
from api.web.forms import refusal
from api.web.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_passwords)])


class AcceptanceFields(BaseModel):
    """What the form holds; `proposal` is our own note about the secret of the app."""

    password: str = Field(default="", max_length=4 * LONGEST)
    proposal: str = Field(default="", max_length=2000)
    code: str = Field(default="", max_length=100)


@router.get(PATH + "/{token}")
def show(request: Request, token: str, database: DatabaseDep, secrets: SecretsDep) -> Response:
    """Show the form; looking at it does not use the invitation up, because mail programs look too."""
    with database.reading() as session:
        person = find_invitation(session, token).person
    return _form(request, person, propose(secrets, person))


@router.post(PATH + "/{token}")
def take(
    request: Request,
    token: str,
    fields: Annotated[AcceptanceFields, Form()],
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
) -> Response:
    """Make the account as the person wants it and show the recovery codes, this once; a refused form is shown again."""
    # The token in the address is the proof that the form is meant; no page of others knows it.
    check_origin(request, settings)
    try:
        with database.transaction() as session:
            invitation = find_invitation(session, token)
            proposal = proposed(secrets, invitation.person, fields.proposal)
            codes = accept(session, secrets, invitation, fields.password, proposal.secret, fields.code)
    except InvalidError as problem:
        with database.reading() as session:
            person = find_invitation(session, token).person
        return _form(request, person, proposed_again(secrets, person, fields.proposal), problem)
    return page(request, "identity/recovery_codes.html", codes=codes, onward="/auth/login?next=/account")


def _form(
    request: Request, person: Person, proposal: Proposal, problem: InvalidError | None = None
) -> Response:
    return page(
        request,
        "identity/invitation.html",
        **refusal(problem),
        person=person,
        proposal=proposal,
        shortest=SHORTEST,
    )

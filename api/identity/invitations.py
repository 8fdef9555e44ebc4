"""Invitations: how people get, or get back, their password and second factor without anybody else knowing them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session, joinedload

from api.access.queries import projects_of
from api.audit.service import Actor, record
from api.db import now
from api.errors import NotAllowedError, NotFoundError
from api.identity.accounts import SELF, open_account, set_password
from api.identity.models import Account, Invitation
from api.identity.passkeys import passkeys_of, remove_passkey
from api.identity.second_factor import add_authenticator
from api.identity.tokens import hash_of, new_token
from api.people.models import Person
from api.people.permissions import check_user_can_vet, user_can_appoint
from api.people.roles import appointed_roles
from api.secrets import SecretStore
from output_checker.text import Text

LASTS = dt.timedelta(days=3)
PATH = "/invitation"
_GONE = Text("Deze uitnodiging is niet (meer) geldig.", "This invitation is not valid, or not any more.")
_ASK = Text(
    "Een uitnodiging werkt een keer en drie dagen lang. Vraag de beheerder van uw centrum om een nieuwe.",
    "An invitation works once and for three days. Ask the administrator of your centre for a new one.",
)
_NOT_THEIRS = Text(
    "Deze persoon werkt ook bij een ander centrum, of heeft zelf een rol en al een account.",
    "This person also works at another centre, or holds a role and has an account already.",
)
_ASK_ABOVE = Text(
    "Vraag een beheerder van alle centra, of wie deze dienst draait.",
    "Ask an administrator of all centres, or whoever runs this service.",
)


def check_user_can_invite(session: Session, actor: Actor, person: Person) -> None:
    """Raise NotAllowedError unless `actor` may invite `person`.

    Who makes an invitation could open it, and so be that person. Administrators of a centre therefore invite nobody who
    saw data of another centre, nor log in as the officials of their own, whose eyes must be others than theirs.
    """
    check_user_can_vet(actor, person)
    centres: set[int | None] = {project.centre_id for project in projects_of(session, person)}
    if appointed_roles(person) and session.get(Account, person.id) is not None:
        centres.add(None)
    if not all(user_can_appoint(actor, centre_id) for centre_id in centres):
        raise NotAllowedError("not_theirs_to_invite", _NOT_THEIRS, remedy=_ASK_ABOVE)


def why_not_invite(session: Session, actor: Actor, person: Person) -> NotAllowedError | None:
    """Return why `actor` may not invite `person`, None when they may."""
    try:
        check_user_can_invite(session, actor, person)
    except NotAllowedError as refusal:
        return refusal
    return None


def invite(session: Session, actor: Actor, person: Person) -> str:
    """Make an invitation for `person` and return the token for its address, which nobody can read again.

    Earlier invitations end; an account that is there keeps working until the invitation is used. Raises
    NotAllowedError.
    """
    check_user_can_invite(session, actor, person)
    end_invitations(session, person)
    token = new_token()
    session.add(
        Invitation(token_hash=hash_of(token), person_id=person.id, expires_at=now() + LASTS, used_at=None)
    )
    record(session, actor, "account.invite", f"person:{person.subject}", "vetting")
    return token


def end_invitations(session: Session, person: Person) -> None:
    """End every invitation of `person` that was not used."""
    theirs = update(Invitation).where(Invitation.person_id == person.id, Invitation.used_at.is_(None))
    session.execute(theirs.values(expires_at=now()))


def find_invitation(session: Session, token: str) -> Invitation:
    """Return the invitation that this token opens, its person loaded.

    Raises NotFoundError: unknown, used, too old, or its person suspended, all told alike.
    """
    with_person = joinedload(Invitation.person)
    row = session.get(Invitation, hash_of(token), options=[with_person], with_for_update=True)
    if row is None or row.used_at or row.expires_at <= now() or row.person.suspended_at:
        raise NotFoundError("no_invitation", _GONE, remedy=_ASK)
    return row


def accept(
    session: Session, secrets: SecretStore, invitation: Invitation, password: str, secret: str, code: str
) -> list[str]:
    """Use an invitation up: the person gets this password and the app with `secret`; return their recovery codes.

    Who had an account keeps its name and loses its password, factors, passkeys and logins. Raises InvalidError (fields
    ``password`` and ``code``).
    """
    person = invitation.person
    actor, account = Actor(person, SELF), session.get(Account, person.id)
    if account is None:
        account = open_account(session, person, person.subject, password)
    else:
        set_password(session, actor, account, password)
    # Who stole the account may have added a passkey, which needs no password.
    for passkey in passkeys_of(session, person.id):
        remove_passkey(session, actor, person, passkey.credential_id)
    account.code_failures, account.codes_locked_until = 0, None
    codes = add_authenticator(session, actor, secrets, account, secret, code)
    invitation.used_at = now()
    record(session, actor, "account.accept", f"person:{person.subject}", "invitation")
    return codes

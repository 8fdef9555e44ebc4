"""Ending logins before their time: by whose they are, or by an administrator."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.identity.accounts import end_logins
from api.identity.models import PageSession
from api.identity.provider_logins import end_login
from api.identity.sessions import end_session, end_sessions_of_login
from api.people.models import Person
from api.people.permissions import check_user_can_vet


def end_session_of(session: Session, actor: Actor, person: Person, id_hash: str) -> None:
    """End the session of `person` with this hash, and the login at the provider that it came from.

    Nothing happens when it is not theirs or is over.
    """
    row = session.get(PageSession, id_hash)
    if row is None or row.person_id != person.id or end_session(session, id_hash) is None:
        return
    if row.sid is not None:
        end_login(session, row.sid)
        end_sessions_of_login(session, row.sid)
    record(session, actor, "session.end", f"person:{person.subject}", "own login")


def end_all_logins(session: Session, actor: Actor, person: Person) -> None:
    """End every login of `person`, who can log in again; raises NotAllowedError."""
    check_user_can_vet(actor, person)
    end_logins(session, person)
    record(session, actor, "session.end_all", f"person:{person.subject}", "vetting")

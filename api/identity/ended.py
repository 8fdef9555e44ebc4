"""Logins that ended before their time: what came of them elsewhere, at the hub and in workplaces, is over with them.

Sessions of the pages end by themselves (sessions.py). The hub keeps its own, and asks here whether they still stand;
a workplace ends with the login that opened it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.db import now
from api.identity.models import EndedLogin
from api.identity.tokens import hash_of

KEPT_DAYS = 7
"""Longer than the cookie of the hub, or anything else that came of a login, lives."""


def note_ended(session: Session, sid: str) -> None:
    """Remember that the issuer's login `sid` is over, for good."""
    _note(session, _of_login(sid), now())


def note_all_ended(session: Session, subject: str, at: dt.datetime) -> None:
    """Remember that every login of a person that began until `at` is over."""
    _note(session, _of_person(subject), at)


def note_unnamed_ended(session: Session, subject: str, at: dt.datetime) -> None:
    """Remember that a login of a person which the issuer gave us no name of, and that began until `at`, is over."""
    _note(session, _of_unnamed(subject), at)


def is_over(session: Session, subject: str, sid: str, began: dt.datetime) -> bool:
    """Tell whether the login `sid` ("": the issuer names none) of a person, which began then, ended before its time."""
    of_person, of_login = _of_person(subject), _of_login(sid) if sid else _of_unnamed(subject)
    rows = session.scalars(select(EndedLogin).where(EndedLogin.name_hash.in_([of_person, of_login])))
    return any((sid and row.name_hash == of_login) or began <= row.ended_at for row in rows)


def _note(session: Session, name_hash: str, at: dt.datetime) -> None:
    session.execute(delete(EndedLogin).where(EndedLogin.expires_at <= now()))
    row = session.get(EndedLogin, name_hash)
    if row is None:
        row = EndedLogin(name_hash=name_hash, ended_at=at)
        session.add(row)
    # One that is told late must not bring back what a later one ended.
    row.ended_at = max(row.ended_at, at)
    row.expires_at = now() + dt.timedelta(days=KEPT_DAYS)
    session.flush()


def _of_login(sid: str) -> str:
    return hash_of(f"login:{sid}")


def _of_unnamed(subject: str) -> str:
    return hash_of(f"unnamed:{subject}")


def _of_person(subject: str) -> str:
    return hash_of(f"person:{subject}")

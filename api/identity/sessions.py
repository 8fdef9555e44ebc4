"""Sessions of the pages: begun after a login at the issuer, ended by logout, by time, or with the person's access.

The cookie holds a random token; the table holds its hash, so that who reads the table cannot log in with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from api.db import now
from api.identity.models import PageSession
from api.identity.tokens import hash_of, new_token
from api.people.models import Person
from api.settings import Settings

TOUCH_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Authentication:
    """How and when the issuer saw somebody log in, read from a verified ID token."""

    sid: str | None
    acr: str
    amr: tuple[str, ...]
    auth_time: dt.datetime
    id_token: str


def is_https(settings: Settings) -> bool:
    """Tell whether people reach the pages over TLS; only then may a cookie be marked Secure."""
    return settings.api_url.startswith("https:")


def cookie_name(settings: Settings) -> str:
    """Return the name of the session cookie; ``__Host-`` keeps neighbouring hosts from setting it."""
    return "__Host-enclave_session" if is_https(settings) else "enclave_session"


def set_cookie(response: Response, settings: Settings, token: str) -> None:
    """Give the browser the session token, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(settings), token, path="/", secure=is_https(settings), httponly=True, samesite="lax"
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the session token away from the browser."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=is_https(settings), httponly=True, samesite="lax"
    )


def start_session(
    session: Session, person: Person, authentication: Authentication, settings: Settings
) -> tuple[PageSession, str]:
    """Begin a session for `person` and return it with the token for the cookie."""
    token = new_token()
    row = PageSession(
        id_hash=hash_of(token),
        person_id=person.id,
        sid=authentication.sid,
        acr=authentication.acr,
        amr=list(authentication.amr),
        auth_time=authentication.auth_time,
        id_token=authentication.id_token,
        csrf_token=new_token(),
        expires_at=now() + dt.timedelta(seconds=settings.session_seconds),
    )
    session.add(row)
    session.flush()
    return row, token


def find_session(session: Session, id_hash: str, settings: Settings) -> PageSession | None:
    """Return the session in force with this hash, its person loaded; None when unknown, over, or the person suspended."""
    row = session.scalar(
        select(PageSession)
        .where(PageSession.id_hash == id_hash)
        .options(
            joinedload(PageSession.person).options(
                joinedload(Person.institution),
                selectinload(Person.appointments),
                selectinload(Person.evidence),
            )
        )
    )
    return row if row is not None and _in_force(row, settings) else None


def _in_force(row: PageSession, settings: Settings) -> bool:
    moment = now()
    idle_until = row.last_seen_at + dt.timedelta(seconds=settings.session_idle_seconds)
    over = row.ended_at is not None or moment >= min(row.expires_at, idle_until)
    return not over and row.person.suspended_at is None


def open_sessions(session: Session, person_id: int, settings: Settings) -> list[PageSession]:
    """Return a person's sessions that are in force, the one that was used last first."""
    rows = session.scalars(
        select(PageSession)
        .where(PageSession.person_id == person_id, PageSession.ended_at.is_(None))
        .options(joinedload(PageSession.person))
        .order_by(PageSession.last_seen_at.desc())
    )
    return [row for row in rows if _in_force(row, settings)]


def needs_touch(row: PageSession) -> bool:
    """Tell whether the last use was long enough ago to be written again; not each request has to write."""
    return now() - row.last_seen_at >= TOUCH_EVERY


def touch(session: Session, id_hash: str) -> None:
    """Note that the session is used now."""
    row = session.get_one(PageSession, id_hash)
    row.last_seen_at = now()


def end_session(session: Session, id_hash: str) -> PageSession | None:
    """End the session with this hash and return it; None when there is none or it ended before."""
    row = session.get(PageSession, id_hash)
    if row is None or row.ended_at is not None:
        return None
    row.ended_at = now()
    return row


def end_sessions_of_login(session: Session, sid: str) -> int:
    """End every session that came from the issuer's login `sid`, and return how many."""
    open_ones = select(PageSession).where(PageSession.sid == sid, PageSession.ended_at.is_(None))
    rows = session.scalars(open_ones).all()
    for row in rows:
        row.ended_at = now()
    return len(rows)

"""Logout that the issuer tells of behind the browser's back (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Response
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.db import now
from api.dependencies import DatabaseDep
from api.errors import DOCUMENTED
from api.identity.ended import note_all_ended, note_ended, note_unnamed_ended
from api.identity.id_tokens import LOGOUT_TOKEN_SECONDS, InvalidIdTokenError
from api.identity.limits import limit_requests
from api.identity.login_routes import RelyingPartyDep
from api.identity.models import PageSession
from api.identity.once import use_once
from api.identity.relying_party import login_failed
from api.people.models import Person

router = APIRouter(tags=["login"], responses=DOCUMENTED)
PATH = "/auth/backchannel-logout"
_LOG = logging.getLogger(__name__)


@router.post(PATH, response_class=Response, dependencies=[Depends(limit_requests)])
def log_out(
    logout_token: Annotated[str, Form(max_length=20_000)], party: RelyingPartyDep, database: DatabaseDep
) -> Response:
    """End the sessions that came of a login which ended at the issuer; told by the issuer, not by a browser."""
    try:
        claims = party.logout_claims(logout_token)
    except InvalidIdTokenError as error:
        _LOG.warning("a logout by the issuer was refused: %s", error)
        raise login_failed() from error
    if not (claims.get("sid") or party.subject(claims)):
        # The claim that names people here is not in it: the issuer must not believe that anybody was logged out.
        _LOG.warning("a logout by the issuer names neither a login nor a person as we know them")
        raise login_failed()
    with database.transaction() as session:
        if not use_once(session, f"logout:{claims['jti']}", 2 * LOGOUT_TOKEN_SECONDS):
            raise login_failed()
        _end(session, claims, party.subject(claims))
    return Response(status_code=200)


def _end(session: Session, claims: dict[str, Any], subject: str) -> None:
    """End one login when the issuer names one, else all of the person; what may be of the one ends with it."""
    moment = dt.datetime.fromtimestamp(claims["iat"], dt.UTC)
    wanted = select(PageSession).join(Person).where(PageSession.ended_at.is_(None))
    if sid := str(claims.get("sid") or ""):
        # An issuer may name in logouts what it did not name at the login.
        unnamed = and_(or_(PageSession.sid.is_(None), PageSession.sid == ""), Person.subject == subject)
        one = or_(PageSession.sid == sid, unnamed)
        note_ended(session, sid)
        note_unnamed_ended(session, subject, moment)
    else:
        one = Person.subject == subject
        note_all_ended(session, subject, moment)
    rows = session.scalars(wanted.where(one)).all()
    for row in rows:
        row.ended_at = now()
    for name in {row.person.subject for row in rows}:
        record(session, SYSTEM, "session.end", f"person:{name}", "logout at the issuer")

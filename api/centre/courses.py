"""The rounds of all requests of a centre, measured by the database: what api/requests/turnaround.py says of one history.

A year of a busy centre has tens of thousands of steps; reading them one by one would take a second, and counting them
where they are takes a tenth of that. A test holds the two against each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.access.models import Project
from api.people.models import Centre
from api.requests.models import OutputRequest, RequestRound, RequestState, StateChange
from api.requests.states import IN_REVIEW
from api.requests.turnaround import DECISIONS, Course

S = RequestState

LATEST_DECISIONS: Final = 100
"""How many of the last decisions by people say what is usual."""

_SUBMITTED = StateChange.after == S.SUBMITTED
_JUDGED = StateChange.before == S.JUDGING
_REVIEWED = and_(StateChange.before.in_(IN_REVIEW), StateChange.after != S.WITHDRAWN)
_RELEASED = StateChange.after == S.RELEASED
_SENT = StateChange.after == S.UNDER_REVIEW
_DECIDED = and_(
    StateChange.after.in_(DECISIONS),
    or_(StateChange.before != S.APPROVED, StateChange.before.is_(None)),
)


def courses_since(session: Session, centre: Centre, since: dt.datetime) -> list[Course]:
    """Return the rounds of requests of `centre` that were submitted since a moment, in no particular order."""
    measured = (
        select(
            StateChange.request_id,
            StateChange.round,
            _first(_SUBMITTED).label("submitted"),
            _first(_JUDGED).label("judged"),
            _first(_REVIEWED).label("first_review"),
            _first(_RELEASED).label("released"),
            func.coalesce(_last(_SENT), 0).label("sent_id"),
            _last(_DECIDED).label("decided_id"),
        )
        .where(StateChange.request_id.in_(_submitted_since(centre, since)))
        .group_by(StateChange.request_id, StateChange.round)
        .subquery()
    )
    decided = aliased(StateChange)
    # What a policy approved and people look at after all is not decided.
    stands = and_(decided.id == measured.c.decided_id, decided.id > measured.c.sent_id)
    statement = (
        select(
            measured.c.round,
            measured.c.submitted,
            measured.c.judged,
            measured.c.first_review,
            decided.at,
            decided.after,
            func.coalesce(decided.before == S.REVIEWED, False),
            measured.c.released,
        )
        .join(decided, stands, isouter=True)
        .where(measured.c.submitted >= since)
    )
    # Plain rows: what the session does for entities costs as much again.
    return [Course._make(row) for row in session.connection().execute(statement)]


def usual_answer(session: Session, centre: Centre) -> dt.timedelta | None:
    """Return the median time from submission to decision of the last 100 rounds that people decided at `centre`.

    None while people have decided nothing.
    """
    decided, submitted = aliased(StateChange), aliased(StateChange)
    same = and_(
        submitted.request_id == decided.request_id,
        submitted.round == decided.round,
        submitted.after == S.SUBMITTED,
    )
    statement = (
        select(submitted.at, decided.at)
        .select_from(decided)
        .join(submitted, same)
        .join(OutputRequest, OutputRequest.id == decided.request_id)
        .join(Project, Project.id == OutputRequest.project_id)
        .where(Project.centre_id == centre.id, decided.before == S.REVIEWED)
        .order_by(decided.id.desc())
        .limit(LATEST_DECISIONS)
    )
    took = sorted(end - start for start, end in session.execute(statement))
    return took[(len(took) - 1) // 2] if took else None


def usual_answers(session: Session, centres: Iterable[Centre]) -> list[tuple[Centre, dt.timedelta]]:
    """Return for each of these centres how soon people usually answer, without those where nothing is usual yet."""
    found = {centre.id: (centre, usual_answer(session, centre)) for centre in centres}
    return [(centre, usual) for centre, usual in found.values() if usual is not None]


def _submitted_since(centre: Centre, since: dt.datetime) -> ColumnElement[int]:
    projects = select(Project.id).where(Project.centre_id == centre.id)
    return (
        select(RequestRound.request_id)
        .join(RequestRound.request)
        .where(RequestRound.submitted_at >= since, OutputRequest.project_id.in_(projects))
        .scalar_subquery()
    )


def _first(which: ColumnElement[bool]) -> ColumnElement[dt.datetime | None]:
    return func.min(case((which, StateChange.at)))


def _last(which: ColumnElement[bool]) -> ColumnElement[int | None]:
    return func.max(case((which, StateChange.id)))

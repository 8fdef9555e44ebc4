"""People who left: nothing they have is in force any more, nobody has to decide about them, and since when that is so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, union_all
from sqlalchemy.orm import Session, joinedload

from api.access.emergency import under_watch
from api.access.models import Grant, GrantProposal
from api.access.queries import grants_of
from api.applications.models import Application, ApplicationStep, ApplicationVersion
from api.applications.states import APPROVERS
from api.applications.states import STATE_OWNERS as OWNERS_OF_APPLICATIONS
from api.db import now
from api.people.models import Appointment, Evidence, Person
from api.requests.models import OutputRequest, StateChange
from api.requests.states import STATE_OWNERS, Party

_JUDGED: Final = [state for state, owner in STATE_OWNERS.items() if owner in (Party.SYSTEM, Party.CHECKER)]
_APPRAISED: Final = [state for state, owner in OWNERS_OF_APPLICATIONS.items() if owner in APPROVERS]


@dataclass(frozen=True)
class Leaver:
    """Somebody without role or grant, since the last that ended, was decided about what they asked, or was known of them.

    `since` is None where there never was anything: nobody knows how long they have been there.
    """

    person: Person
    since: dt.datetime | None

    def due_at(self, days: int) -> dt.datetime | None:
        """Return when their personal data have been kept for so many days; None where nobody can tell."""
        return self.since and self.since + dt.timedelta(days=days)


def leavers(session: Session) -> list[Leaver]:
    """Return who left, the longest gone first; those whose data were emptied are not among them."""
    at, since = now(), _last_moments(session)
    here = set(session.scalars(select(Appointment.person_id).where(~_over(at)))) | _awaited(session, at)
    for grant in grants_of(session):
        end = _end_of(grant)
        since[grant.person_id] = max(end, since.get(grant.person_id, end))
        here |= {grant.person_id} if end > at else set()
    query = select(Person).where(Person.emptied_at.is_(None)).options(joinedload(Person.institution))
    gone = [Leaver(one, since.get(one.id)) for one in session.scalars(query) if one.id not in here]
    return sorted(gone, key=lambda one: (one.since or at, one.person.id))


def leaver(session: Session, person: Person) -> Leaver | None:
    """Return `person` as one who left; None when they did not, or their data were emptied."""
    return next((one for one in leavers(session) if one.person.id == person.id), None)


def _awaited(session: Session, at: dt.datetime) -> set[int]:
    """Ids of the people about whom somebody has to decide: their output or application, access for them, or an emergency.

    Who is asked whether emergency access was justified must read who got it, and who gave it.
    """
    watched = [one.grant for one in under_watch(session)]
    open_proposal = GrantProposal.decided_at.is_(None), GrantProposal.expires_at > at
    return {
        *session.scalars(select(OutputRequest.author_id).where(OutputRequest.state.in_(_JUDGED))),
        *session.scalars(
            select(Application.applicant_id)
            .join(Application.versions)
            .where(ApplicationVersion.state.in_(_APPRAISED))
        ),
        *session.scalars(select(GrantProposal.person_id).where(*open_proposal)),
        *(by for grant in watched for by in (grant.person_id, grant.granted_by_id)),
    }


def _over(at: dt.datetime) -> ColumnElement[bool]:
    return and_(Appointment.valid_until.is_not(None), Appointment.valid_until <= at)


def _end_of(grant: Grant) -> dt.datetime:
    return min(grant.withdrawal.withdrawn_at, grant.valid_until) if grant.withdrawal else grant.valid_until


def _last_moments(session: Session) -> dict[int, dt.datetime]:
    """The last of what is known of people, what ended, and what became of what they asked, by id of the person."""
    moments = union_all(
        select(Evidence.person_id.label("person"), Evidence.created_at.label("at")),
        select(Appointment.person_id, Appointment.valid_until).where(Appointment.valid_until.is_not(None)),
        select(OutputRequest.author_id, StateChange.at).join(StateChange.request),
        select(StateChange.by_id, StateChange.at).where(StateChange.by_id.is_not(None)),
        select(Application.applicant_id, Application.created_at),
        select(Application.applicant_id, ApplicationStep.at)
        .join(ApplicationStep.version)
        .join(ApplicationVersion.application),
    ).subquery()
    last = select(moments.c.person, func.max(moments.c.at)).group_by(moments.c.person)
    return {person: at for person, at in session.execute(last)}  # noqa: C416 - rows are no pairs to mypy

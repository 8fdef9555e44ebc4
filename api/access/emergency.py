"""Emergency access: given by one administrator alone, loud, short, never extended, and looked at afterwards by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from api.access.conditions import DEFAULT_CONDITIONS
from api.access.decision import AccessRefusedError, Door, check_access, current_grant, decide
from api.access.models import EmergencyAccess, EmergencyReview, Grant, Project
from api.access.permissions import check_user_can_grant, own_emergency
from api.access.service import LONGEST_REASON, Terms, write_grant
from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, NotFoundError
from api.notices.models import NoticeKind
from api.notices.recipients import overseers_of
from api.notices.service import tell
from api.people import validation
from api.people.models import Person, Role
from api.settings import Settings
from output_checker.text import Text

_REVIEW_FIRST = Text(
    "Laat die eerst door een ander beoordelen.", "Have that looked at by somebody else first."
)


def give_emergency_access(
    session: Session, actor: Actor, settings: Settings, person: Person, project: Project, reason: str
) -> Grant:
    """Let `person` in at once, for a short time, under the usual conditions; everybody who oversees the centre is told.

    Raises AccessRefusedError (as for any grant), ConflictError (the person has access, or an earlier emergency was not
    looked at yet, so that it cannot be extended) or InvalidError (reason).
    """
    check_user_can_grant(session, actor.person, person, project)
    _check_needed(session, person, project)
    why, begin = validation.line(reason, "reason", LONGEST_REASON), now()
    end = begin + dt.timedelta(seconds=settings.emergency_seconds)
    terms = Terms(person, project, Role.RESEARCHER, DEFAULT_CONDITIONS, begin, end)
    grant = write_grant(session, actor, terms, why, emergency=True)
    due = end + dt.timedelta(days=settings.emergency_review_days)
    grant.emergency = EmergencyAccess(reason=why, review_due_at=due)
    session.flush()
    for overseer in overseers_of(session, project.centre):
        tell(session, overseer, NoticeKind.EMERGENCY_ACCESS)
    return grant


def _check_needed(session: Session, person: Person, project: Project) -> None:
    before = current_grant(session, person, project)
    if before is not None and before.withdrawal is None and now() < before.valid_until:
        # The newest version is the one that counts: an emergency would end the access there is.
        raise ConflictError(
            "has_access", Text("Deze persoon heeft al toegang.", "This person has access already.")
        )
    earlier = [one for one in under_watch(session, project) if one.grant.person_id == person.id]
    if any(one.review is None for one in earlier):
        message = Text(
            "Deze persoon had hier eerder noodtoegang, die nog niet is beoordeeld.",
            "This person had emergency access here before, which was not looked at yet.",
        )
        raise ConflictError("emergency_not_extended", message, remedy=_REVIEW_FIRST)


def review_emergency(
    session: Session, actor: Actor, grant: Grant, *, justified: bool, comment: str
) -> EmergencyReview:
    """Say what somebody else than who gave it, or got it, found of emergency access.

    Raises AccessRefusedError (nobody who oversees the centre, or one's own), NotFoundError (no emergency),
    ConflictError (reviewed already) or InvalidError (comment).
    """
    reviewer = check_user_can_review_emergency(session, actor.person, grant)
    if grant.emergency is None:
        raise NotFoundError("no_emergency", Text("Dit is geen noodtoegang.", "This is no emergency access."))
    if grant.emergency.review is not None:
        message = Text("Deze noodtoegang is al beoordeeld.", "This emergency access was looked at already.")
        raise ConflictError("reviewed_already", message)
    words = validation.line(comment, "comment", LONGEST_REASON)
    review = EmergencyReview(reviewed_by=reviewer, justified=justified, comment=words)
    grant.emergency.review = review
    session.flush()
    record(session, actor, "grant.review_emergency", f"grant:{grant.id}", words, justified=justified)
    return review


def user_can_review_emergency(session: Session, person: Person, grant: Grant) -> bool:
    """Tell whether `person` may look at emergency access afterwards: not their own, and not what they gave."""
    allowed = decide(session, Door.REVIEW_EMERGENCY, person, grant.project).allowed
    return allowed and person.id not in (grant.person_id, grant.granted_by_id)


def check_user_can_review_emergency(session: Session, person: Person | None, grant: Grant) -> Person:
    """Return `person` when they may look at emergency access afterwards.

    Raises AccessRefusedError otherwise.
    """
    check_access(session, Door.REVIEW_EMERGENCY, person, grant.project)
    if person is None or not user_can_review_emergency(session, person, grant):
        raise AccessRefusedError([own_emergency()])
    return person


def under_watch(session: Session, project: Project | None = None) -> Sequence[EmergencyAccess]:
    """Return the emergencies that run, or that nobody looked at yet, oldest first."""
    query = (
        select(EmergencyAccess)
        .join(EmergencyAccess.grant)
        .outerjoin(EmergencyAccess.review)
        .where(or_(EmergencyReview.grant_id.is_(None), Grant.valid_until > now()))
        .options(joinedload(EmergencyAccess.grant).options(
            joinedload(Grant.person), joinedload(Grant.project).joinedload(Project.centre)
        ))
        .order_by(EmergencyAccess.grant_id)
    )  # fmt: skip
    if project is not None:
        query = query.where(Grant.project_id == project.id)
    return session.scalars(query).all()


def emergencies_for(session: Session, person: Person) -> list[EmergencyAccess]:
    """Return the emergencies that `person` is warned of on each page: those of the centres that they oversee."""
    return [
        one
        for one in under_watch(session)
        if decide(session, Door.REVIEW_EMERGENCY, person, one.grant.project).allowed
    ]


def is_overdue(emergency: EmergencyAccess) -> bool:
    """Tell whether nobody looked at `emergency` in time."""
    return emergency.review is None and now() >= emergency.review_due_at

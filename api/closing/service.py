"""Closing a project at once or by its end date, and opening it again by two people as long as nothing was deleted.

Closing ends every workplace in the same transaction: tokens are worthless from then on, and the watch ends what runs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from api.access.models import Grant, Project
from api.access.sandboxes import end_sandboxes_in
from api.access.service import LONGEST_REASON
from api.audit.service import SYSTEM, Actor, record
from api.closing.models import Cause, Closing, ReopeningProposal
from api.closing.permissions import check_user_can_administer_project
from api.db import now
from api.errors import ConflictError, InvalidError
from api.notices.models import NoticeKind
from api.notices.recipients import administrators_of
from api.notices.service import tell
from api.people import validation
from api.people.four_eyes import check_other_eyes, is_other
from api.people.models import Person
from api.settings import Settings
from output_checker.text import Text

ENDED: Final = "the project reached its end date"
EXTENDED: Final = "the project was extended"
CLOSED: Final = "project_running"
"""Why workplaces end: the condition that a closed project does not meet."""


def close_project(
    session: Session, actor: Actor, settings: Settings, project: Project, reason: str
) -> Closing:
    """Close `project` now, whatever its end date, and say when what people worked on is deleted.

    Raises AccessRefusedError (no administrator of the centre), ConflictError (closed already) or InvalidError (reason).
    """
    check_user_can_administer_project(session, actor.person, project)
    if project.closed_at is not None or standing_closing(session, project) is not None:
        raise ConflictError(
            "closed_already", Text("Dit project is al gesloten.", "This project was closed already.")
        )
    why, moment = validation.line(reason, "reason", LONGEST_REASON), now()
    project.closed_at = moment
    closing = Closing(
        project=project, cause=Cause.ADMINISTRATOR, reason=why, closed_by=actor.person, closed_at=moment
    )
    closing.delete_after = moment + _kept_for(settings)
    return _keep(session, actor, closing)


def settle_ended(session: Session, settings: Settings) -> None:
    """Close the projects that reached their end date, and lift that where a project was extended since."""
    moment = now()
    standing = {one.project_id: one for one in session.scalars(_standing())}
    for project in session.scalars(select(Project).where(Project.closed_at.is_(None))):
        closing = standing.get(project.id)
        if closing is not None and _is_extended(closing, project):
            _lift(session, closing, moment)
            record(session, SYSTEM, "project.reopen", _name(project), EXTENDED)
            closing = None
        if closing is None and project.valid_until <= moment:
            _end(session, settings, project, moment)


def _is_extended(closing: Closing, project: Project) -> bool:
    """Whether a later end came since `project` reached the one that closed it; that may be past too by now."""
    return project.valid_until > closing.closed_at


def _end(session: Session, settings: Settings, project: Project, moment: dt.datetime) -> None:
    closing = Closing(project=project, cause=Cause.END_DATE, reason=ENDED, closed_at=project.valid_until)
    # Counted from now: whoever is told has all of that time, also of what ended while nobody looked.
    closing.delete_after = moment + _kept_for(settings)
    _keep(session, SYSTEM, closing)


def is_unsettled(session: Session) -> bool:
    """Tell whether `settle_ended` would change something, without asking for the lock that writers hold."""
    standing, moment = {one.project_id: one for one in session.scalars(_standing())}, now()
    not_closed = session.scalars(select(Project).where(Project.closed_at.is_(None)))
    return any(
        _is_extended(standing[project.id], project)
        if project.id in standing
        else project.valid_until <= moment
        for project in not_closed
    )


def propose_reopening(
    session: Session, actor: Actor, project: Project, reason: str, valid_until: dt.datetime
) -> ReopeningProposal:
    """Propose to the other administrators that `project` opens again, until `valid_until`; they are told.

    Raises AccessRefusedError (no administrator of the centre), ConflictError (not closed, the deletion has begun, or it
    is proposed already) or InvalidError (reason, or an end that is past or later than what was allowed before).
    """
    check_user_can_administer_project(session, actor.person, project)
    closing = _reopenable(session, project)
    if closing.open_proposal is not None:
        raise ConflictError(
            "proposed_already",
            Text("Heropenen is al voorgesteld.", "Opening it again is proposed already."),
            remedy=Text("Laat het bevestigen of wijs het af.", "Have it confirmed, or decline it."),
        )
    _check_end(closing, valid_until)
    why = validation.line(reason, "reason", LONGEST_REASON)
    proposal = ReopeningProposal(reason=why, valid_until=valid_until, proposed_by=_person(actor))
    closing.proposals.append(proposal)
    session.flush()
    until = valid_until.isoformat()
    record(session, actor, "project.propose_reopening", _name(project), why, valid_until=until)
    for other in administrators_of(session, project.centre):
        if is_other(proposal.proposed_by, other):
            tell(session, other, NoticeKind.REOPENING_PROPOSED)
    return proposal


def confirm_reopening(session: Session, actor: Actor, project: Project, seen: int) -> Project:
    """Open `project` again as somebody else proposed, in the proposal with id `seen`.

    Raises AccessRefusedError (no administrator of the centre, or who proposed it is none any more), NotAllowedError
    (one's own proposal), ConflictError (nothing is proposed, something else by now, or the deletion has begun) or
    InvalidError (its end is past).
    """
    check_user_can_administer_project(session, actor.person, project)
    closing = _reopenable(session, project)
    proposal, confirming = _proposed(closing), _person(actor)
    check_other_eyes(proposal.proposed_by, confirming)
    _check_seen(proposal, seen)
    check_user_can_administer_project(session, proposal.proposed_by, project)
    _check_end(closing, proposal.valid_until)
    _decide(proposal, confirming, confirmed=True)
    _lift(session, closing, now())
    project.closed_at, project.valid_until = None, proposal.valid_until
    session.flush()
    told = {"proposed_by": proposal.proposed_by.subject, "valid_until": proposal.valid_until.isoformat()}
    record(session, actor, "project.reopen", _name(project), proposal.reason, **told)
    _tell_members(session, project, NoticeKind.PROJECT_REOPENED)
    return project


def decline_reopening(session: Session, actor: Actor, project: Project) -> None:
    """Decline what was proposed, or take one's own proposal back: the project stays closed.

    Raises AccessRefusedError (no administrator of the centre) or ConflictError (nothing is proposed).
    """
    check_user_can_administer_project(session, actor.person, project)
    closing = standing_closing(session, project)
    if closing is None:
        raise _not_closed()
    proposal = _proposed(closing)
    _decide(proposal, _person(actor), confirmed=False)
    session.flush()
    record(session, actor, "project.decline_reopening", _name(project), proposal.reason)


def standing_closing(session: Session, project: Project) -> Closing | None:
    """Return the closing of `project` that stands, with its deletion when that has begun; None when it is not closed."""
    return session.scalar(_standing().where(Closing.project_id == project.id))


def members_of(session: Session, project: Project) -> list[Person]:
    """Return everybody who ever had access to `project`."""
    granted = select(Grant.person_id).where(Grant.project_id == project.id)
    return list(session.scalars(select(Person).where(Person.id.in_(granted)).order_by(Person.id)))


def latest_end(closing: Closing) -> dt.datetime:
    """Return until when a project can be opened again: the end that was approved; past that, while its work is kept."""
    approved = closing.project.valid_until
    return approved if approved > now() else closing.delete_after


def _standing() -> Select[Closing]:
    loaded = joinedload(Closing.deletion), joinedload(Closing.project)
    return select(Closing).where(Closing.lifted_at.is_(None)).options(*loaded)


def _keep(session: Session, actor: Actor, closing: Closing) -> Closing:
    project = closing.project
    session.add(closing)
    session.flush()
    ended = end_sandboxes_in(session, project, CLOSED, actor)
    told = {"cause": closing.cause, "delete_after": closing.delete_after.isoformat(), "sandboxes": ended}
    record(session, actor, "project.close", _name(project), closing.reason, **told)
    _tell_members(session, project, NoticeKind.PROJECT_CLOSED)
    return closing


def _lift(session: Session, closing: Closing, moment: dt.datetime) -> None:
    closing.lifted_at = moment
    session.flush()


def _reopenable(session: Session, project: Project) -> Closing:
    closing = standing_closing(session, project)
    if closing is None:
        raise _not_closed()
    if closing.deletion is not None:
        raise ConflictError(
            "deletion_begun",
            Text(
                "Het verwijderen is begonnen; dit project blijft gesloten.",
                "The deletion has begun; this project stays closed.",
            ),
            remedy=Text("Vraag een nieuw project aan.", "Apply for a new project."),
        )
    return closing


def _proposed(closing: Closing) -> ReopeningProposal:
    if closing.open_proposal is None:
        message = Text("Er is niets voorgesteld.", "Nothing is proposed.")
        raise ConflictError("nothing_proposed", message)
    return closing.open_proposal


def _check_seen(proposal: ReopeningProposal, seen: int) -> None:
    if proposal.id != seen:
        raise ConflictError(
            "changed_since",
            Text("Er is intussen iets anders voorgesteld.", "Something else was proposed meanwhile."),
            remedy=Text("Lees het voorstel opnieuw.", "Read the proposal again."),
        )


def _check_end(closing: Closing, valid_until: dt.datetime) -> None:
    if not now() < valid_until <= latest_end(closing):
        raise InvalidError(
            "bad_end",
            Text(
                "Kies een dag in de toekomst, niet later dan het einde dat was goedgekeurd of de dag van verwijderen.",
                "Choose a day to come, not later than the end that was approved or the day of deletion.",
            ),
            field="last_day",
        )


def _decide(proposal: ReopeningProposal, person: Person, *, confirmed: bool) -> None:
    proposal.decided_by_id, proposal.decided_at, proposal.confirmed = person.id, now(), confirmed


def _not_closed() -> ConflictError:
    return ConflictError("not_closed", Text("Dit project is niet gesloten.", "This project is not closed."))


def _tell_members(session: Session, project: Project, kind: NoticeKind) -> None:
    told: Iterable[Person] = [*members_of(session, project), *administrators_of(session, project.centre)]
    for person in dict.fromkeys(told):
        tell(session, person, kind)


def _kept_for(settings: Settings) -> dt.timedelta:
    return dt.timedelta(days=settings.retention_days)


def _person(actor: Actor) -> Person:
    # Every caller has passed a door first, and no door opens for nobody.
    return cast(Person, actor.person)


def _name(project: Project) -> str:
    return f"project:{project.slug}"

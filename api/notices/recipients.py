"""Who is told of a step of a request: its author, its checkers, and whoever took away what is revoked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.notices.models import NoticeKind
from api.people.models import Appointment, Centre, Person, Role
from api.people.roles import has_role
from api.requests.models import OutputRequest, RequestState
from api.review.permissions import user_can_review

_TO_AUTHOR: Final[dict[RequestState, NoticeKind]] = {
    RequestState.RETURNED: NoticeKind.RETURNED,
    RequestState.APPROVED: NoticeKind.APPROVED,
    RequestState.RELEASED: NoticeKind.RELEASED,
    RequestState.REJECTED: NoticeKind.REJECTED,
}
"""A single decision is no step here: the author stays blind until all are in."""


def recipients_of_step(
    session: Session, request: OutputRequest, before: RequestState
) -> Iterator[tuple[Person, NoticeKind]]:
    """Return who is told what of the step that brought `request` from `before` to its present state."""
    if kind := _TO_AUTHOR.get(request.state):
        yield request.author, kind
    if request.state is RequestState.UNDER_REVIEW:
        if before is RequestState.JUDGING:
            yield request.author, NoticeKind.JUDGED
        yield from ((checker, NoticeKind.NEEDS_REVIEW) for checker in _checkers(session, request))
    if request.state is RequestState.REVOKED:
        yield from ((person, NoticeKind.REVOKED) for person in _holders(session, request))


def administrators_of(session: Session, centre: Centre) -> list[Person]:
    """Return who administers `centre` now."""
    return in_office(session, Role.ADMINISTRATOR, centre)


def in_office(session: Session, role: Role, centre: Centre) -> list[Person]:
    """Return who holds `role` at `centre` now, there or everywhere."""
    return [person for person in _appointed(session, role, centre.id) if has_role(person, role, centre.id)]


def overseers_of(session: Session, centre: Centre) -> list[Person]:
    """Return who keeps an eye on `centre` now: its administrators, stewards, and the auditors."""
    appointed = {
        person.id: person
        for role in (Role.ADMINISTRATOR, Role.STEWARD, Role.AUDITOR)
        for person in in_office(session, role, centre)
    }
    return [appointed[number] for number in sorted(appointed)]


def _checkers(session: Session, request: OutputRequest) -> list[Person]:
    people = _appointed(session, Role.CHECKER, request.project.centre_id)
    return [person for person in people if user_can_review(session, person, request)]


def _appointed(session: Session, role: Role, centre_id: int) -> list[Person]:
    """Who was ever appointed in a role at a centre, or everywhere: whether they still are is for the caller."""
    where = or_(Appointment.centre_id == centre_id, Appointment.centre_id.is_(None))
    appointed = select(Appointment.person_id).where(Appointment.role == role, where)
    return list(session.scalars(select(Person).where(Person.id.in_(appointed)).order_by(Person.id)))


def _holders(session: Session, request: OutputRequest) -> list[Person]:
    """Return the author and everybody who downloaded a file: the audit remembers who."""
    took = select(AuditRecord.actor).where(
        AuditRecord.subject == f"request:{request.number}", AuditRecord.action == "release.download"
    )
    holders = or_(Person.id == request.author_id, Person.subject.in_(took))
    return list(session.scalars(select(Person).where(holders).order_by(Person.id)))

"""Writing notices in the transaction of what happened, and reading them: only ever one's own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from api.applications.models import Application
from api.db import now
from api.notices.models import Notice, NoticeKind
from api.notices.recipients import recipients_of_step
from api.paging import PAGE_SIZE, Part
from api.people.models import Person
from api.requests.models import OutputRequest, RequestState


@dataclass(frozen=True)
class Inbox(Part[Notice]):
    """One page of somebody's notices, newest first; how many there are, and how many of them are unread."""

    unread: int

    @property
    def newest_id(self) -> int:
        """The newest notice on this page: what comes later stays unread when all of this was read."""
        return max((notice.id for notice in self.items), default=0)


def tell(
    session: Session,
    person: Person,
    kind: NoticeKind,
    request: OutputRequest | None = None,
    *,
    application: Application | None = None,
) -> None:
    """Tell one person of one thing, with this transaction or not at all; who was emptied has no address any more."""
    if person.emptied_at is None:
        session.add(Notice(person=person, kind=kind, request=request, application=application))


def tell_of_step(session: Session, request: OutputRequest, before: RequestState) -> None:
    """Tell everybody whom the step concerns that brought `request` from `before` to its present state."""
    for person, kind in recipients_of_step(session, request, before):
        tell(session, person, kind, request)


_ABOUT = joinedload(Notice.request), joinedload(Notice.application)


def inbox_of(session: Session, person: Person, offset: int = 0, limit: int = PAGE_SIZE) -> Inbox:
    """Return the notices of `person`, newest first."""
    mine = Notice.person_id == person.id
    total = session.scalar(select(func.count()).select_from(Notice).where(mine)) or 0
    statement = select(Notice).where(mine).options(*_ABOUT).order_by(Notice.id.desc())
    notices = session.scalars(statement.offset(offset).limit(limit)).all()
    return Inbox(notices, total, offset, unread_of(session, person))


def unread_of(session: Session, person: Person) -> int:
    """Return how many notices `person` has not read."""
    unread = select(func.count()).select_from(Notice)
    return session.scalar(unread.where(Notice.person_id == person.id, Notice.read_at.is_(None))) or 0


def mark_read(session: Session, person: Person, until: int) -> None:
    """Mark the notices of `person` as read, up to the one with id `until`: later ones nobody has seen yet."""
    mine = Notice.person_id == person.id, Notice.read_at.is_(None), Notice.id <= until
    session.execute(
        update(Notice).where(*mine).values(read_at=now()).execution_options(synchronize_session=False)
    )

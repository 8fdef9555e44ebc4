"""Reading requests: always through the eyes of one person."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, false, func, select
from sqlalchemy.orm import Session, selectinload

from api.access.models import Project, Sandbox
from api.errors import NotFoundError
from api.paging import PAGE_SIZE, Part
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from api.requests.models import OutputRequest
from api.requests.permissions import visible_to
from api.requests.states import IN_REVIEW
from api.review.models import Review
from api.review.permissions import user_can_review_in
from output_checker.text import Text


def requests_of(
    session: Session, person: Person, offset: int = 0, limit: int = PAGE_SIZE
) -> Part[OutputRequest]:
    """Return the requests that `person` may see, newest first."""
    return _page(session, visible_to(session, person), offset, limit)


def requests_in(
    session: Session, sandbox: Sandbox, offset: int = 0, limit: int = PAGE_SIZE
) -> Part[OutputRequest]:
    """Return the requests made by the person of a sandbox in its project, newest first."""
    return _page(session, _of_sandbox(sandbox), offset, limit)


def find_request(session: Session, person: Person, number: str) -> OutputRequest:
    """Return the request called `number`.

    Raises NotFoundError when there is none, or when it is not for `person`: the two cannot be told apart.
    """
    return _found(session, and_(OutputRequest.number == number, visible_to(session, person)))


def find_request_in(session: Session, sandbox: Sandbox, number: str) -> OutputRequest:
    """Return the request called `number` made by the person of a sandbox in its project.

    Raises NotFoundError for any other number, also one of another project.
    """
    return _found(session, and_(OutputRequest.number == number, _of_sandbox(sandbox)))


def queue_of(
    session: Session, person: Person, offset: int = 0, limit: int = PAGE_SIZE
) -> Part[OutputRequest]:
    """Return the requests that wait for a decision of `person`, oldest first."""
    which = waits_for(session, person)
    total = count(session, which)
    statement = select(OutputRequest).where(which).order_by(OutputRequest.id)
    return Part(session.scalars(_cut(statement, offset, limit)).all(), total, offset)


def waits_for(session: Session, person: Person) -> ColumnElement[bool]:
    """Return the condition on OutputRequest for what waits for a decision of `person`.

    Who may review one request of a project may review all of them, but their own: so projects are asked about.
    """
    if not has_role_somewhere(person, Role.CHECKER):
        return false()
    decided = select(Review.id).where(
        Review.request_id == OutputRequest.id,
        Review.round == OutputRequest.round,
        Review.checker_id == person.id,
    )
    busy = select(OutputRequest.project_id).where(OutputRequest.state.in_(IN_REVIEW))
    projects = session.scalars(select(Project).where(Project.id.in_(busy)))
    own = [project.id for project in projects if user_can_review_in(session, person, project)]
    return and_(
        OutputRequest.state.in_(IN_REVIEW),
        OutputRequest.project_id.in_(own),
        OutputRequest.author_id != person.id,
        visible_to(session, person),
        ~decided.exists(),
    )


def count(session: Session, which: ColumnElement[bool]) -> int:
    """Return how many requests there are of which this holds."""
    return session.scalar(select(func.count()).select_from(OutputRequest).where(which)) or 0


def _of_sandbox(sandbox: Sandbox) -> ColumnElement[bool]:
    grant = sandbox.grant
    return and_(OutputRequest.project_id == grant.project_id, OutputRequest.author_id == grant.person_id)


def _page(session: Session, which: ColumnElement[bool], offset: int, limit: int) -> Part[OutputRequest]:
    statement = select(OutputRequest).where(which).order_by(OutputRequest.id.desc())
    return Part(session.scalars(_cut(statement, offset, limit)).all(), count(session, which), offset)


def _cut(statement: Select[OutputRequest], offset: int, limit: int) -> Select[OutputRequest]:
    """One page of a list, with what every list shows."""
    shown = selectinload(OutputRequest.project), selectinload(OutputRequest.author)
    return statement.options(*shown).offset(offset).limit(limit)


def _found(session: Session, which: ColumnElement[bool]) -> OutputRequest:
    request = session.scalar(select(OutputRequest).where(which))
    if request is None:
        raise NotFoundError(
            "no_request",
            Text("Deze aanvraag is er niet, of niet voor u.", "There is no such request, or not for you."),
            remedy=Text("Controleer het nummer.", "Check the number."),
        )
    return request

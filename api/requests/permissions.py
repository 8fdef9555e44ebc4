"""Who may submit, and who may see that a request exists and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from api.access.decision import Door, check_access, decide
from api.access.models import Grant, Project
from api.access.permissions import user_can_audit
from api.access.scope import is_for
from api.catalogue.views import views_of
from api.people.models import Person, Role
from api.people.roles import centres_of
from api.requests.models import OutputRequest, RequestState

_RELEASED = (RequestState.RELEASED, RequestState.REVOKED)


def check_user_can_submit(
    session: Session, person: Person, project: Project, datasets: Collection[str] = ()
) -> Grant:
    """Return the grant under which `person` may submit in `project` now, about these datasets.

    Names that the project does not know are for whoever reads the question. Raises AccessRefusedError (every unmet
    condition).
    """
    known = views_of(project).keys() & set(datasets)
    # Nobody passes that door without a grant.
    return cast(Grant, check_access(session, Door.SUBMIT, person, project, datasets=known).grant)


def check_user_can_read_results(session: Session, request: OutputRequest) -> None:
    """Raise AccessRefusedError unless the access of its author is for all that a request asks about, also after it was narrowed.

    In a sandbox they read every number of the verdict, which may be computed long after the question was submitted.
    """
    grant = check_user_can_submit(session, request.author, request.project)
    asked = {output.dataset_version.dataset.name for output in request.outputs if not output.is_file}
    beyond = {name for name in asked if not is_for(grant, name)}
    check_access(session, Door.SUBMIT, request.author, request.project, datasets=beyond)


def visible_to(session: Session, person: Person) -> ColumnElement[bool]:
    """Return the condition on OutputRequest for what `person` may see now.

    Their own requests, those of projects they may work in, those of the centres where they check, what was released
    at centres that they administer, and all for an auditor; a suspended person sees nothing through a role or project.
    A draft is for its author only.
    """
    return or_(
        OutputRequest.author_id == person.id,
        and_(OutputRequest.state != RequestState.DRAFT, _not_own(session, person)),
    )


def _not_own(session: Session, person: Person) -> ColumnElement[bool]:
    if user_can_audit(person):
        return true()
    checking = _of_centres(centres_of(person, Role.CHECKER))
    projects = OutputRequest.project_id.in_(_projects_of(session, person))
    administered = _of_centres(centres_of(person, Role.ADMINISTRATOR))
    released = and_(OutputRequest.state.in_(_RELEASED), administered)
    return or_(projects, checking, released)


def user_can_read(session: Session, person: Person, request: OutputRequest) -> bool:
    """Tell whether `person` may see `request` now (not: its figures)."""
    statement = select(OutputRequest.id).where(OutputRequest.id == request.id, visible_to(session, person))
    return session.scalar(statement) is not None


def _projects_of(session: Session, person: Person) -> list[int]:
    granted = select(Grant.project_id).where(Grant.person_id == person.id)
    projects = session.scalars(select(Project).where(Project.id.in_(granted)))
    return [project.id for project in projects if decide(session, Door.OPEN_PROJECT, person, project).allowed]


def _of_centres(centres: set[int] | None) -> ColumnElement[bool]:
    """All requests where the role is held everywhere (None)."""
    if centres is None:
        return true()
    return OutputRequest.project_id.in_(select(Project.id).where(Project.centre_id.in_(centres)))

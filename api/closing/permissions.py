"""Who may close a project, open it again, and read what became of its work: decided at the doors of the project."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.access.decision import Door, check_access, decide
from api.access.models import Project
from api.access.permissions import user_can_audit
from api.access.queries import project_by_slug, projects_at
from api.errors import NotAllowedError, NotFoundError
from api.people.models import Person, Role
from api.people.permissions import ASK_ADMINISTRATOR
from api.people.roles import centres_of, has_role_somewhere
from output_checker.text import Text

_READING = (Door.ADMINISTER, Door.AUDIT)


def user_can_administer_project(session: Session, person: Person | None, project: Project) -> bool:
    """Tell whether `person` may close `project`, and propose or confirm that it opens again."""
    return decide(session, Door.ADMINISTER, person, project).allowed


def check_user_can_administer_project(session: Session, person: Person | None, project: Project) -> None:
    """Raise AccessRefusedError, with every reason, unless `person` may close `project` and open it again."""
    check_access(session, Door.ADMINISTER, person, project)


def user_can_read_closing(session: Session, person: Person, project: Project) -> bool:
    """Tell whether `person` may read how `project` ended: its administrators, and auditors."""
    return any(decide(session, door, person, project).allowed for door in _READING)


def find_project(session: Session, person: Person, slug: str) -> Project:
    """Return the project called `slug` to somebody who may read how it stands.

    Raises NotFoundError for any other, whether or not it exists.
    """
    project = project_by_slug(session, slug)
    if project is None or not user_can_read_closing(session, person, project):
        raise NotFoundError(
            "no_project", Text("Dit project is er niet, of niet voor u.", "There is no such project for you.")
        )
    return project


def projects_for(session: Session, person: Person) -> Sequence[Project]:
    """Return the projects of which `person` may read how they stand, newest first.

    Raises NotAllowedError when `person` neither administers a centre nor audits.
    """
    if user_can_audit(person):
        return projects_at(session, None)
    if not has_role_somewhere(person, Role.ADMINISTRATOR):
        raise NotAllowedError(
            "not_administrator",
            Text(
                "Alleen beheerders en auditors zien deze pagina.",
                "Only administrators and auditors see this page.",
            ),
            remedy=ASK_ADMINISTRATOR,
        )
    return projects_at(session, centres_of(person, Role.ADMINISTRATOR))

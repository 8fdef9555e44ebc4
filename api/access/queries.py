"""Looking up projects and grants, for pages and routes; nothing here decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from api.access.models import Grant, Project, Withdrawal
from api.db import LARGEST_INTEGER
from api.errors import NotFoundError
from api.people.models import Centre, Person
from output_checker.text import Text


def project_by_slug(session: Session, slug: str) -> Project | None:
    """Return the project called `slug` in addresses, or None."""
    return session.scalar(select(Project).where(Project.slug == slug))


def projects_of(session: Session, person: Person) -> Sequence[Project]:
    """Return the projects in which `person` has or had a grant, newest first."""
    member = select(Grant.project_id).where(Grant.person_id == person.id)
    return session.scalars(
        select(Project)
        .where(Project.id.in_(member))
        .options(joinedload(Project.centre))
        .order_by(Project.number.desc())
    ).all()


def projects_at(session: Session, centre_ids: Collection[int] | None) -> Sequence[Project]:
    """Return the projects of these centres (None: of all), newest first."""
    query = select(Project).options(joinedload(Project.centre)).order_by(Project.number.desc())
    if centre_ids is not None:
        query = query.where(Project.centre_id.in_(centre_ids))
    return session.scalars(query).all()


def project_at(session: Session, centre: Centre, slug: str) -> Project:
    """Return the project of `centre` called `slug`; raises NotFoundError when there is none."""
    for project in projects_at(session, {centre.id}):
        if project.slug == slug:
            return project
    raise NotFoundError(
        "no_project",
        Text("Dit project is er niet, of niet bij dit centrum.", "There is no such project at this centre."),
    )


def grants_of(
    session: Session,
    *,
    person: Person | None = None,
    project: Project | None = None,
    centre_ids: Collection[int] | None = None,
) -> Sequence[Grant]:
    """Return the newest version of each grant, newest first, with person, project, granter and withdrawal loaded.

    `centre_ids` narrows to projects of these centres (None: of all).
    """
    other = aliased(Grant)
    newest = (
        select(func.max(other.version))
        .where(other.person_id == Grant.person_id, other.project_id == Grant.project_id)
        .scalar_subquery()
    )
    query = select(Grant).where(Grant.version == newest)
    if person is not None:
        query = query.where(Grant.person_id == person.id)
    if project is not None:
        query = query.where(Grant.project_id == project.id)
    if centre_ids is not None:
        query = query.join(Grant.project).where(Project.centre_id.in_(centre_ids))
    return session.scalars(query.options(*_loaded()).order_by(Grant.id.desc())).all()


def grant_history(session: Session, grant: Grant) -> Sequence[Grant]:
    """Return every version of this person's grant in this project, newest first."""
    query = select(Grant).where(Grant.person_id == grant.person_id, Grant.project_id == grant.project_id)
    return session.scalars(query.options(*_loaded()).order_by(Grant.version.desc())).all()


def grant_by_id(session: Session, grant_id: int) -> Grant:
    """Return one grant.

    Raises NotFoundError.
    """
    query = select(Grant).where(Grant.id == grant_id).options(*_loaded())
    grant = session.scalar(query) if 0 < grant_id <= LARGEST_INTEGER else None
    if grant is None:
        raise no_such_grant()
    return grant


def no_such_grant() -> NotFoundError:
    """Return the one answer about a grant that is not there, or not for this person."""
    return NotFoundError(
        "no_such_grant",
        Text(nl="Deze toegang is er niet, of niet voor u.", en="This access is not there, or not for you."),
    )


def _loaded() -> list[ORMOption]:
    return [
        joinedload(Grant.person).joinedload(Person.institution),
        joinedload(Grant.project).joinedload(Project.centre),
        joinedload(Grant.granted_by),
        joinedload(Grant.withdrawal).joinedload(Withdrawal.withdrawn_by),
    ]

"""What the public may see: releases of open projects of open centres. Nobody is asked who they are."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from api.access.models import Project
from api.errors import NotFoundError
from api.paging import Part
from api.people.models import Centre
from api.publication.models import PublicationChoice
from api.release.models import Release, ReleasedFile
from api.requests.models import OutputRequest, RequestState
from output_checker.text import Text

PAGE_SIZE = 25


def newest_choice(session: Session, centre: Centre, project: Project | None) -> PublicationChoice | None:
    """Return the choice in force for `project` of `centre`, or (None) for the centre itself; None when never made."""
    about = and_(
        PublicationChoice.centre_id == centre.id,
        PublicationChoice.project_id == project.id if project else PublicationChoice.project_id.is_(None),
    )
    return session.scalar(
        select(PublicationChoice).where(about).order_by(PublicationChoice.id.desc()).limit(1)
    )


def has_public_page(session: Session) -> bool:
    """Tell whether any project is open to the public, so that there is a page to lead to."""
    return session.scalar(select(Project.id).where(_is_open()).limit(1)) is not None


def public_releases(session: Session, offset: int = 0, limit: int = PAGE_SIZE) -> Part[Release]:
    """Return the public releases that stand, newest first; those that were revoked are not listed."""
    standing = OutputRequest.state == RequestState.RELEASED
    total = session.scalar(_count().where(standing)) or 0
    wanted = _public().where(standing).order_by(Release.released_at.desc(), Release.id.desc())
    releases = session.scalars(wanted.offset(offset).limit(limit)).all()
    return Part(releases, total, offset)


def find_public(session: Session, number: str) -> Release:
    """Return the release of request `number`, standing or revoked.

    Raises NotFoundError when there is none or when it is not public: the two cannot be told apart.
    """
    release = session.scalar(_public().where(OutputRequest.number == number))
    if release is None:
        raise NotFoundError(
            "not_public",
            Text(
                "Dit resultaat is er niet, of is niet openbaar.",
                "There is no such result, or it is not public.",
            ),
            remedy=Text("Controleer het nummer.", "Check the number."),
        )
    return release


def public_file(session: Session, number: str, name: str) -> ReleasedFile:
    """Return the file called `name` of a public release that stands.

    Raises NotFoundError for any other, also one of a revoked release.
    """
    release = find_public(session, number)
    found = [file for file in release.files if file.name == name and release.revocation is None]
    if not found:
        raise NotFoundError("no_file", Text("Dit bestand is er niet.", "There is no such file."))
    return found[0]


def _public() -> Select[Release]:
    releases = select(Release).join(Release.request).join(OutputRequest.project).where(_is_open())
    return releases.options(joinedload(Release.request).joinedload(OutputRequest.project))


def _count() -> Select[int]:
    releases = select(func.count()).select_from(Release).join(Release.request)
    return releases.join(OutputRequest.project).where(_is_open())


def _is_open() -> ColumnElement[bool]:
    """The newest choice about the project and the newest about its centre both say open; no choice says closed."""
    newest = select(func.max(PublicationChoice.id)).group_by(
        PublicationChoice.centre_id, PublicationChoice.project_id
    )
    opened = and_(PublicationChoice.id.in_(newest), PublicationChoice.opened)
    projects = select(PublicationChoice.project_id).where(opened, PublicationChoice.project_id.is_not(None))
    centres = select(PublicationChoice.centre_id).where(opened, PublicationChoice.project_id.is_(None))
    return and_(Project.id.in_(projects), Project.centre_id.in_(centres))

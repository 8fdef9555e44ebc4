"""The page on which an administrator opens or closes the public page of their centres and projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.access.queries import project_by_slug, projects_at
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, InvalidError, NotAllowedError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Centre, Role
from api.people.permissions import ASK_ADMINISTRATOR
from api.people.roles import centres_of, has_role_somewhere
from api.publication.models import PublicationChoice
from api.publication.queries import newest_choice
from api.publication.service import LONGEST_REASON, choose
from api.web.rendering import page
from api.web.sent import SentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@dataclass(frozen=True)
class ShownChoice:
    """A project, or (None) the whole centre, with the newest choice about it (None: never chosen, so closed)."""

    project: Project | None
    choice: PublicationChoice | None


@dataclass(frozen=True)
class ShownCentre:
    """A centre with what was chosen for it and for each of its projects."""

    centre: Centre
    choices: Sequence[ShownChoice]


@router.get("/admin/publication")
def publication_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what is open to the public at the reader's centres, and the forms to change it."""
    with database.reading() as session:
        return _page(request, session, login)


@router.post("/admin/publication/{slug}")
def choose_for(
    sent: SentDep,
    slug: str,
    opened: Annotated[bool, Form()],
    project: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Open or close the public page for a project, or (none named) for a centre; a refusal is shown on the page."""
    given = {"centre": slug, "project": project, "reason": reason}

    def change(session: Session, login: Login) -> str:
        actor, centre = login.actor(Role.ADMINISTRATOR.value), _centre(session, slug)
        choose(session, actor, centre, _project(session, centre, project), opened=opened, reason=reason)
        return f"/admin/publication#{slug}"

    return sent.carry_out(
        change, lambda session, problem: _page(sent.request, session, sent.login, problem, given)
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    problem: EnclaveError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    if not has_role_somewhere(person, Role.ADMINISTRATOR):
        raise _not_allowed()
    ids = centres_of(person, Role.ADMINISTRATOR)
    wanted = select(Centre).order_by(Centre.name)
    centres = session.scalars(wanted if ids is None else wanted.where(Centre.id.in_(ids))).all()
    projects = projects_at(session, ids)
    return page(
        request,
        "publication.html",
        status=problem.status if problem else 200,
        centres=[_shown(session, centre, projects) for centre in centres],
        problem=problem,
        given={"centre": "", "project": "", "reason": ""} | (given or {}),
        longest=LONGEST_REASON,
    )


def _shown(session: Session, centre: Centre, projects: Sequence[Project]) -> ShownCentre:
    about = [None, *(project for project in projects if project.centre_id == centre.id)]
    return ShownCentre(centre, [ShownChoice(one, newest_choice(session, centre, one)) for one in about])


def _centre(session: Session, slug: str) -> Centre:
    centre = session.scalar(select(Centre).where(Centre.slug == slug))
    if centre is None:
        raise _not_allowed()
    return centre


def _project(session: Session, centre: Centre, slug: str) -> Project | None:
    if not slug:
        return None
    project = project_by_slug(session, slug)
    if project is None or project.centre_id != centre.id:
        raise InvalidError(
            "no_project",
            Text("Dit centrum heeft dat project niet.", "This centre does not have that project."),
            field="project",
        )
    return project


def _not_allowed() -> NotAllowedError:
    return NotAllowedError(
        "not_administrator",
        Text(
            "Alleen een beheerder van het centrum mag dit.",
            "Only an administrator of the centre may do this.",
        ),
        remedy=ASK_ADMINISTRATOR,
    )

"""Pages about the end of projects: which run, close them, open them again by two, and read what was deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.service import Actor
from api.closing import service
from api.closing.models import Closing
from api.closing.permissions import find_project, projects_for, user_can_administer_project
from api.closing.shown import ending_of, undecided_in, what_of
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import EnclaveError
from api.identity.dependencies import Login, LoginDep
from api.people.four_eyes import is_other
from api.people.models import Person, Role
from api.people.validation import ZONE, through
from api.web.forms import refusal
from api.web.rendering import page
from api.web.sent import Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer

router = APIRouter(prefix="/admin/projects", dependencies=[RememberViewer], include_in_schema=False)
Words = Annotated[str, Form()]
Seen = Annotated[int, Form(ge=0, le=LARGEST_INTEGER)]
Slug = Annotated[str, Path(alias="project")]
Change = Callable[[Session, Actor, Project], None]


@router.get("")
def projects_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the projects of the reader's centres (auditors: all), each with how it stands."""
    with database.reading() as session:
        projects = projects_for(session, login.within(session).person)
        endings = [ending_of(session, project) for project in projects]
        return page(request, "closing/projects.html", endings=endings)


@router.get("/{project}")
def project_page(request: Request, slug: Slug, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show one project: how it stands, and the forms to close it or open it again."""
    with database.reading() as session:
        return _page(request, session, login, slug)


@router.post("/{project}/close")
def close(slug: Slug, sent: StrongSentDep, settings: SettingsDep, reason: Words = "") -> Response:
    """Close a project now."""

    def change(session: Session, actor: Actor, project: Project) -> None:
        service.close_project(session, actor, settings, project, reason)

    return _changed(sent, slug, change, {"reason": reason})


@router.post("/{project}/reopen")
def propose(slug: Slug, sent: StrongSentDep, reason: Words = "", last_day: Words = "") -> Response:
    """Propose that a closed project opens again."""

    def change(session: Session, actor: Actor, project: Project) -> None:
        until = through(last_day, "last_day")
        service.propose_reopening(session, actor, project, reason, until)

    return _changed(sent, slug, change, {"reason": reason, "last_day": last_day})


@router.post("/{project}/reopen/confirm")
def confirm(slug: Slug, sent: StrongSentDep, proposal: Seen = 0) -> Response:
    """Open a project again, as another administrator proposed; `proposal` is the one that was read."""

    def change(session: Session, actor: Actor, project: Project) -> None:
        service.confirm_reopening(session, actor, project, proposal)

    return _changed(sent, slug, change)


@router.post("/{project}/reopen/decline")
def decline(slug: Slug, sent: SentDep) -> Response:
    """Decline that a project opens again, or take one's own proposal back."""
    return _changed(sent, slug, service.decline_reopening)


def _changed(sent: Sent, slug: str, change: Change, given: dict[str, str] | None = None) -> Response:
    """Make a change in one transaction; what can be mended is shown again with what was typed."""

    def changing(session: Session, login: Login) -> str:
        change(session, login.actor(Role.ADMINISTRATOR.value), find_project(session, login.person, slug))
        return f"/admin/projects/{slug}"

    return sent.carry_out(
        changing,
        lambda session, problem: _page(sent.request, session, sent.login, slug, problem, given),
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    slug: str,
    problem: EnclaveError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    project = find_project(session, person, slug)
    ending = ending_of(session, project)
    return page(
        request,
        "closing/project.html",
        **refusal(problem),
        ending=ending,
        project=project,
        administers=user_can_administer_project(session, person, project),
        undecided=undecided_in(session, project),
        members=service.members_of(session, project),
        given={"reason": "", "last_day": ""} | (given or {}),
        **_end(ending.closing, person),
    )


def _end(closing: Closing | None, person: Person) -> dict[str, Any]:
    """What the page shows of a closing: the proposal, the latest end it may get, and what was deleted."""
    if closing is None:
        return {"proposal": None, "removed": []}
    proposal, deletion = closing.open_proposal, closing.deletion
    statement = json.loads(deletion.statement) if deletion and deletion.statement else {"removed": []}
    return {
        "proposal": proposal,
        "may_confirm": proposal is not None and is_other(proposal.proposed_by, person),
        "latest": service.latest_end(closing).astimezone(ZONE),
        "removed": [(what_of(part), part) for part in statement["removed"]],
    }

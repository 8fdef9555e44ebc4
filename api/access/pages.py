"""Pages about access: a researcher's projects with their conditions, and the administrator's grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import AccessDecision, Door, current_grant, decide
from api.access.models import DatasetView, Grant, Project, Sandbox
from api.access.offices import Office, check_office
from api.access.permissions import administered_grant
from api.access.proposals import open_proposals
from api.access.queries import grant_history, grants_of, projects_of
from api.access.sandboxes import running_sandboxes
from api.access.scope import datasets_under, views_under
from api.access.service import narrow_access, withdraw_access
from api.dependencies import DatabaseDep
from api.errors import EnclaveError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Person, Role
from api.people.roles import centres_of
from api.review.requirements import Asked, asked_where_known
from api.web.forms import refusal
from api.web.labels import GRANT_OPEN, GRANT_WITHDRAWN, Label, unmet_label
from api.web.rendering import page
from api.web.sent import SentDep
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@dataclass(frozen=True)
class ShownProject:
    """A project, whether its door opens for the reader now, and what they see there of the data."""

    project: Project
    decision: AccessDecision
    asked: Asked | None
    views: Sequence[DatasetView]


@dataclass(frozen=True)
class ShownGrant:
    """A grant, how it stands now, and whether a workplace runs under it."""

    grant: Grant
    label: Label
    running: bool


@router.get("/projects")
def projects_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the reader's projects, each with every condition, met or not."""
    with database.reading() as session:
        person = login.within(session).person
        projects = [_of_reader(session, person, project) for project in projects_of(session, person)]
        return page(request, "projects.html", projects=projects)


def _of_reader(session: Session, person: Person, project: Project) -> ShownProject:
    decision = decide(session, Door.OPEN_PROJECT, person, project)
    views = views_under(decision.grant) if decision.grant else ()
    return ShownProject(project, decision, asked_where_known(session, project), views)


@router.get("/admin/grants")
def grants_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show all access at the reader's centres, each with how it stands now."""
    with database.reading() as session:
        person = login.within(session).person
        check_office(Office.OVERSEE_ACCESS, person)
        centres = centres_of(person, Role.ADMINISTRATOR)
        grants = [_shown(session, grant) for grant in grants_of(session, centre_ids=centres)]
        waiting = len(open_proposals(session, centre_ids=centres))
        return page(request, "grants.html", grants=grants, waiting=waiting)


@router.get("/admin/grants/{grant_id}")
def grant_page(request: Request, grant_id: int, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show one grant: its conditions tested now, the data in view, its history, and the form to withdraw it."""
    with database.reading() as session:
        return _page(request, session, login, grant_id)


@router.post("/admin/grants/{grant_id}/withdraw")
def withdraw(sent: SentDep, grant_id: int, reason: Annotated[str, Form()] = "") -> Response:
    """Withdraw access and show the grant again; a refused withdrawal is shown with what was typed."""

    def change(session: Session, login: Login) -> str:
        grant = administered_grant(session, login.person, grant_id)
        withdraw_access(session, login.actor(Role.ADMINISTRATOR.value), grant, reason)
        return f"/admin/grants/{grant_id}"

    return sent.carry_out(
        change,
        lambda session, problem: _page(sent.request, session, sent.login, grant_id, problem, reason=reason),
    )


@router.post("/admin/grants/{grant_id}/narrow")
def narrow(
    sent: SentDep,
    grant_id: int,
    datasets: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI reads it as "may be left out"
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Let access go on for fewer datasets and show its new version; what is refused is shown as it was typed."""

    def change(session: Session, login: Login) -> str:
        grant = administered_grant(session, login.person, grant_id)
        narrowed = narrow_access(session, login.actor(Role.ADMINISTRATOR.value), grant, datasets, reason)
        return f"/admin/grants/{narrowed.id}"

    given = {"about": "narrow", "datasets": datasets, "reason": reason}
    return sent.carry_out(
        change,
        lambda session, problem: _page(sent.request, session, sent.login, grant_id, problem, **given),
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    grant_id: int,
    problem: EnclaveError | None = None,
    **given: Any,
) -> HTMLResponse:
    grant = administered_grant(session, login.within(session).person, grant_id)
    decision = decide(session, Door.OPEN_PROJECT, grant.person, grant.project)
    seen = datasets_under(grant)
    context: dict[str, Any] = {
        "grant": grant,
        "decision": decision,
        "label": _label(grant, decision),
        "versions": grant_history(session, grant),
        "running": running_sandboxes(session, grant.person, grant.project),
        "stopped": _stopped(session, grant),
        "datasets": seen,
        "is_newest": current_grant(session, grant.person, grant.project) is grant,
        "given": {"about": "withdraw", "datasets": seen, "reason": ""} | given,
    }
    return page(request, "grant.html", **context, **refusal(problem))


def _shown(session: Session, grant: Grant) -> ShownGrant:
    decision = decide(session, Door.OPEN_PROJECT, grant.person, grant.project)
    running = running_sandboxes(session, grant.person, grant.project)
    return ShownGrant(grant, _label(grant, decision), bool(running))


def _label(grant: Grant, decision: AccessDecision) -> Label:
    if grant.withdrawal:
        return GRANT_WITHDRAWN
    # What can only be tested while the person is there does not stand in the way of a grant.
    return unmet_label(decision.in_the_way) if decision.in_the_way else GRANT_OPEN


def _stopped(session: Session, grant: Grant) -> list[Sandbox]:
    """Return the workplaces that ended with the withdrawal, under whichever version they were started."""
    if grant.withdrawal is None:
        return []
    members = Grant.person_id == grant.person_id, Grant.project_id == grant.project_id
    ended = Sandbox.ended_at >= grant.withdrawal.withdrawn_at
    return list(session.scalars(select(Sandbox).join(Sandbox.grant).where(*members, ended)))

"""Pages for giving access: proposing and confirming by two people, and emergencies with their review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.conditions import GRANTABLE, read_stored
from api.access.emergency import (
    emergencies_for,
    give_emergency_access,
    is_overdue,
    review_emergency,
    user_can_review_emergency,
)
from api.access.grant_form import USUAL, GrantForm, GrantFormDep
from api.access.models import Project
from api.access.occasions import DAYS
from api.access.offices import Office, check_office
from api.access.proposals import (
    confirm_grant,
    decline_grant,
    open_proposals,
    others_who_confirm,
    proposal_by_id,
    propose_grant,
    stale,
)
from api.access.queries import grant_by_id, projects_at
from api.access.service import MEMBER_ROLES
from api.catalogue.views import views_of
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import EnclaveError, InvalidError, NotAllowedError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Person, Role
from api.people.roles import centres_of, has_role_somewhere
from api.web.forms import refusal
from api.web.rendering import page
from api.web.sent import MENDABLE, Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
Words = Annotated[str, Form()]
_ROLE = Role.ADMINISTRATOR.value
_PROPOSALS, _EMERGENCIES = "/admin/proposals", "/admin/emergencies"


@dataclass(frozen=True)
class Refused:
    """Why something was refused, with the form that was typed or the number of what it was about."""

    problem: EnclaveError | None = None
    form: GrantForm | None = None
    about: int = 0


@router.get(_PROPOSALS)
def proposals_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what waits for a second administrator, and the form to propose access."""
    with database.reading() as session:
        return _proposals(request, session, login)


@router.post(_PROPOSALS)
def propose(sent: StrongSentDep, settings: SettingsDep, form: GrantFormDep) -> Response:
    """Propose access; what is refused is shown as it was typed."""

    def change(session: Session, login: Login) -> str:
        propose_grant(session, login.actor(_ROLE), settings, form.terms(session), form.reason)
        return _PROPOSALS

    return _changed(sent, change, _proposals, form=form)


@router.post(_PROPOSALS + "/{number}/confirm")
def confirm(sent: StrongSentDep, number: Number) -> Response:
    """Grant what another administrator proposed."""

    def change(session: Session, login: Login) -> str:
        confirm_grant(session, login.actor(_ROLE), proposal_by_id(session, login.person, number))
        return "/admin/grants"

    return _changed(sent, change, _proposals, about=number)


@router.post(_PROPOSALS + "/{number}/decline")
def decline(sent: SentDep, number: Number, reason: Words = "") -> Response:
    """Decline what was proposed, or take one's own proposal back."""

    def change(session: Session, login: Login) -> str:
        decline_grant(session, login.actor(_ROLE), proposal_by_id(session, login.person, number), reason)
        return _PROPOSALS

    return _changed(sent, change, _proposals, about=number)


@router.get(_EMERGENCIES)
def emergencies_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show emergency access that runs or was not looked at, and the form to give it."""
    with database.reading() as session:
        return _emergencies(request, session, login)


@router.post(_EMERGENCIES)
def give(
    sent: StrongSentDep, settings: SettingsDep, person: Words = "", project: Words = "", reason: Words = ""
) -> Response:
    """Give emergency access; what is refused is shown as it was typed."""
    form = GrantForm(person=person, project=project, reason=reason, first_day=_ANY_DAY, last_day=_ANY_DAY)

    def change(session: Session, login: Login) -> str:
        terms = form.terms(session)
        give_emergency_access(session, login.actor(_ROLE), settings, terms.person, terms.project, reason)
        return _EMERGENCIES

    return _changed(sent, change, _emergencies, form=form)


_ANY_DAY = "2000-01-01"
"""Stands where an emergency has no days of its own: it lasts for the hours of the installation."""


@router.post(_EMERGENCIES + "/{number}/review")
def review(sent: StrongSentDep, number: Number, justified: Words = "", comment: Words = "") -> Response:
    """Say what was found of emergency access afterwards."""

    def change(session: Session, login: Login) -> str:
        if justified not in ("yes", "no"):
            message = Text("Kies of het terecht was.", "Choose whether it was justified.")
            raise InvalidError("bad_justified", message, field="justified")
        grant = grant_by_id(session, number)
        actor = login.actor(_overseeing_as(login.person))
        review_emergency(session, actor, grant, justified=justified == "yes", comment=comment)
        return _EMERGENCIES

    return _changed(sent, change, _emergencies, about=number)


def _overseeing_as(person: Person) -> str:
    roles = (Role.AUDITOR, Role.STEWARD, Role.ADMINISTRATOR)
    return next((role.value for role in roles if has_role_somewhere(person, role)), Role.AUDITOR.value)


def _changed(
    sent: Sent,
    change: Callable[[Session, Login], str],
    shown: Callable[[Request, Session, Login, Refused], Response],
    *,
    form: GrantForm | None = None,
    about: int = 0,
) -> Response:
    """Make a change; what can be mended is `shown` again with what was typed."""
    return sent.carry_out(
        change,
        lambda session, problem: shown(sent.request, session, sent.login, Refused(problem, form, about)),
        told=(*MENDABLE, NotAllowedError),
    )


def _proposals(
    request: Request, session: Session, login: Login, refused: Refused | None = None
) -> HTMLResponse:
    person = login.within(session).person
    check_office(Office.OVERSEE_ACCESS, person)
    centres = centres_of(person, Role.ADMINISTRATOR)
    shown = [
        {
            "proposal": one,
            "may_confirm": person in others_who_confirm(session, one),
            "stale": stale(session, one),
            "conditions": read_stored(one.conditions),
            "datasets": sorted(views_of(one.project)),
        }
        for one in open_proposals(session, centre_ids=centres)
    ]
    projects = projects_at(session, centres)
    return page(
        request,
        "proposals.html",
        **_frame(session, refused or Refused()),
        proposals=shown,
        projects=projects,
        datasets=_datasets_of(projects),
        roles=MEMBER_ROLES,
        usual=[(name, GRANTABLE[name].title) for name in USUAL],
        days=DAYS,
    )


def _datasets_of(projects: Sequence[Project]) -> dict[str, list[Project]]:
    """The datasets that any of these projects see, by name, with the projects that see them."""
    seeing: dict[str, list[Project]] = defaultdict(list)
    for project in projects:
        for name in views_of(project):
            seeing[name].append(project)
    return dict(sorted(seeing.items()))


def _emergencies(
    request: Request, session: Session, login: Login, refused: Refused | None = None
) -> HTMLResponse:
    person = login.within(session).person
    check_office(Office.OVERSEE_EMERGENCIES, person)
    shown = [
        {
            "emergency": one,
            "overdue": is_overdue(one),
            "may_review": one.review is None and user_can_review_emergency(session, person, one.grant),
        }
        for one in emergencies_for(session, person)
    ]
    administers = has_role_somewhere(person, Role.ADMINISTRATOR)
    projects = projects_at(session, centres_of(person, Role.ADMINISTRATOR)) if administers else []
    frame = _frame(session, refused or Refused())
    return page(request, "emergencies.html", **frame, emergencies=shown, projects=projects)


def _frame(session: Session, refused: Refused) -> dict[str, Any]:
    """What both pages need: the refusal, what was typed, and whom to choose from."""
    return {
        **refusal(refused.problem),
        "about": refused.about,
        "given": (refused.form or GrantForm()).document(),
        "people": session.scalars(
            select(Person).where(Person.emptied_at.is_(None)).order_by(Person.name)
        ).all(),
    }

"""Pages for giving access: proposing and confirming by two people, and emergencies with their review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
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
from api.access.occasions import DAYS
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
from api.db import LARGEST_INTEGER, Database
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import ConflictError, EnclaveError, InvalidError, NotAllowedError
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.people.models import Person, Role
from api.people.permissions import ASK_ADMINISTRATOR
from api.people.roles import centres_of, has_role_somewhere
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
Words = Annotated[str, Form()]
_PROPOSALS, _EMERGENCIES = "/admin/proposals", "/admin/emergencies"


@router.get(_PROPOSALS)
def proposals_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what waits for a second administrator, and the form to propose access."""
    with database.reading() as session:
        return _proposals(request, session, login)


@router.post(_PROPOSALS)
def propose(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    _: StrongCsrfDep,
    form: GrantFormDep,
) -> Response:
    """Propose access; what is refused is shown as it was typed."""

    def change(session: Session, login: Login) -> None:
        propose_grant(
            session, login.actor(Role.ADMINISTRATOR.value), settings, form.terms(session), form.reason
        )

    return _changed(database, login, change, _PROPOSALS, lambda s, p: _proposals(request, s, login, p, form))


@router.post(_PROPOSALS + "/{number}/confirm")
def confirm(
    request: Request, number: Number, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> Response:
    """Grant what another administrator proposed."""

    def change(session: Session, login: Login) -> None:
        proposal = proposal_by_id(session, login.person, number)
        confirm_grant(session, login.actor(Role.ADMINISTRATOR.value), proposal)

    return _changed(
        database, login, change, "/admin/grants", lambda s, p: _proposals(request, s, login, p, about=number)
    )


@router.post(_PROPOSALS + "/{number}/decline")
def decline(
    request: Request,
    number: Number,
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    reason: Words = "",
) -> Response:
    """Decline what was proposed, or take one's own proposal back."""

    def change(session: Session, login: Login) -> None:
        proposal = proposal_by_id(session, login.person, number)
        decline_grant(session, login.actor(Role.ADMINISTRATOR.value), proposal, reason)

    return _changed(
        database, login, change, _PROPOSALS, lambda s, p: _proposals(request, s, login, p, about=number)
    )


@router.get(_EMERGENCIES)
def emergencies_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show emergency access that runs or was not looked at, and the form to give it."""
    with database.reading() as session:
        return _emergencies(request, session, login)


@router.post(_EMERGENCIES)
def give(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    _: StrongCsrfDep,
    person: Words = "",
    project: Words = "",
    reason: Words = "",
) -> Response:
    """Give emergency access; what is refused is shown as it was typed."""
    form = GrantForm(person=person, project=project, reason=reason, first_day=_ANY_DAY, last_day=_ANY_DAY)

    def change(session: Session, login: Login) -> None:
        terms, actor = form.terms(session), login.actor(Role.ADMINISTRATOR.value)
        give_emergency_access(session, actor, settings, terms.person, terms.project, reason)

    return _changed(
        database, login, change, _EMERGENCIES, lambda s, p: _emergencies(request, s, login, p, form)
    )


_ANY_DAY = "2000-01-01"
"""Stands where an emergency has no days of its own: it lasts for the hours of the installation."""


@router.post(_EMERGENCIES + "/{number}/review")
def review(
    request: Request,
    number: Number,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    justified: Words = "",
    comment: Words = "",
) -> Response:
    """Say what was found of emergency access afterwards."""

    def change(session: Session, login: Login) -> None:
        if justified not in ("yes", "no"):
            message = Text("Kies of het terecht was.", "Choose whether it was justified.")
            raise InvalidError("bad_justified", message, field="justified")
        grant = grant_by_id(session, number)
        actor = login.actor(_overseeing_as(login.person))
        review_emergency(session, actor, grant, justified=justified == "yes", comment=comment)

    return _changed(
        database,
        login,
        change,
        _EMERGENCIES,
        lambda s, p: _emergencies(request, s, login, p, about=number),
    )


def _overseeing_as(person: Person) -> str:
    roles = (Role.AUDITOR, Role.STEWARD, Role.ADMINISTRATOR)
    return next((role.value for role in roles if has_role_somewhere(person, role)), Role.AUDITOR.value)


def _changed(
    database: Database,
    login: Login,
    change: Callable[[Session, Login], None],
    done: str,
    again: Callable[[Session, EnclaveError], Response],
) -> Response:
    """Make a change in one transaction; what can be mended is shown again with what was typed."""
    try:
        with database.transaction() as session:
            change(session, login.within(session))
    except (ConflictError, InvalidError, NotAllowedError) as problem:
        with database.reading() as session:
            return again(session, problem)
    return RedirectResponse(done, status_code=303)


def _proposals(
    request: Request,
    session: Session,
    login: Login,
    problem: EnclaveError | None = None,
    form: GrantForm | None = None,
    about: int = 0,
) -> HTMLResponse:
    person = login.within(session).person
    _check_administers(person)
    centres = centres_of(person, Role.ADMINISTRATOR)
    shown = [
        {
            "proposal": one,
            "may_confirm": person in others_who_confirm(session, one),
            "stale": stale(session, one),
            "conditions": read_stored(one.conditions),
        }
        for one in open_proposals(session, centre_ids=centres)
    ]
    return page(
        request,
        "proposals.html",
        **_frame(session, problem, form, about),
        proposals=shown,
        projects=projects_at(session, centres),
        roles=MEMBER_ROLES,
        usual=[(name, GRANTABLE[name].title) for name in USUAL],
        days=DAYS,
    )


def _emergencies(
    request: Request,
    session: Session,
    login: Login,
    problem: EnclaveError | None = None,
    form: GrantForm | None = None,
    about: int = 0,
) -> HTMLResponse:
    person = login.within(session).person
    if not any(has_role_somewhere(person, role) for role in (Role.ADMINISTRATOR, Role.STEWARD, Role.AUDITOR)):
        raise _refused()
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
    frame = _frame(session, problem, form, about)
    return page(request, "emergencies.html", **frame, emergencies=shown, projects=projects)


def _frame(
    session: Session, problem: EnclaveError | None, form: GrantForm | None, about: int
) -> dict[str, Any]:
    """What both pages need: the refusal, what was typed, and whom to choose from."""
    return {
        "status": problem.status if problem else 200,
        "problem": problem,
        "about": about,
        "fields": {problem.field: problem.message} if problem and problem.field else {},
        "given": (form or GrantForm()).document(),
        "people": session.scalars(select(Person).order_by(Person.name)).all(),
    }


def _check_administers(person: Person) -> None:
    if not has_role_somewhere(person, Role.ADMINISTRATOR):
        raise _refused()


def _refused() -> NotAllowedError:
    return NotAllowedError(
        "not_administrator",
        Text("Deze pagina is voor wie toezicht houdt.", "This page is for who oversees access."),
        remedy=ASK_ADMINISTRATOR,
    )

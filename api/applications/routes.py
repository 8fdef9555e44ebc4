"""Applications for projects, for programs: ask, read, submit, decide, withdraw, and ask for a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.applications import service
from api.applications.answers import (
    ApplicationAnswer,
    ApplicationList,
    NewApplication,
    NewDecision,
    NewVersion,
    Rewording,
    Seen,
    answer_of,
    summary_of,
)
from api.applications.models import Application
from api.applications.queries import applications_of, find_application
from api.applications.states import APPROVERS, STATE_OWNERS
from api.audit.service import Actor
from api.dependencies import DatabaseDep
from api.errors import InvalidError
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.paging import PAGE_SIZE, Limit, Offset
from api.people.choices import asked_centre
from api.people.models import Centre
from api.people.routes import Because
from output_checker.text import Text

router = APIRouter(prefix="/api/applications", tags=["applications"])
APPLICANT: Final = "applicant"
DECISIONS: Final[dict[str, Callable[[Session, Actor, Application, str, int], None]]] = {
    "approve": service.approve,
    "return": service.return_to_applicant,
    "reject": service.reject,
}


@router.get("")
def read_applications(
    login: LoginDep, database: DatabaseDep, offset: Offset = 0, limit: Limit = PAGE_SIZE
) -> ApplicationList:
    """Return the applications that the reader may see, newest first."""
    with database.reading() as session:
        person = login.within(session).person
        part = applications_of(session, person, offset, limit)
        found = [summary_of(person, one) for one in part.items]
        return ApplicationList(applications=found, total=part.total, next_offset=part.next_offset)


@router.post("", status_code=201)
def begin(new: NewApplication, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> ApplicationAnswer:
    """Begin an application for a project; it is a draft until it is submitted."""
    with database.transaction() as session:
        actor = login.within(session).actor(APPLICANT)
        centre = centre_called(session, new.centre)
        application = service.begin_application(session, actor, centre, new.slug, new.content())
        return _answered(session, login, application)


@router.get("/{number}")
def read_application(number: str, login: LoginDep, database: DatabaseDep) -> ApplicationAnswer:
    """Return one application with all its versions and steps."""
    with database.reading() as session:
        person = login.within(session).person
        return answer_of(session, person, find_application(session, person, number))


@router.post("/{number}/words")
def reword(
    number: str, new: Rewording, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> ApplicationAnswer:
    """Change what the application says, while it is a draft or after it came back."""
    with database.transaction() as session:
        actor, application = _applicant(session, login, number)
        service.reword(session, actor, application, new.content(), new.row_version)
        return _answered(session, login, application)


@router.post("/{number}/submission")
def submit(number: str, seen: Seen, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> ApplicationAnswer:
    """Submit the newest version to the centre."""
    with database.transaction() as session:
        actor, application = _applicant(session, login, number)
        service.submit(session, actor, application, seen.row_version)
        return _answered(session, login, application)


@router.post("/{number}/withdrawal")
def withdraw(
    number: str, because: Because, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> ApplicationAnswer:
    """Withdraw the newest version."""
    with database.transaction() as session:
        actor, application = _applicant(session, login, number)
        service.withdraw(session, actor, application, because.reason)
        return _answered(session, login, application)


@router.post("/{number}/versions", status_code=201)
def begin_change(
    number: str, new: NewVersion, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> ApplicationAnswer:
    """Begin a change or an extension of the project, which takes the same steps."""
    with database.transaction() as session:
        actor, application = _applicant(session, login, number)
        service.begin_change(session, actor, application, new.content(), new.because)
        return _answered(session, login, application)


@router.post("/{number}/decision")
def decide(
    number: str, decided: NewDecision, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> ApplicationAnswer:
    """Approve, return or reject the newest version; the last approval makes or changes the project."""
    with database.transaction() as session:
        person = login.within(session).person
        application = find_application(session, person, number)
        actor = Actor(person, acting_as(application))
        act = DECISIONS[decided.decision]
        act(session, actor, application, decided.reason, decided.row_version)
        return _answered(session, login, application)


def acting_as(application: Application) -> str:
    """Return the role in which somebody decides about `application` now; whether they hold it is asked elsewhere."""
    owner = STATE_OWNERS[application.newest.state]
    return APPROVERS[owner].value if owner in APPROVERS else APPLICANT


def _applicant(session: Session, login: Login, number: str) -> tuple[Actor, Application]:
    person = login.within(session).person
    return Actor(person, APPLICANT), find_application(session, person, number)


def centre_called(session: Session, slug: str) -> Centre:
    """Return the centre that somebody chose; raise InvalidError when there is none."""
    centre = asked_centre(session, slug)
    if centre is None:
        raise InvalidError("bad_centre", Text("Kies een centrum.", "Choose a centre."), field="centre")
    return centre


def _answered(session: Session, login: Login, application: Application) -> ApplicationAnswer:
    return answer_of(session, login.person, application)

"""The page that answers: why can somebody, or can they not, do this?"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door
from api.access.explaining import DOOR_NAMES, Explanation, explain_to, explained_to
from api.access.permissions import user_can_audit
from api.access.words import ZONE
from api.audit.service import Actor, record_view
from api.db import Database, now
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, InvalidError, NotFoundError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from api.people.validation import FIRST_YEAR, LAST_YEAR
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
Asked = Annotated[str, Query(max_length=100)]


@router.get("/access/explain")
def explain_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    person: Asked = "",
    door: Asked = "",
    project: Asked = "",
    at: Asked = "",
    dataset: Asked = "",
) -> HTMLResponse:
    """Answer why somebody can or cannot pass a door; a look at somebody else is in the audit, and changes nothing."""
    given = {
        "person": person or login.person.subject,
        "door": door,
        "project": project,
        "at": at,
        "dataset": dataset.strip(),
    }
    found: Explanation | None = None
    problem: EnclaveError | None = None
    with database.reading() as session:
        reader = login.within(session).person
        if project:
            try:
                asked = given["person"], _door(door), project, _moment(at), given["dataset"]
                found = explain_to(session, reader, *asked)
            except (InvalidError, NotFoundError) as error:
                problem = error
        if found is not None:
            _remember(database, login, found)
        return page(
            request,
            "explain.html",
            status=problem.status if problem else 200,
            found=found,
            problem=problem,
            given=given,
            doors=DOOR_NAMES,
            projects=explained_to(session, reader, about_self=True),
            people=_people(session, reader),
        )


def _people(session: Session, reader: Person) -> list[Person]:
    """Whom the reader can choose from: everybody for who oversees, themselves for the others."""
    if user_can_audit(reader) or has_role_somewhere(reader, Role.ADMINISTRATOR):
        return list(session.scalars(select(Person).order_by(Person.name)))
    return [reader]


def _remember(database: Database, login: Login, found: Explanation) -> None:
    if found.person.id == login.person.id:
        return
    role = Role.AUDITOR if user_can_audit(login.person) else Role.ADMINISTRATOR
    about = {"door": found.decision.door, "project": found.project.slug, "at": found.at.isoformat()}
    about |= {"dataset": found.dataset} if found.dataset else {}
    actor = Actor(login.person, role.value)
    record_view(database, actor, f"person:{found.person.subject}", "why somebody can or cannot", **about)


def _door(name: str) -> Door:
    if name not in set(Door):
        message = Text("Kies wat de persoon wil doen.", "Choose what the person wants to do.")
        raise InvalidError("bad_door", message, field="door")
    return Door(name)


def _moment(said: str) -> dt.datetime:
    """The moment that a form says in Dutch time; now when it says none."""
    if not said:
        return now()
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        moment = None
    # What conditions say of a moment reaches days around it, which have to be in the calendar too.
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidError(
            "bad_at", Text("Kies een dag en een tijd.", "Choose a day and a time."), field="at"
        )
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(dt.UTC)

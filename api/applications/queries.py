"""Reading applications: always through the eyes of one person."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from api.applications.models import Application, ApplicationVersion
from api.applications.permissions import user_can_decide, visible_to
from api.applications.states import APPROVAL
from api.errors import NotFoundError
from api.paging import PAGE_SIZE, Part
from api.people.models import Person
from output_checker.text import Text


def applications_of(
    session: Session, person: Person, offset: int = 0, limit: int = PAGE_SIZE
) -> Part[Application]:
    """Return the applications that `person` may see, newest first."""
    which = visible_to(person)
    total = session.scalar(select(func.count()).select_from(Application).where(which)) or 0
    loaded = (
        joinedload(Application.centre),
        joinedload(Application.applicant),
        joinedload(Application.project),
        selectinload(Application.versions).selectinload(ApplicationVersion.steps),
    )
    found = select(Application).where(which).options(*loaded).order_by(Application.id.desc())
    return Part(session.scalars(found.offset(offset).limit(limit)).all(), total, offset)


def waiting_for(session: Session, person: Person) -> int:
    """Return how many applications `person` may decide about now."""
    under_way = Application.versions.any(ApplicationVersion.state.in_(APPROVAL))
    found = session.scalars(select(Application).where(visible_to(person), under_way))
    return sum(user_can_decide(session, person, one.newest) for one in found)


def find_application(session: Session, person: Person, number: str) -> Application:
    """Return the application called `number`.

    Raises NotFoundError when there is none, or when it is not for `person`: the two cannot be told apart.
    """
    which = (Application.number == number) & visible_to(person)
    found = session.scalar(select(Application).where(which))
    if found is None:
        raise NotFoundError(
            "no_such_application",
            Text(
                "Deze projectaanvraag is er niet, of niet voor u.",
                "This application is not there, or not for you.",
            ),
            remedy=Text("Controleer het nummer.", "Check the number."),
        )
    return found

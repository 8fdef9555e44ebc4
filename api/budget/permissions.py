"""Who may set, confirm and read privacy budgets: they belong to a population of people, and to no centre."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.access.offices import Office, check_office, may
from api.audit.service import Actor
from api.errors import NotAllowedError
from api.people.models import Person
from output_checker.text import Text


def user_can_set_budgets(person: Person | None) -> bool:
    """Tell whether a person is a data steward in office."""
    return may(Office.SET_BUDGETS, person)


def check_user_can_set_budgets(actor: Actor) -> Person:
    """Return the data steward that `actor` is; raise AccessRefusedError when they are none."""
    return check_office(Office.SET_BUDGETS, actor.person)


def user_can_decide_on_budgets(person: Person | None) -> bool:
    """Tell whether a person may confirm what somebody else proposes: data stewards and administrators."""
    return may(Office.DECIDE_ON_BUDGETS, person)


def check_user_can_decide_on_budgets(actor: Actor) -> Person:
    """Return the steward or administrator that `actor` is; raise AccessRefusedError when they are none."""
    return check_office(Office.DECIDE_ON_BUDGETS, actor.person)


def check_user_can_see_budgets(person: Person | None) -> None:
    """Raise AccessRefusedError unless `person` holds an office that answers for populations, or audits."""
    check_office(Office.SEE_BUDGETS, person)


def check_not_about_self(session: Session, person: Person, about: Project | Person | None) -> None:
    """Raise NotAllowedError when a budget is that of `person`, or of a project that they work or worked in."""
    own = isinstance(about, Person) and about.id == person.id
    if isinstance(about, Project):
        grants = select(Grant.id).where(Grant.person_id == person.id, Grant.project_id == about.id)
        own = session.scalar(grants.limit(1)) is not None
    if own:
        raise NotAllowedError(
            "own_work",
            Text("Dit gaat over uw eigen werk.", "This is about your own work."),
            remedy=Text("Vraag een andere databeheerder.", "Ask another data steward."),
        )

"""Who may set, confirm and read privacy budgets: they belong to a population of people, and to no centre."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.audit.service import Actor
from api.errors import NotAllowedError
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from output_checker.text import Text

_DECIDING = (Role.STEWARD, Role.ADMINISTRATOR)
_READING = (*_DECIDING, Role.AUDITOR)


def user_can_set_budgets(person: Person | None) -> bool:
    """Tell whether a person is a data steward in office."""
    return person is not None and has_role_somewhere(person, Role.STEWARD)


def check_user_can_set_budgets(actor: Actor) -> Person:
    """Return the data steward that `actor` is; raise NotAllowedError when they are none."""
    if actor.person is None or not user_can_set_budgets(actor.person):
        raise NotAllowedError(
            "not_steward",
            Text("Alleen een databeheerder bepaalt budgetten.", "Only a data steward sets budgets."),
            remedy=Text("Vraag een databeheerder van uw centrum.", "Ask a data steward of your centre."),
        )
    return actor.person


def user_can_decide_on_budgets(person: Person | None) -> bool:
    """Tell whether a person may confirm what somebody else proposes: data stewards and administrators."""
    return person is not None and any(has_role_somewhere(person, role) for role in _DECIDING)


def check_user_can_decide_on_budgets(actor: Actor) -> Person:
    """Return the steward or administrator that `actor` is; raise NotAllowedError when they are none."""
    if actor.person is None or not user_can_decide_on_budgets(actor.person):
        raise NotAllowedError(
            "no_role",
            Text(
                "Alleen een databeheerder of beheerder beslist hierover.",
                "Only a data steward or an administrator decides about this.",
            ),
        )
    return actor.person


def check_user_can_see_budgets(person: Person) -> None:
    """Raise NotAllowedError unless `person` holds an office that answers for populations, or audits."""
    if not any(has_role_somewhere(person, role) for role in _READING):
        raise NotAllowedError(
            "no_role",
            Text(
                "Budgetten zijn voor databeheerders, beheerders en auditors.",
                "Budgets are for data stewards, administrators and auditors.",
            ),
            remedy=Text(
                "In de werkomgeving ziet u wat er voor uw project over is.",
                "In the sandbox you see what is left for your project.",
            ),
        )


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

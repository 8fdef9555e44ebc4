"""Who may set privacy budgets: data stewards, who answer for the population."""

from __future__ import annotations

from api.audit.service import Actor
from api.errors import NotAllowedError
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from output_checker.text import Text


def user_can_set_budgets(person: Person) -> bool:
    """Tell whether a person is a data steward in office."""
    return has_role_somewhere(person, Role.STEWARD)


def check_user_can_set_budgets(actor: Actor) -> Person:
    """Return the data steward that `actor` is; raise NotAllowedError when they are none."""
    if actor.person is None or not user_can_set_budgets(actor.person):
        raise NotAllowedError(
            "not_steward",
            Text("Alleen een databeheerder bepaalt budgetten.", "Only a data steward sets budgets."),
            remedy=Text("Vraag een databeheerder van uw centrum.", "Ask a data steward of your centre."),
        )
    return actor.person

"""Who may register microdata."""

from __future__ import annotations

from api.audit.service import Actor
from api.errors import NotAllowedError
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from output_checker.text import Text


def user_can_register(actor: Actor) -> bool:
    """Tell whether `actor` is a data steward in office."""
    return actor.person is not None and has_role_somewhere(actor.person, Role.STEWARD)


def check_user_can_register(actor: Actor) -> Person:
    """Return the data steward that `actor` is; raise NotAllowedError when they are none."""
    if actor.person is None or not user_can_register(actor):
        raise NotAllowedError(
            "not_steward",
            Text(
                "Alleen een databeheerder registreert microdata.", "Only a data steward registers microdata."
            ),
            remedy=Text("Vraag een databeheerder van uw centrum.", "Ask a data steward of your centre."),
        )
    return actor.person

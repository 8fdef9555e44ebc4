"""Who may register microdata."""

from __future__ import annotations

from api.access.offices import Office, check_office, may
from api.audit.service import Actor
from api.people.models import Person


def user_can_register(actor: Actor) -> bool:
    """Tell whether `actor` is a data steward in office."""
    return may(Office.REGISTER_DATA, actor.person)


def check_user_can_register(actor: Actor) -> Person:
    """Return the data steward that `actor` is; raise AccessRefusedError when they are none."""
    return check_office(Office.REGISTER_DATA, actor.person)

"""Which roles somebody holds now (the only place that reads appointments), and what roles are called."""

from __future__ import annotations

import datetime as dt
from typing import Final

from api.db import now
from api.people.models import Person, Role
from output_checker.text import Text

ROLE_NAMES: Final[dict[Role, Text]] = {
    Role.RESEARCHER: Text(nl="onderzoeker", en="researcher"),
    Role.ANALYST: Text(nl="analist", en="analyst"),
    Role.CHECKER: Text(nl="outputcontroleur", en="output checker"),
    Role.STEWARD: Text(nl="databeheerder", en="data steward"),
    Role.ADMINISTRATOR: Text(nl="beheerder", en="administrator"),
    Role.AUDITOR: Text(nl="auditor", en="auditor"),
    Role.PRIVACY_OFFICER: Text(nl="functionaris gegevensbescherming", en="privacy officer"),
}

APPOINTABLE: Final = tuple(role for role in Role if role not in (Role.RESEARCHER, Role.ANALYST))
"""Roles by appointment; researchers and analysts are so by a grant."""


def appointed_roles(person: Person, at: dt.datetime | None = None) -> set[tuple[Role, int | None]]:
    """Return the appointments in force at `at`, suspended or not, as (role, centre id); None means everywhere."""
    moment = at or now()
    return {
        (appointment.role, appointment.centre_id)
        for appointment in person.appointments
        if appointment.valid_from <= moment
        and (appointment.valid_until is None or moment < appointment.valid_until)
    }


def roles_of(person: Person, at: dt.datetime | None = None) -> set[tuple[Role, int | None]]:
    """Return the roles `person` may use at `at`; a suspended person has none."""
    return set() if person.suspended_at else appointed_roles(person, at)


def has_role(person: Person, role: Role, centre_id: int | None = None, at: dt.datetime | None = None) -> bool:
    """Tell whether `person` holds `role` at this centre, or everywhere.

    Without a centre only an appointment everywhere counts.
    """
    return bool({(role, centre_id), (role, None)} & roles_of(person, at))


def has_role_somewhere(person: Person, role: Role, at: dt.datetime | None = None) -> bool:
    """Tell whether `person` holds `role` at any centre: for menus and for what belongs to no centre."""
    return any(held is role for held, _ in roles_of(person, at))


def centres_of(person: Person, role: Role, at: dt.datetime | None = None) -> set[int] | None:
    """Return the ids of the centres where `person` holds `role`; None means all of them."""
    centres = {centre_id for held, centre_id in roles_of(person, at) if held is role}
    return None if None in centres else {centre_id for centre_id in centres if centre_id is not None}

"""What people chose in forms and programs said by name: a centre, an institution, a role, the last day of something."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.errors import InvalidError, NotFoundError
from api.people.models import Centre, Institution, Role
from api.people.queries import find_centre, find_institution
from api.people.roles import APPOINTABLE
from api.people.validation import through
from output_checker.text import Text


def asked_centre(session: Session, slug: str) -> Centre | None:
    """Return the centre of this name, None (everywhere) for no name.

    Raises InvalidError when there is none.
    """
    try:
        return find_centre(session, slug) if slug else None
    except NotFoundError as absent:
        raise InvalidError("bad_centre", absent.message, field="centre") from None


def asked_institution(session: Session, number: str) -> Institution:
    """Return the institution with this number.

    Raises InvalidError when there is none.
    """
    try:
        return find_institution(session, int(number) if number.isdecimal() and len(number) < 10 else 0)
    except NotFoundError as absent:
        raise InvalidError("bad_institution", absent.message, field="institution") from None


def asked_role(name: str) -> Role:
    """Return the role of this name, when people are appointed in it.

    Raises InvalidError otherwise.
    """
    for role in APPOINTABLE:
        if role == name:
            return role
    raise InvalidError("bad_role", Text(nl="Kies een rol.", en="Choose a role."), field="role")


def ends_on(day: str) -> dt.datetime | None:
    """Return when something ends that lasts through `day`, None for no day.

    Raises InvalidError when it is not a day.
    """
    return through(day, "valid_through") if day else None

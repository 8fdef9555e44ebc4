"""Who stands at the door in this session of the database: what they showed counts for them and for nobody else."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from api.access.circumstances import Login
from api.people.models import Person

_KEY: Final = "at_the_door"


def present(session: Session, person: Person, login: Login) -> None:
    """Remember, for the rest of this session, that `person` is there and what they showed."""
    session.info[_KEY] = (person.id, login)


def login_of(session: Session, person: Person) -> Login | None:
    """Return what `person` showed; None when they are not who is there."""
    someone, login = session.info.get(_KEY, (None, None))
    return login if someone is not None and someone == person.id else None

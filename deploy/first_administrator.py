"""What whoever runs the machine does for people: the first administrator, and invitations when nobody else can log in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM
from api.db import Database, now
from api.errors import ConflictError, NotFoundError
from api.identity.invitations import PATH, invite
from api.people.models import Appointment, Institution, Person, Role
from api.people.service import add_institution, add_person, appoint, person_by_subject
from api.settings import Settings, get_settings
from output_checker.text import Text

AUTHORISATION = dt.timedelta(days=3 * 365)  # the longest authorisation of an institution (Stcrt. 2021, 36083)
THERE_IS_ONE = Text(
    nl="Deze installatie heeft al een beheerder; die geeft anderen toegang.",
    en="This installation has an administrator already, who gives others access.",
)

NOBODY = Text(nl="Er is niemand met deze inlognaam.", en="There is nobody with this login name.")


@dataclass(frozen=True)
class Administrator:
    """Who the first administrator is."""

    login: str
    name: str
    email: str
    institution: str
    legal_basis: str


def add_first_administrator(who: Administrator) -> str:
    """Add the first administrator and return the address of their invitation, as `invite_person` does.

    Raises ConflictError when there ever was an administrator, or InvalidError (a name, the address).
    """
    settings = get_settings()
    with _transaction(settings) as session:
        if session.scalar(select(Appointment.id).where(Appointment.role == Role.ADMINISTRATOR).limit(1)):
            raise ConflictError("administrator_exists", THERE_IS_ONE)
        person = add_person(
            session,
            SYSTEM,
            subject=who.login,
            name=who.name,
            email=who.email,
            language="nl",
            institution=_institution(session, who),
        )
        appoint(session, SYSTEM, person, Role.ADMINISTRATOR, None)
        return _invitation(session, settings, person)


def invite_person(login: str) -> str:
    """Return the address where this person sets a password and a second factor, for whoever runs the machine to hand over.

    It is "" when people log in at another issuer. Raises NotFoundError.
    """
    settings = get_settings()
    with _transaction(settings) as session:
        person = person_by_subject(session, login)
        if person is None:
            raise NotFoundError("no_person", NOBODY)
        return _invitation(session, settings, person)


def _invitation(session: Session, settings: Settings, person: Person) -> str:
    if settings.issuer_url != settings.api_url:
        return ""
    return f"{settings.api_url}{PATH}/{invite(session, SYSTEM, person)}"


@contextmanager
def _transaction(settings: Settings) -> Iterator[Session]:
    database = Database(settings.database)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.dispose()


def _institution(session: Session, who: Administrator) -> Institution:
    found = session.scalar(select(Institution).where(Institution.name == who.institution))
    if found is not None:
        return found
    begin = now()
    return add_institution(
        session,
        SYSTEM,
        name=who.institution,
        legal_basis=who.legal_basis,
        authorised_from=begin,
        authorised_until=begin + AUTHORISATION,
    )

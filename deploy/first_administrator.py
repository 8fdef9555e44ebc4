"""The first person of an installation: whoever runs its machine makes the administrator who vets everybody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM
from api.db import Database, now
from api.errors import ConflictError
from api.identity.accounts import create_account
from api.people.models import Appointment, Institution, Role
from api.people.service import add_institution, add_person, appoint
from api.settings import Settings, get_settings
from output_checker.text import Text

AUTHORISATION = dt.timedelta(days=3 * 365)  # the longest authorisation of an institution (Stcrt. 2021, 36083)
THERE_IS_ONE = Text(
    nl="Deze installatie heeft al een beheerder; die geeft anderen toegang.",
    en="This installation has an administrator already, who gives others access.",
)


@dataclass(frozen=True)
class Administrator:
    """Who the first administrator is."""

    login: str
    name: str
    email: str
    institution: str
    legal_basis: str


def add_first_administrator(who: Administrator, password: str, settings: Settings | None = None) -> None:
    """Add the first administrator with an account.

    Raises ConflictError when there ever was an administrator, or InvalidError (a name, the address, the password).
    """
    database = Database((settings or get_settings()).database)
    try:
        with database.transaction() as session:
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
            create_account(session, SYSTEM, person, who.login, password)
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

"""Which role counts where and when."""

from __future__ import annotations

import pytest

from api.audit.service import SYSTEM
from api.db import Database
from api.people import roles, service
from api.people.models import Role
from tests.api.factories import days, make_centre, make_person


@pytest.mark.parametrize(
    ("appointed_at", "asked_at", "holds"),
    [
        ("here", "here", True),
        ("here", "there", False),
        ("here", None, False),
        (None, "here", True),
        (None, None, True),
    ],
)
def test_an_appointment_counts_at_its_own_centre_or_everywhere(
    database: Database, appointed_at: str | None, asked_at: str | None, holds: bool
) -> None:
    with database.transaction() as session:
        centres = {name: make_centre(session, slug=name) for name in ("here", "there")}
        person = make_person(session)
        service.appoint(
            session, SYSTEM, person, Role.CHECKER, centres[appointed_at] if appointed_at else None
        )
        where = centres[asked_at].id if asked_at else None
        assert roles.has_role(person, Role.CHECKER, where) is holds
        assert not roles.has_role(person, Role.STEWARD, where)
        assert roles.has_role_somewhere(person, Role.CHECKER)
        assert not roles.has_role_somewhere(person, Role.STEWARD)


def test_roles_before_the_appointment_are_none(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        service.appoint(session, SYSTEM, person, Role.CHECKER, None)
        assert roles.roles_of(person) == {(Role.CHECKER, None)}
        assert roles.roles_of(person, days(-1)) == set()


def test_the_centres_of_a_role(database: Database) -> None:
    with database.transaction() as session:
        here = make_centre(session)
        person = make_person(session)
        assert roles.centres_of(person, Role.CHECKER) == set()
        service.appoint(session, SYSTEM, person, Role.CHECKER, here)
        assert roles.centres_of(person, Role.CHECKER) == {here.id}
        service.appoint(session, SYSTEM, person, Role.CHECKER, None)
        assert roles.centres_of(person, Role.CHECKER) is None
        service.suspend(session, SYSTEM, person, "why")
        assert roles.centres_of(person, Role.CHECKER) == set()
        assert roles.appointed_roles(person) == {(Role.CHECKER, here.id), (Role.CHECKER, None)}

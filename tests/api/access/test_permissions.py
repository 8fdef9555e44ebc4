"""The questions of permission, and that each refuses as its twin answers."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from api.access import permissions
from api.access.decision import Door, decide
from api.errors import NotAllowedError, NotFoundError
from api.people.models import Appointment, Role
from api.people.service import appoint
from tests.api.factories import World, acting, make_person


@pytest.mark.parametrize(
    ("name", "here", "there"),
    [
        ("administrator", True, True),
        ("second_administrator", True, False),
        ("steward", False, False),
        ("researcher", False, False),
    ],
)
def test_administrators_administer_their_centres(
    session: Session, world: World, name: str, here: bool, there: bool
) -> None:
    person = getattr(world, name)
    for centre, may in ((world.centre, here), (world.foreign_centre, there)):
        assert permissions.user_can_administer(person, centre) is may
        if may:
            assert permissions.check_user_can_administer(person, centre) is person
        else:
            with pytest.raises(NotAllowedError) as refused:
                permissions.check_user_can_administer(person, centre)
            assert centre.name in refused.value.message.nl


def test_nobody_is_no_administrator(world: World) -> None:
    assert not permissions.user_can_administer(None, world.centre)
    with pytest.raises(NotAllowedError):
        permissions.check_user_can_administer(None, world.centre)


def test_only_auditors_of_everywhere_read_the_audit(session: Session, world: World) -> None:
    local = make_person(session)
    # As nobody can be appointed, but as a row of an older installation may stand.
    local.appointments.append(Appointment(role=Role.AUDITOR, centre_id=world.centre.id))
    session.flush()
    assert not decide(session, Door.AUDIT, local, world.project).allowed
    assert decide(session, Door.AUDIT, world.auditor, world.project).allowed
    assert permissions.user_can_audit(world.auditor)
    permissions.check_user_can_audit(world.auditor)
    for person in (local, world.administrator, world.researcher):
        assert not permissions.user_can_audit(person)
        with pytest.raises(NotAllowedError):
            permissions.check_user_can_audit(person)


def test_granting_is_for_another_administrator_than_the_one_who_gets_it(
    session: Session, world: World
) -> None:
    can = permissions.user_can_grant
    assert can(session, world.administrator, world.outsider, world.project)
    assert can(session, world.second_administrator, world.outsider, world.project)
    assert not can(session, world.second_administrator, world.outsider, world.foreign_project)
    assert not can(session, world.administrator, world.administrator, world.project)
    assert not can(session, None, world.outsider, world.project)
    appoint(
        session,
        acting(world.administrator, Role.ADMINISTRATOR),
        world.outsider,
        Role.ADMINISTRATOR,
        world.centre,
    )
    assert not can(session, world.administrator, world.outsider, world.project)


def test_a_grant_elsewhere_is_as_one_that_does_not_exist(session: Session, world: World) -> None:
    found = permissions.administered_grant(session, world.second_administrator, world.grant.id)
    assert found is world.grant
    answers = []
    for person, number in [(world.researcher, world.grant.id), (world.administrator, 999)]:
        with pytest.raises(NotFoundError) as refused:
            permissions.administered_grant(session, person, number)
        answers.append(refused.value.document())
    assert answers[0] == answers[1]


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**40])
def test_a_number_that_no_grant_can_have_is_a_grant_that_is_not_there(
    session: Session, world: World, number: int
) -> None:
    with pytest.raises(NotFoundError):
        permissions.administered_grant(session, world.administrator, number)

"""Who sees which requests."""

from __future__ import annotations

import pytest

from api.access.models import Sandbox
from api.errors import NotFoundError
from api.people.models import Appointment, Person, Role
from api.requests.permissions import user_can_read
from api.requests.queries import find_request, find_request_in, queue_of, requests_in, requests_of
from tests.api.factories import make_grant, make_official, make_person, withdraw
from tests.api.flow import FINE, Flow, find

READERS = ["researcher", "analyst", "checker", "second_checker", "auditor"]
OTHERS = ["outsider", "foreign_checker", "steward", "administrator"]


@pytest.mark.parametrize("name", READERS)
def test_author_colleagues_checkers_and_auditors_see_a_request(flow: Flow, name: str) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        person = session.get_one(Person, getattr(flow.world, name).id)
        assert find_request(session, person, number).number == number
        assert user_can_read(session, person, find(session, number))
        assert [request.number for request in requests_of(session, person).items] == [number]


@pytest.mark.parametrize("name", OTHERS)
def test_for_others_it_is_as_if_there_were_none(flow: Flow, name: str) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        person = session.get_one(Person, getattr(flow.world, name).id)
        assert not user_can_read(session, person, find(session, number))
        assert requests_of(session, person).total == 0
        refusals = []
        for wanted in (number, "R-2026-9999"):
            with pytest.raises(NotFoundError) as refused:
                find_request(session, person, wanted)
            refusals.append(refused.value.document())
    assert refusals[0] == refusals[1]


def test_a_colleague_whose_access_ended_sees_nothing_but_the_author_keeps_sight(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        for person in (flow.world.researcher, flow.world.analyst):
            person = session.get_one(Person, person.id)
            project = find(session, number).project
            withdraw(session, grant=make_grant(session, person=person, project=project))
    with flow.database.reading() as session:
        author = session.get_one(Person, flow.world.researcher.id)
        analyst = session.get_one(Person, flow.world.analyst.id)
        assert requests_of(session, author).total == 1
        assert requests_of(session, analyst).total == 0


def test_an_auditor_of_one_centre_would_see_nothing(flow: Flow) -> None:
    flow.submit(FINE)
    with flow.database.transaction() as session:
        local = make_person(session)
        local.appointments.append(Appointment(role=Role.AUDITOR, centre_id=flow.world.centre.id))
        session.flush()
        assert requests_of(session, local).total == 0


def test_pages_follow_each_other(flow: Flow) -> None:
    numbers = [flow.submit(FINE) for _ in range(5)]
    with flow.database.reading() as session:
        person = session.get_one(Person, flow.world.researcher.id)
        seen, offset = [], 0
        while offset is not None:
            page = requests_of(session, person, offset, 2)
            assert page.total == 5
            seen += [request.number for request in page.items]
            offset = page.next_offset
    assert seen == numbers[::-1]


def test_a_sandbox_shows_the_own_requests_of_its_project_only(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        author = session.get_one(Person, flow.world.researcher.id)
        elsewhere = Sandbox(
            grant=make_grant(session, person=author), token_hash="x", id="elsewhere", expires_at=author.evidence[0].valid_until
        )  # fmt: skip
        session.add(elsewhere)
        session.flush()
        here = session.get_one(Sandbox, flow.sandbox_id)
        assert [request.number for request in requests_in(session, here).items] == [number]
        assert requests_in(session, elsewhere).total == 0
        assert find_request_in(session, here, number).number == number
        with pytest.raises(NotFoundError):
            find_request_in(session, elsewhere, number)


def test_the_queue_holds_what_waits_for_this_checker(flow: Flow) -> None:
    waiting, _ = flow.under_review(), flow.submit(FINE)
    flow.review(waiting, flow.world.checker)
    expected = {
        "checker": [],
        "second_checker": [waiting],
        "researcher": [],
        "foreign_checker": [],
        "auditor": [],
    }
    with flow.database.reading() as session:
        for name, numbers in expected.items():
            person = session.get_one(Person, getattr(flow.world, name).id)
            assert [request.number for request in queue_of(session, person).items] == numbers


def test_a_checker_who_worked_in_the_project_has_nothing_in_the_queue(flow: Flow) -> None:
    flow.under_review()
    with flow.database.transaction() as session:
        centre = session.get_one(type(flow.world.centre), flow.world.centre.id)
        project = session.get_one(type(flow.world.project), flow.world.project.id)
        person = make_official(session, role=Role.CHECKER, centre=centre)
        assert queue_of(session, person).total == 1
        withdraw(session, grant=make_grant(session, person=person, project=project))
        assert queue_of(session, person).total == 0


def test_a_checker_of_everywhere_sees_requests_of_every_centre(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        everywhere = make_person(session)
        everywhere.appointments.append(Appointment(role=Role.CHECKER))
        session.flush()
        assert user_can_read(session, everywhere, find(session, number))

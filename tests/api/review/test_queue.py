"""The queue asks about many requests at once; what it says is what asking about each of them says."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.db import now
from api.people import service as people
from api.people.models import Appointment, Person, Role
from api.people.roles import has_role_somewhere
from api.requests.models import Output, OutputRequest, RequestRound, RequestState
from api.requests.permissions import user_can_read
from api.requests.queries import queue_of
from api.requests.states import IN_REVIEW
from api.requests.verdicts import outcome_of
from api.review.claims import claims_of
from api.review.models import Claim, Decision, Review
from api.review.permissions import user_can_review
from api.review.queue import Holder, Narrowing, Waiting, queue_for
from api.review.service import reviews_of_round
from output_checker.verdict import Outcome
from tests.api.factories import acting, days, make_grant, make_official, make_project
from tests.api.flow import FINE, Flow, find

REQUESTS = 40
STATES = (*IN_REVIEW, *IN_REVIEW, RequestState.RELEASED, RequestState.WITHDRAWN)


@pytest.fixture(params=[1, 2, 3])
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def crowd(flow: Flow, chance: random.Random) -> Iterator[tuple[Session, list[Person]]]:
    """Requests in every kind of project, by and for every kind of person; nothing of it is kept."""
    number = flow.under_review(FINE)
    with flow.database.reading() as session:
        projects = list(_projects(session, flow))
        persons = list(_persons(session, flow, projects))
        pattern = find(session, number).outputs[0]
        for place in range(REQUESTS):
            _request(
                session, chance, pattern, place, chance.choice(projects), chance.choice(persons), persons
            )
        session.flush()
        yield session, persons


def _projects(session: Session, flow: Flow) -> Iterator[Project]:
    centre = session.get_one(type(flow.world.centre), flow.world.centre.id)
    yield session.get_one(Project, flow.world.project.id)
    yield session.get_one(Project, flow.world.foreign_project.id)
    yield make_project(session, centre=centre)
    yield make_project(session, centre=centre, valid_until=days(-1))
    yield make_project(session, centre=centre, closed_at=now())


def _persons(session: Session, flow: Flow, projects: list[Project]) -> Iterator[Person]:
    """Checkers of every kind, and others."""
    centre = projects[0].centre
    for name in ("checker", "second_checker", "foreign_checker", "researcher", "auditor", "administrator"):
        yield session.get_one(Person, getattr(flow.world, name).id)
    yield make_official(session, role=Role.CHECKER)
    yield make_official(session, role=Role.CHECKER, centre=centre, vetted=False)
    insider = make_official(session, role=Role.CHECKER, centre=centre)
    make_grant(session, person=insider, project=projects[2])
    yield insider
    both = make_official(session, role=Role.CHECKER, centre=centre)
    both.appointments.append(Appointment(role=Role.ADMINISTRATOR, centre_id=centre.id, valid_from=days(-1)))
    yield both
    suspended = make_official(session, role=Role.CHECKER, centre=centre)
    administrator = session.get_one(Person, flow.world.administrator.id)
    people.suspend(session, acting(administrator, Role.ADMINISTRATOR), suspended, "A reason.")
    yield suspended


def _request(
    session: Session,
    chance: random.Random,
    pattern: Output,
    place: int,
    project: Project,
    author: Person,
    persons: list[Person],
) -> None:
    key, began = f"crowd-{place:016d}", days(-chance.randrange(20))
    request = OutputRequest(
        number=f"R-2020-{place:04d}", project=project, author=author, title="T", purpose="P", round=chance.choice((1, 2)),
        state=chance.choice(STATES), idempotency_key=key, body_digest="0", created_at=began,
    )  # fmt: skip
    session.add(request)
    for number in range(1, request.round + chance.choice((0, 1))):
        said = {
            "idempotency_key": f"{key}-{number}",
            "body_digest": "0",
            "context": {},
            "submitted_at": began,
        }
        session.add(RequestRound(request=request, number=number, **said))
    for position in range(1, 1 + chance.choice((1, 2))):
        session.add(_output(chance, pattern, request, position))
    for person in chance.sample(persons, 2):
        about = {"request": request, "checker": person}
        session.add(Review(**about, round=chance.choice((1, 2)), decision=Decision.APPROVE, comment=""))
    for person in chance.sample(persons, 2):
        session.add(
            Claim(request=request, checker=person, version=1, expires_at=days(chance.choice((-1, 1))))
        )


def _output(chance: random.Random, pattern: Output, request: OutputRequest, position: int) -> Output:
    verdict = (pattern.verdict or {}) | {"outcome": chance.choice([one.value for one in Outcome])}
    return Output(
        request=request, round=request.round, position=position, query=pattern.query, query_digest="0",
        dataset_version_id=pattern.dataset_version_id, verdict=chance.choice((verdict, verdict, verdict, None)),
    )  # fmt: skip


def one_by_one(session: Session, person: Person) -> list[OutputRequest]:
    """What waits for a person, asked of each request by itself."""
    return [
        request
        for request in session.scalars(select(OutputRequest).order_by(OutputRequest.id))
        if request.state in IN_REVIEW
        and has_role_somewhere(person, Role.CHECKER)
        and user_can_read(session, person, request)
        and user_can_review(session, person, request)
        and all(review.checker_id != person.id for review in reviews_of_round(session, request))
    ]


def test_the_queue_of_many_is_the_queue_one_by_one(crowd: tuple[Session, list[Person]]) -> None:
    session, persons = crowd
    found = 0
    for person in persons:
        expected = one_by_one(session, person)
        pages = [queue_of(session, person, offset, 3) for offset in range(0, REQUESTS, 3)]
        assert [request for page in pages for request in page.items] == expected
        assert {page.total for page in pages} == {len(expected)}
        found += len(expected)
    assert found > REQUESTS / 2


def test_what_is_shown_of_many_is_what_is_said_of_each(crowd: tuple[Session, list[Person]]) -> None:
    session, persons = crowd
    for person in persons:
        queue = queue_for(session, person, size=REQUESTS)
        assert [item.request for item in queue.items] == one_by_one(session, person)
        for item in queue.items:
            request = item.request
            assert list(item.claims) == claims_of(session, request)
            assert item.decided == len(reviews_of_round(session, request))
            assert item.outcome == outcome_of(request)
            rounds = {one.number: one.submitted_at for one in request.rounds}
            assert item.since == rounds.get(request.round, request.created_at)
        assert set(queue.projects) == {item.request.project for item in queue.items}


def _is_within(narrowing: Narrowing, item: Waiting, person: Person) -> bool:
    claims = [claim.checker_id for claim in item.claims]
    holder = Holder.ME if person.id in claims else Holder.OTHERS if claims else Holder.NOBODY
    return (
        narrowing.risk in (None, item.outcome)
        and narrowing.held_by in (None, holder)
        and narrowing.project in (None, item.request.project.slug)
        and (now() - item.since).days >= narrowing.days
    )


def test_a_part_of_the_queue_is_what_of_all_is_in_it(crowd: tuple[Session, list[Person]]) -> None:
    session, persons = crowd
    slugs = session.scalars(select(Project.slug)).all()
    parts = [
        Narrowing(project, risk, holder, days_)
        for project in (None, slugs[0])
        for risk in (None, *Outcome)
        for holder in (None, *Holder)
        for days_ in (0, 7)
    ]
    person = max(persons, key=lambda one: len(one_by_one(session, one)))
    everything = queue_for(session, person, size=REQUESTS)
    for part in parts:
        expected = [item.request for item in everything.items if _is_within(part, item, person)]
        # All parts of it, and at least one beyond its end.
        offsets = range(0, len(expected) + 8, 4)
        pages = [queue_for(session, person, part, offset, 4) for offset in offsets]
        assert [item.request for page in pages for item in page.items] == expected
        assert {(page.found, page.total) for page in pages} == {(len(expected), everything.total)}
        assert [page.next_offset is None for page in pages].index(True) == max(0, -(-len(expected) // 4) - 1)

"""The test of the training: drawn and kept by the service, answered once, evidence when it is passed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.audit.service import SYSTEM, Actor
from api.db import Database, now
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, TooManyRequestsError
from api.notices.models import Notice, NoticeKind
from api.people.evidence import counting, source_in_words
from api.people.models import EvidenceKind, Person
from api.people.service import assert_evidence, suspend
from api.settings import Settings
from api.training import service
from api.training.models import Attempt
from api.training.reminders import remind_of_training
from tests.api.factories import days, make_grant, make_person

Spoil = Callable[[list[int | None]], list[int | None]]
TRAINED = EvidenceKind.TRAINING_PASSED


def learner(session: Session) -> Actor:
    return Actor(make_person(session, vetted=False), "learner")


def right(attempt: Attempt, wrong: int = 0) -> list[int | None]:
    """The places of the right answers, the first `wrong` of them missed."""
    places: list[int | None] = [one["order"].index(0) for one in attempt.drawn]
    return [None] * wrong + places[wrong:]


def past(attempt: Attempt, minutes: int) -> None:
    attempt.drawn_at = now() - dt.timedelta(minutes=minutes)


def test_a_test_is_drawn_at_random_kept_and_gone_on_with(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        actor = learner(session)
        attempt = service.begin_attempt(session, actor, settings)
        assert len({one["question"] for one in attempt.drawn}) == settings.training_questions
        assert all(sorted(one["order"]) == list(range(len(one["order"]))) for one in attempt.drawn)
        assert service.begin_attempt(session, actor, settings) is attempt


def test_the_right_answer_stands_anywhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_CHANCE", random.Random(2026))
    drawn = service._draw(settings)
    assert {one["order"].index(0) for one in drawn} == {0, 1, 2}
    assert service._draw(settings) != drawn


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (2, True), (3, False)])
def test_the_pass_mark_decides(database: Database, settings: Settings, wrong: int, passed: bool) -> None:
    with database.transaction() as session:
        actor = learner(session)
        assert actor.person is not None
        attempt = service.begin_attempt(session, actor, settings)
        service.answer_attempt(session, actor, settings, attempt, right(attempt, wrong))
        assert attempt.right == 10 - wrong
        assert len(service.wrongly_answered(attempt)) == wrong
        assert [item.asserted_by_id for item in counting(actor.person, TRAINED)] == [None] * passed
        assert (service.trained_until(actor.person) is not None) is passed


def test_passing_opens_the_condition_for_as_long_as_is_set(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        person = make_person(session)
        for item in counting(person, TRAINED):
            session.expunge(item)
            person.evidence.remove(item)
        grant = make_grant(session, person=person)
        unmet = decide(session, Door.SUBMIT, person, grant.project).unmet
        assert [one.condition for one in unmet] == ["training_valid"]
        actor = Actor(person, "learner")
        attempt = service.begin_attempt(session, actor, settings)
        service.answer_attempt(session, actor, settings, attempt, right(attempt))
        assert decide(session, Door.SUBMIT, person, grant.project).allowed
        (item,) = counting(person, TRAINED)
        assert item.valid_until - item.valid_from == dt.timedelta(days=settings.training_valid_days)
        assert source_in_words(item).en == "Test in this environment"


def test_a_test_is_handed_in_once_and_in_time(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        actor = learner(session)
        attempt = service.begin_attempt(session, actor, settings)
        service.answer_attempt(session, actor, settings, attempt, right(attempt, 5))
        with pytest.raises(ConflictError):
            service.answer_attempt(session, actor, settings, attempt, right(attempt))
        late = service.begin_attempt(session, actor, settings)
        past(late, settings.training_minutes)
        with pytest.raises(ConflictError):
            service.answer_attempt(session, actor, settings, late, right(late))
        assert late.right is None


@pytest.mark.parametrize("spoil", [lambda places: places[1:], lambda places: [*places[1:], 9], lambda _: []])
def test_answers_that_answer_nothing_are_refused(
    database: Database, settings: Settings, spoil: Spoil
) -> None:
    with database.transaction() as session:
        actor = learner(session)
        attempt = service.begin_attempt(session, actor, settings)
        with pytest.raises(InvalidError):
            service.answer_attempt(session, actor, settings, attempt, spoil(right(attempt)))
        assert attempt.answered_at is None


def test_there_are_so_many_tests_in_24_hours(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        actor = learner(session)
        assert actor.person is not None
        for left in range(settings.training_attempts_per_day, 0, -1):
            assert service.attempts_left(session, actor.person, settings) == left
            past(service.begin_attempt(session, actor, settings), settings.training_minutes)
        with pytest.raises(TooManyRequestsError):
            service.begin_attempt(session, actor, settings)
        for attempt in session.scalars(select(Attempt)):
            past(attempt, 24 * 60)
        assert service.begin_attempt(session, actor, settings)


def test_a_test_with_a_question_that_is_gone_gives_way_to_another(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        actor = learner(session)
        old = service.begin_attempt(session, actor, settings)
        old.drawn = [{"question": "gone", "order": [0, 1]}]
        assert service.begin_attempt(session, actor, settings) is not old
        old.answers = [1]
        assert service.wrongly_answered(old) == []


def test_nobody_takes_the_test_of_another_or_of_the_service(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        attempt = service.begin_attempt(session, learner(session), settings)
        other = make_person(session)
        for number in (attempt.id, 999):
            with pytest.raises(NotFoundError):
                service.attempt_of(session, other, number)
        with pytest.raises(NotAllowedError):
            service.begin_attempt(session, SYSTEM, settings)


def test_people_are_told_once_that_their_training_runs_out(database: Database, settings: Settings) -> None:
    def lasting(session: Session, subject: str, *ends: float) -> Person:
        person = make_person(session, subject=subject, vetted=False)
        for end in ends:
            assert_evidence(session, SYSTEM, person, TRAINED, "Course", days(-100), days(end))
        return person

    with database.transaction() as session:
        lasting(session, "soon", 29)
        lasting(session, "later", 31)
        lasting(session, "over", -1)
        lasting(session, "renewed", 29, 300)
        suspend(session, SYSTEM, lasting(session, "suspended", 29), "Why.")
    for _ in range(2):
        remind_of_training(database, settings)
    with database.reading() as session:
        told = [(notice.person.subject, notice.kind) for notice in session.scalars(select(Notice))]
        assert told == [("soon", NoticeKind.TRAINING_ENDS)]

"""The test of the training: drawn and kept here, answered once, and evidence when it is passed."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, TooManyRequestsError
from api.people.evidence import TEST_HERE, counting
from api.people.models import Evidence, EvidenceKind, Person
from api.people.service import keep_evidence
from api.settings import Settings
from api.training.course import Question, questions
from api.training.models import Attempt
from output_checker.text import Text

DAY: Final = dt.timedelta(days=1)
_CHANCE: Final = random.SystemRandom()


def begin_attempt(session: Session, actor: Actor, settings: Settings) -> Attempt:
    """Draw a test for the actor, or return the one that they have not answered yet.

    Raises NotAllowedError (nobody is there) or TooManyRequestsError (as many as there may be in 24 hours).
    """
    person = _learner(actor)
    if (attempt := open_attempt(session, person, settings)) is not None:
        return attempt
    if attempts_left(session, person, settings) < 1:
        message = Text(
            nl=f"U mag de toets {settings.training_attempts_per_day} keer per 24 uur doen.",
            en=f"You may take the test {settings.training_attempts_per_day} times in 24 hours.",
        )
        remedy = Text(
            nl="Lees de lessen nog eens en probeer het morgen.", en="Read the lessons again and try tomorrow."
        )
        raise TooManyRequestsError("too_many_attempts", message, remedy=remedy)
    attempt = Attempt(person=person, drawn=_draw(settings))
    session.add(attempt)
    session.flush()
    record(session, actor, "training.draw", f"person:{person.subject}", "own training", attempt=attempt.id)
    return attempt


def open_attempt(session: Session, person: Person, settings: Settings) -> Attempt | None:
    """Return the attempt of `person` that can still be answered, None when there is none."""
    latest = select(Attempt).where(Attempt.person_id == person.id).order_by(Attempt.id.desc()).limit(1)
    attempt = session.scalar(latest)
    return attempt if attempt is not None and is_open(attempt, settings) else None


def is_open(attempt: Attempt, settings: Settings) -> bool:
    """Tell whether an attempt can still be answered."""
    # A question that was taken out of the bank since cannot be shown: another test is drawn instead.
    known = all(one["question"] in questions() for one in attempt.drawn)
    return known and attempt.answered_at is None and now() < ends_at(attempt, settings)


def ends_at(attempt: Attempt, settings: Settings) -> dt.datetime:
    """Return until when an attempt can be answered."""
    return attempt.drawn_at + dt.timedelta(minutes=settings.training_minutes)


def attempts_left(session: Session, person: Person, settings: Settings) -> int:
    """Return how many tests `person` may still draw now; those drawn in the last 24 hours count, answered or not."""
    recent = select(func.count()).select_from(Attempt)
    drawn = session.scalar(recent.where(Attempt.person_id == person.id, Attempt.drawn_at > now() - DAY)) or 0
    return max(0, settings.training_attempts_per_day - drawn)


def answer_attempt(
    session: Session, actor: Actor, settings: Settings, attempt: Attempt, answers: Sequence[int | None]
) -> Attempt:
    """Keep the answers, places in the order that was shown; passing is evidence of training.

    Raises ConflictError (answered before, or too late) or InvalidError (not one answer for each question).
    """
    if not is_open(attempt, settings):
        message = Text(
            nl="Deze toets is al ingeleverd of de tijd is om.",
            en="This test was handed in already, or its time is up.",
        )
        raise ConflictError("attempt_over", message)
    orders = [one["order"] for one in attempt.drawn]
    if len(answers) != len(orders) or not all(map(_is_place, answers, orders)):
        message = Text(nl="Geef op elke vraag één antwoord.", en="Give one answer to each question.")
        raise InvalidError("bad_answers", message, field="answers")
    attempt.answers, attempt.answered_at = list(answers), now()
    attempt.right = len(orders) - len(wrongly_answered(attempt))  # all its questions are known: see is_open
    subject, told = f"person:{attempt.person.subject}", {"attempt": attempt.id, "right": attempt.right}
    record(session, actor, "training.answer", subject, "own training", of=len(orders), **told)
    if attempt.right >= needed(attempt, settings):
        attempt.evidence = _evidence(session, attempt, settings)
    session.flush()
    return attempt


def wrongly_answered(attempt: Attempt) -> list[Question]:
    """Return the questions of an answered attempt whose answer was not the right one, as far as they still exist."""
    pairs = zip(attempt.drawn, attempt.answers or (), strict=True)
    wrong = [one["question"] for one, place in pairs if place is None or one["order"][place] != 0]
    return [questions()[name] for name in wrong if name in questions()]


def needed(attempt: Attempt, settings: Settings) -> int:
    """Return how many right answers pass."""
    return math.ceil(len(attempt.drawn) * settings.training_pass_mark)


def attempt_of(session: Session, person: Person, number: int) -> Attempt:
    """Return one's own attempt.

    Raises NotFoundError for any other, whether or not it exists.
    """
    attempt = session.get(Attempt, number)
    if attempt is None or attempt.person_id != person.id:
        message = Text(
            nl="Deze toets is er niet, of niet voor u.", en="There is no such test, or not for you."
        )
        raise NotFoundError("no_attempt", message)
    return attempt


def trained_until(person: Person) -> dt.datetime | None:
    """Return until when the training of `person` is valid now, None when it is not."""
    moment = now()
    valid = [
        item.valid_until
        for item in counting(person, EvidenceKind.TRAINING_PASSED)
        if item.valid_from <= moment < item.valid_until
    ]
    return max(valid, default=None)


def _evidence(session: Session, attempt: Attempt, settings: Settings) -> Evidence:
    begin = now()
    until = begin + dt.timedelta(days=settings.training_valid_days)
    kind = EvidenceKind.TRAINING_PASSED
    return keep_evidence(session, SYSTEM, attempt.person, kind, TEST_HERE, begin, until)


def _draw(settings: Settings) -> list[dict[str, Any]]:
    bank = list(questions().values())
    drawn = _CHANCE.sample(bank, min(settings.training_questions, len(bank)))
    return [{"question": one.id, "order": _shuffled(len(one.answers))} for one in drawn]


def _shuffled(number: int) -> list[int]:
    return _CHANCE.sample(range(number), number)


def _is_place(answer: int | None, order: Sequence[int]) -> bool:
    return answer is None or 0 <= answer < len(order)


def _learner(actor: Actor) -> Person:
    if actor.person is None:
        message = Text(nl="Alleen een persoon kan een toets doen.", en="Only a person can take a test.")
        raise NotAllowedError("nobody_learns", message)
    return actor.person

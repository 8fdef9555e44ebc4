"""The test of the training for programs: the same draw, the same one submission."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import DatabaseDep, SettingsDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.settings import Settings
from api.training.course import questions
from api.training.models import Attempt
from api.training.pages import LEARNER
from api.training.service import (
    answer_attempt,
    attempt_of,
    attempts_left,
    begin_attempt,
    ends_at,
    needed,
    trained_until,
)
from output_checker.text import Text

router = APIRouter(prefix="/api/training", tags=["people"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class TrainingAnswer(BaseModel):
    """Until when one's training is valid (null: it is not), and how many tests may be drawn now."""

    valid_until: dt.datetime | None
    attempts_left: int


class QuestionAnswer(BaseModel):
    """A question and its answers, in the order in which places count (from 0)."""

    question: Text
    answers: list[Text]


class TestAnswer(BaseModel):
    """A test: its questions, until when it is answered, how many right answers pass, and what came of it."""

    __test__ = False  # it is no test of ours, whatever its name begins with
    id: int
    questions: list[QuestionAnswer]
    ends_at: dt.datetime
    needed: int
    right: int | None
    passed: bool | None


class NewAnswers(BaseModel):
    """The chosen place for each question, in their order; null for none."""

    model_config = ConfigDict(extra="forbid")
    answers: list[Annotated[int, Field(ge=0, le=99)] | None] = Field(max_length=1000)


@router.get("")
def read_training(login: LoginDep, database: DatabaseDep, settings: SettingsDep) -> TrainingAnswer:
    """Tell how one's own training stands."""
    with database.reading() as session:
        person = login.within(session).person
        left = attempts_left(session, person, settings)
        return TrainingAnswer(valid_until=trained_until(person), attempts_left=left)


@router.post("/attempts", status_code=201)
def begin(login: LoginDep, database: DatabaseDep, settings: SettingsDep, _: CsrfDep) -> TestAnswer:
    """Draw a test, or return the one that is not answered yet."""
    with database.transaction() as session:
        attempt = begin_attempt(session, login.within(session).actor(LEARNER), settings)
        return _test(attempt, settings)


@router.post("/attempts/{number}")
def hand_in(
    number: Number, new: NewAnswers, login: LoginDep, database: DatabaseDep, settings: SettingsDep, _: CsrfDep
) -> TestAnswer:
    """Hand in one's own test, once."""
    with database.transaction() as session:
        within = login.within(session)
        attempt = attempt_of(session, within.person, number)
        answer_attempt(session, within.actor(LEARNER), settings, attempt, new.answers)
        return _test(attempt, settings)


def _test(attempt: Attempt, settings: Settings) -> TestAnswer:
    shown = []
    for one in attempt.drawn:
        question = questions()[one["question"]]
        answers = [question.answers[place] for place in one["order"]]
        shown.append(QuestionAnswer(question=question.words, answers=answers))
    return TestAnswer(
        id=attempt.id,
        questions=shown,
        ends_at=ends_at(attempt, settings),
        needed=needed(attempt, settings),
        right=attempt.right,
        passed=None if attempt.right is None else attempt.evidence is not None,
    )

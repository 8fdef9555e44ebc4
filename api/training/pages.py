"""The course as pages, and its test: the questions are shown, the answers stay here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.db import now
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import EnclaveError, InvalidError, NotFoundError, TooManyRequestsError
from api.identity.dependencies import Login, LoginDep, require_login
from api.review.forms import FieldsDep
from api.settings import Settings
from api.training.course import Question, lessons, questions
from api.training.models import Attempt
from api.training.service import (
    answer_attempt,
    attempt_of,
    attempts_left,
    begin_attempt,
    ends_at,
    is_open,
    needed,
    open_attempt,
    trained_until,
    wrongly_answered,
)
from api.web.forms import UNTOUCHED, Typed
from api.web.language import language_of
from api.web.rendering import page
from api.web.sent import SentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(prefix="/training", dependencies=[RememberViewer], include_in_schema=False)
LEARNER = "learner"
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class Asked:
    """A question as it is shown: its answers in the order that was drawn, and the place that was chosen."""

    question: Question
    answers: Sequence[Text]
    chosen: int | None


@router.get("")
def training_page(
    request: Request, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show the lessons, how the reader stands, and the way to the test."""
    with database.reading() as session:
        return _training(request, session, login, settings)


@router.get("/lessons/{slug}", dependencies=[Depends(require_login)])
def lesson_page(request: Request, slug: str) -> HTMLResponse:
    """Show one lesson and the way to the next."""
    if slug not in lessons():
        raise NotFoundError("no_lesson", Text("Deze les is er niet.", "There is no such lesson."))
    order = list(lessons().values())
    place = list(lessons()).index(slug)
    return page(
        request,
        "training/lesson.html",
        lesson=order[place],
        blocks=order[place].blocks[language_of(request)],
        number=place + 1,
        total=len(order),
        following=order[place + 1] if place + 1 < len(order) else None,
    )


@router.post("/attempts")
def begin(sent: SentDep, settings: SettingsDep) -> Response:
    """Draw a test, or go on with the one that is not answered yet."""

    def change(session: Session, login: Login) -> str:
        return f"/training/attempts/{begin_attempt(session, login.actor(LEARNER), settings).id}"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _training(sent.request, session, sent.login, settings, Typed("begin", {}, problem))

    return sent.carry_out(change, again, told=(TooManyRequestsError,))


@router.get("/attempts/{number}")
def attempt_page(
    request: Request, number: Number, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show the questions of a test, or what came of it."""
    with database.reading() as session:
        return _attempt(request, session, login, settings, number)


@router.post("/attempts/{number}")
def hand_in(sent: SentDep, number: Number, settings: SettingsDep, fields: FieldsDep) -> Response:
    """Hand in a test; what is refused is shown with the answers that were chosen."""

    def change(session: Session, login: Login) -> str:
        attempt = attempt_of(session, login.person, number)
        chosen = [_chosen(fields, place) for place in range(len(attempt.drawn))]
        if None in chosen:
            raise InvalidError("unanswered", Text(nl="Beantwoord elke vraag.", en="Answer each question."))
        answer_attempt(session, login.actor(LEARNER), settings, attempt, chosen)
        return f"/training/attempts/{number}"

    def again(session: Session, problem: EnclaveError) -> Response:
        typed = Typed("test", fields, problem)
        return _attempt(sent.request, session, sent.login, settings, number, typed)

    return sent.carry_out(change, again)


def _chosen(fields: Mapping[str, str], place: int) -> int | None:
    answer = fields.get(f"question-{place + 1}", "")
    return int(answer) if answer.isdecimal() and len(answer) < 3 else None


def _training(
    request: Request, session: Session, login: Login, settings: Settings, typed: Typed = UNTOUCHED
) -> HTMLResponse:
    person = login.within(session).person
    return page(
        request,
        "training/training.html",
        status=typed.status,
        lessons=list(lessons().values()),
        until=trained_until(person),
        begun=open_attempt(session, person, settings),
        left=attempts_left(session, person, settings),
        typed=typed,
    )


def _attempt(
    request: Request,
    session: Session,
    login: Login,
    settings: Settings,
    number: int,
    typed: Typed = UNTOUCHED,
) -> HTMLResponse:
    attempt = attempt_of(session, login.within(session).person, number)
    opened = is_open(attempt, settings)
    return page(
        request,
        "training/attempt.html",
        status=typed.status,
        attempt=attempt,
        open=opened,
        asked=_asked(attempt, typed) if opened else [],
        ends_at=ends_at(attempt, settings),
        late=now() >= ends_at(attempt, settings),
        needed=needed(attempt, settings),
        again=_to_read_again(attempt) if attempt.answered_at else [],
        typed=typed,
    )


def _asked(attempt: Attempt, typed: Typed) -> list[Asked]:
    shown = []
    for place, one in enumerate(attempt.drawn):
        question = questions()[one["question"]]
        answers = [question.answers[which] for which in cast(list[int], one["order"])]
        shown.append(Asked(question, answers, _chosen(typed.given, place)))
    return shown


def _to_read_again(attempt: Attempt) -> list[object]:
    """The lessons about what was answered wrongly, in their order; which answer was wrong is not told."""
    named = {question.lesson for question in wrongly_answered(attempt)}
    return [lesson for slug, lesson in lessons().items() if slug in named]

"""Pages for output checkers: what waits for them, and one request with everything they need to decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.access.policies import reviewers_required
from api.dependencies import DatabaseDep
from api.errors import ConflictError, EnclaveError, InvalidError
from api.identity.dependencies import CsrfDep, Login, LoginDep
from api.people.models import Person, Role
from api.requests.models import OutputRequest
from api.requests.queries import find_request, queue_of
from api.requests.states import IN_REVIEW
from api.requests.verdicts import verdict_of
from api.review.models import Decision, Review
from api.review.permissions import check_user_can_review
from api.review.service import decide, reviews_of_round
from api.review.visibility import visible_reviews
from api.web.labels import OUTCOMES, Label
from api.web.language import language_of
from api.web.outputs import shown_output
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
_NUMBER = re.compile(r"R-\d{4}-\d{4,12}")
_DECIDED = Text("U heeft over deze aanvraag beslist.", "You have decided on this request.")
_CLOSED = Text(
    "Over deze aanvraag valt nu niets te beslissen.", "There is nothing to decide on this request now."
)
_CHOOSE = Text("Kies een beslissing.", "Choose a decision.")


@dataclass(frozen=True)
class Waiting:
    """A request in the queue: the outcome of the rules, and how many of the required decisions are in."""

    request: OutputRequest
    outcomes: list[Label]
    decided: int
    required: int


@dataclass(frozen=True)
class Key:
    """One of the decisions that a release takes; `hidden` is a colleague's that the reader may not see yet."""

    name: str | None = None
    decision: Decision | None = None
    comment: str = ""
    mine: bool = False
    hidden: bool = False


@router.get("/queue")
def queue_page(request: Request, login: LoginDep, database: DatabaseDep, done: str = "") -> HTMLResponse:
    """Show what waits for a decision of the reader, oldest first."""
    with database.reading() as session:
        items = [_waiting(session, item) for item in queue_of(session, login.within(session).person)]
        return page(request, "queue.html", items=items, done=done if _NUMBER.fullmatch(done) else "")


@router.get("/review/{number}")
def review_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show one request to a checker: table, evidence, findings, context, and the form to decide."""
    with database.reading() as session:
        return _page(request, session, login, number)


@router.post("/review/{number}")
def decide_on(
    request: Request,
    number: str,
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    row_version: Annotated[int, Form()],
    decision: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Record a decision and go back to the queue; a refused one is shown with what was typed."""
    try:
        with database.transaction() as session:
            checker = login.within(session)
            item = find_request(session, checker.person, number)
            decide(
                session, checker.actor(Role.CHECKER.value), item, _decision(decision), comment, row_version
            )
    except (ConflictError, InvalidError) as problem:
        with database.reading() as session:
            return _page(request, session, login, number, problem, {"decision": decision, "comment": comment})
    return RedirectResponse(f"/queue?done={number}", status_code=303)


def _page(
    request: Request,
    session: Session,
    login: Login,
    number: str,
    problem: EnclaveError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    item = find_request(session, person, number)
    check_user_can_review(session, person, item)
    outputs = [shown_output(output, verdict_of(output), language_of(request)) for output in item.outputs]
    keys = _keys(session, person, item)
    context: dict[str, Any] = {
        "item": item,
        "outputs": outputs,
        "keys": keys,
        "closed": _closed(item, keys),
        "problem": problem,
        "fields": {problem.field: problem.message} if problem and problem.field else {},
        "given": given or {"decision": "", "comment": ""},
    }
    return page(request, "review.html", status=problem.status if problem else 200, **context)


def _decision(said: str) -> Decision:
    try:
        return Decision(said)
    except ValueError:
        raise InvalidError("no_decision", _CHOOSE, field="decision") from None


def _waiting(session: Session, item: OutputRequest) -> Waiting:
    verdicts = [verdict for output in item.outputs if (verdict := verdict_of(output))]
    outcomes = [OUTCOMES[verdict.outcome] for verdict in verdicts]
    return Waiting(item, outcomes, len(reviews_of_round(session, item)), reviewers_required(item.project))


def _keys(session: Session, person: Person, item: OutputRequest) -> list[Key]:
    visible = {review.id for review in visible_reviews(session, person, item)}
    keys = [_key(review, person, review.id in visible) for review in reviews_of_round(session, item)]
    return keys + [Key()] * (reviewers_required(item.project) - len(keys))


def _key(review: Review, person: Person, visible: bool) -> Key:
    if not visible:
        return Key(hidden=True)
    mine = review.checker_id == person.id
    return Key(review.checker.name, review.decision, review.comment, mine)


def _closed(item: OutputRequest, keys: Sequence[Key]) -> Text | None:
    if any(key.mine for key in keys):
        return _DECIDED
    return None if item.state in IN_REVIEW else _CLOSED

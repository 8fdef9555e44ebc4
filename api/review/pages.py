"""Pages for output checkers: what waits for them, and one request with everything they need to decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.centre.courses import usual_answers
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import ConflictError, EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep, check_strong_login
from api.paging import PAGE_SIZE, Offset
from api.people.models import Person, Role
from api.release.choice import NoiseChoice
from api.release.earlier import earlier_releases
from api.release.noise import Beside, beside_noise
from api.requests.models import OutputRequest, Sort
from api.requests.queries import find_request
from api.requests.states import IN_REVIEW
from api.review.afterwards import after_check_of, check_afterwards, waiting_for
from api.review.claims import claim_request, claims_of, give_back, is_stale
from api.review.comments import add_comment, visible_comments
from api.review.forms import FieldsDep, NarrowingDep, ballots_in, mentions_in, result_in
from api.review.looking import record_looking
from api.review.models import AfterCheckResult, Decision, Reach, Review, Vote
from api.review.permissions import check_user_can_review
from api.review.queue import Narrowing, queue_for
from api.review.service import reviews_needed, reviews_of_round, vote
from api.review.tables import verdict_at_hand
from api.review.visibility import visible_reviews
from api.review.votes import earlier_votes
from api.settings import Settings
from api.web.forms import refusal
from api.web.language import language_of
from api.web.outputs import shown_comments, shown_differences, shown_output, shown_remarks
from api.web.protection import shown_protection
from api.web.rendering import page
from api.web.sent import MENDABLE, Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Language, Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
_ROLE = Role.CHECKER.value
_TYPED = ("comment", "text", "cells", "reach", "result", "finding")
_NUMBER = re.compile(r"R-\d{4}-\d{4,12}")
_DECIDED = Text("U heeft over deze aanvraag beslist.", "You have decided on this request.")
_CLOSED = Text(
    "Over deze aanvraag valt nu niets te beslissen.", "There is nothing to decide on this request now."
)


@dataclass(frozen=True)
class Key:
    """One of the decisions that a release takes; `hidden` is a colleague's that the reader may not see yet."""

    name: str | None = None
    decision: Decision | None = None
    comment: str = ""
    mine: bool = False
    hidden: bool = False
    votes: Sequence[Vote] = ()


@dataclass(frozen=True)
class Choice:
    """What the form asks about one table, filled in with `decision` and `comment`; `suffix` ends its field names.

    `kept` tells that it holds what the reader decided in the last round, because the table is unchanged.
    """

    position: int
    title: str
    sort: Sort
    suffix: str
    decision: str
    comment: str
    kept: bool


@router.get("/queue")
def queue_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    narrowing: NarrowingDep,
    done: str = "",
    offset: Offset = 0,
    checked: str = "",
) -> HTMLResponse:
    """Show what waits for a decision of the reader, oldest first, or the part of it that they ask for."""
    with database.reading() as session:
        person = login.within(session).person
        queue = queue_for(session, person, narrowing, offset)
        return page(
            request,
            "queue.html",
            queue=queue,
            checked=checked if _NUMBER.fullmatch(checked) else "",
            afterwards=waiting_for(session, person),
            usual=usual_answers(session, (item.request.project.centre for item in queue.items)),
            size=PAGE_SIZE,
            asked=urlencode(_asked(narrowing)),
            narrowing=narrowing,
            done=done if _NUMBER.fullmatch(done) else "",
        )


def _asked(narrowing: Narrowing) -> dict[str, str]:
    """How an address asks for this part of the queue again."""
    said = {"project": narrowing.project, "risk": narrowing.risk, "held_by": narrowing.held_by}
    return {name: str(value) for name, value in (said | {"days": narrowing.days}).items() if value}


@router.get("/review/{number}")
def review_page(
    request: Request, number: str, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show one request to a checker: table, evidence, findings, context, and the form to decide."""
    with database.reading() as session:
        checker = login.within(session)
        item = find_request(session, checker.person, number)
        check_user_can_review(session, checker.person, item)
        record_looking(database, checker, item, "everything")
        stale = is_stale(session, settings, item, checker.person)
        shown = _page(request, session, login, number)
    if stale:
        with database.transaction() as session:
            _claim(session, login.within(session), settings, number)
    return shown


@router.post("/review/{number}/claim")
def claim_it(sent: SentDep, number: str, settings: SettingsDep) -> Response:
    """Tell other checkers that the reader looks at a request."""

    def change(session: Session, checker: Login) -> str:
        _claim(session, checker, settings, number)
        return f"/review/{number}"

    return _changed(sent, number, change, told=(ConflictError,))


@router.post("/review/{number}/claim/end")
def give_it_back(sent: SentDep, number: str, version: Annotated[int, Form()]) -> Response:
    """End the reader's claim on a request."""

    def change(session: Session, checker: Login) -> str:
        item = find_request(session, checker.person, number)
        give_back(session, checker.actor(_ROLE), item, version)
        return "/queue"

    return _changed(sent, number, change, told=(ConflictError,))


@router.post("/review/{number}")
def decide_on(
    sent: StrongSentDep, number: str, row_version: Annotated[int, Form()], fields: FieldsDep
) -> Response:
    """Record a decision and go back to the queue; a refused one is shown with what was typed."""

    def change(session: Session, checker: Login) -> str:
        item = find_request(session, checker.person, number)
        comment = fields.get("comment", "")
        vote(session, checker.actor(_ROLE), item, ballots_in(fields), comment, row_version)
        return f"/queue?done={number}"

    return _changed(sent, number, change, fields)


@router.post("/review/{number}/after-check")
def check_it_afterwards(sent: SentDep, number: str, secrets: SecretsDep, fields: FieldsDep) -> Response:
    """Record what the reader finds of a release that the policy settled; a refused finding is shown as it was typed."""

    def change(session: Session, checker: Login) -> str:
        item, result = find_request(session, checker.person, number), result_in(fields)
        if result is AfterCheckResult.IN_ORDER:
            check_strong_login(checker)
        check_afterwards(session, checker.actor(_ROLE), secrets, item, result, fields.get("finding", ""))
        return f"/queue?checked={number}"

    return _changed(sent, number, change, fields)


@router.post("/review/{number}/comments")
def comment_on(sent: SentDep, number: str, fields: FieldsDep) -> Response:
    """Write about a request, for all who may see it or among checkers; a refused one is shown as it was typed."""

    def change(session: Session, checker: Login) -> str:
        item = find_request(session, checker.person, number)
        check_user_can_review(session, checker.person, item)
        reach = Reach.PUBLIC if fields.get("reach") == Reach.PUBLIC else Reach.CHECKERS
        cells = mentions_in(fields.get("cells", ""))
        add_comment(session, checker.actor(_ROLE), item, fields.get("text", ""), reach, cells)
        return f"/review/{number}#comments"

    return _changed(sent, number, change, fields, told=(InvalidError,))


def _changed(
    sent: Sent,
    number: str,
    change: Callable[[Session, Login], str],
    given: dict[str, str] | None = None,
    told: tuple[type[EnclaveError], ...] = MENDABLE,
) -> Response:
    return sent.carry_out(
        change,
        lambda session, problem: _page(sent.request, session, sent.login, number, problem, given),
        told=told,
    )


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
    keys = _keys(session, person, item)
    claims = claims_of(session, item) if item.state in IN_REVIEW else []
    beside = beside_noise(session, item)
    context: dict[str, Any] = {
        "item": item,
        **_tables(session, item, language_of(request), request.app.state.settings),
        "released": earlier_releases(session, person, item),
        "beside": beside,
        "noise_choices": _noise_choices(beside),
        "differences": shown_differences(item),
        "remarks": shown_remarks(item),
        "keys": keys,
        "claims": claims,
        "mine": next((claim for claim in claims if claim.checker_id == person.id), None),
        "earlier": _earlier(session, person, item),
        "choices": _choices(item, earlier_votes(session, item, person), given),
        "closed": _closed(item, keys),
        "given": dict.fromkeys(_TYPED, "") | (given or {}),
        "after_check": after_check_of(session, item),
        "comments": shown_comments(
            visible_comments(session, person, item), language_of(request), with_cells=True
        ),
    }
    return page(request, "review.html", **context, **refusal(problem))


def _noise_choices(beside: Mapping[int, Beside]) -> list[NoiseChoice]:
    """From how many answers with noise the project could choose, once for each population."""
    found = {choice.population.id: choice for one in beside.values() for choice in one.choices}
    return list(found.values())


def _tables(session: Session, item: OutputRequest, language: Language, settings: Settings) -> dict[str, Any]:
    judged = [(output, verdict_at_hand(session, output)) for output in item.outputs]
    return {
        "outputs": [shown_output(output, verdict, language, settings) for output, verdict in judged],
        "protections": {
            output.position: shown_protection(verdict, output.position, language)
            for output, verdict in judged
            if verdict and not output.is_file
        },
    }


def _choices(item: OutputRequest, kept: Mapping[int, Vote], given: Mapping[str, str] | None) -> list[Choice]:
    """Return the choices of the form: as they were sent, else as the reader decided before on what is unchanged."""
    several = len(item.outputs) > 1
    choices = []
    for output in item.outputs:
        suffix, earlier = (f"-{output.position}" if several else ""), kept.get(output.id)
        said = (
            {f"decision{suffix}": earlier.decision.value, f"comment{suffix}": earlier.comment}
            if earlier
            else {}
        )
        said |= given or {}
        decision, comment = said.get(f"decision{suffix}", ""), said.get(f"comment-{output.position}", "")
        choices.append(
            Choice(output.position, output.title, output.sort, suffix, decision, comment, earlier is not None)
        )
    return choices


def _earlier(session: Session, person: Person, item: OutputRequest) -> list[Review]:
    return [review for review in visible_reviews(session, person, item) if review.round < item.round]


def _claim(session: Session, checker: Login, settings: Settings, number: str) -> None:
    item = find_request(session, checker.person, number)
    claim_request(session, checker.actor(_ROLE), settings, item)


def _keys(session: Session, person: Person, item: OutputRequest) -> list[Key]:
    visible = {review.id for review in visible_reviews(session, person, item)}
    keys = [_key(review, person, review.id in visible) for review in reviews_of_round(session, item)]
    return keys + [Key()] * (reviews_needed(session, item) - len(keys))


def _key(review: Review, person: Person, visible: bool) -> Key:
    if not visible:
        return Key(hidden=True)
    mine = review.checker_id == person.id
    return Key(review.checker.name, review.decision, review.comment, mine, votes=review.votes)


def _closed(item: OutputRequest, keys: Sequence[Key]) -> Text | None:
    if any(key.mine for key in keys):
        return _DECIDED
    return None if item.state in IN_REVIEW else _CLOSED

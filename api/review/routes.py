"""Reviewing for programs: the queue of a checker, and a decision."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.identity.dependencies import CsrfDep, LoginDep, StrongCsrfDep, check_strong_login
from api.paging import LARGEST_PAGE, Limit, Offset
from api.people.models import Role
from api.requests import answers, queries
from api.requests.answers import RequestDetail, RequestSummary
from api.review.afterwards import check_afterwards, waiting_for
from api.review.claims import claim_request, give_back
from api.review.comments import Mention, add_comment, visible_comments
from api.review.models import AfterCheckResult, Comment, Decision, Reach
from api.review.permissions import user_can_review
from api.review.service import decide, vote
from api.review.votes import Ballot

router = APIRouter(prefix="/api", tags=["review"])


class NewVote(BaseModel):
    """What a checker says of one output."""

    output: int = Field(description="Its position.")
    decision: Decision
    comment: str = Field(default="", description="Needed for return and reject, here or for all.")


class NewReview(BaseModel):
    """A checker's decision about a request as they saw it: one for all outputs, or a vote for each.

    Outputs that are unchanged since the last round keep the vote of then when none is given.
    """

    decision: Decision | None = None
    votes: list[NewVote] = Field(default=[], max_length=100, description="Instead of `decision`.")
    comment: str = Field(default="", description="Needed for return and reject.")
    row_version: int = Field(description="The row_version of the request that you looked at.")


class ClaimAnswer(BaseModel):
    """A claim on a request: whose, until when, and the version that giving it back names."""

    by: str
    version: int
    expires_at: dt.datetime


class ClaimVersion(BaseModel):
    """The claim as it was seen."""

    version: int


class NewAfterCheck(BaseModel):
    """What a checker finds of a release that a policy settled."""

    result: AfterCheckResult
    comment: str = Field(default="", description="Needed when it is not in order; then it becomes public.")


class AfterCheckAnswer(BaseModel):
    """What was recorded, and the state of the request after it."""

    result: AfterCheckResult
    state: str


class CellMention(BaseModel):
    """A cell: the position of its output, its row and column (0-based, as in the verdict)."""

    output: int
    row: int
    column: int


class NewComment(BaseModel):
    """What is to be said about a request, for all who may see it or among checkers."""

    text: str
    reach: Reach
    cells: list[CellMention] = Field(default=[], max_length=1000)


class CommentAnswer(BaseModel):
    """A comment; `cells` are for those who may see the table."""

    by: str
    at: dt.datetime
    round: int
    reach: str
    text: str
    cells: list[CellMention]


@router.get("/queue")
def read_queue(
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    offset: Offset = 0,
    limit: Limit = LARGEST_PAGE,
) -> list[RequestSummary]:
    """List the requests that wait for your decision, oldest first."""
    with database.reading() as session:
        person = login.within(session).person
        waiting = queries.queue_of(session, person, offset, limit).items
        return [answers.summary_of(settings, request) for request in waiting]


@router.post("/requests/{number}/reviews", status_code=201)
def decide_request(
    number: str,
    new: NewReview,
    login: LoginDep,
    _: StrongCsrfDep,
    database: DatabaseDep,
    settings: SettingsDep,
) -> RequestDetail:
    """Decide about a request: once a round, and not to be undone."""
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        actor = login.actor(Role.CHECKER.value)
        if new.decision is not None:
            decide(session, actor, request, new.decision, new.comment, new.row_version)
        else:
            ballots = {one.output: Ballot(one.decision, one.comment) for one in new.votes}
            vote(session, actor, request, ballots, new.comment, new.row_version)
        return answers.detail_of(session, settings, login.person, request)


@router.post("/requests/{number}/claim", status_code=201)
def claim(
    number: str, login: LoginDep, _: CsrfDep, database: DatabaseDep, settings: SettingsDep
) -> ClaimAnswer:
    """Tell other checkers that you look at a request, or renew that."""
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        held = claim_request(session, login.actor(Role.CHECKER.value), settings, request)
        return ClaimAnswer(by=held.checker.subject, version=held.version, expires_at=held.expires_at)


@router.post("/requests/{number}/claim/end", status_code=204)
def end_claim(number: str, seen: ClaimVersion, login: LoginDep, _: CsrfDep, database: DatabaseDep) -> None:
    """Give a request back that you claimed."""
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        give_back(session, login.actor(Role.CHECKER.value), request, seen.version)


@router.get("/after-checks")
def read_after_checks(login: LoginDep, database: DatabaseDep, settings: SettingsDep) -> list[RequestSummary]:
    """List the releases that wait for you to check them afterwards, oldest first."""
    with database.reading() as session:
        waiting = waiting_for(session, login.within(session).person)
        return [answers.summary_of(settings, one.release.request) for one in waiting]


@router.post("/requests/{number}/after-check", status_code=201)
def check_request_afterwards(
    number: str, new: NewAfterCheck, login: LoginDep, _: CsrfDep, database: DatabaseDep, secrets: SecretsDep
) -> AfterCheckAnswer:
    """Say whether a release that a policy settled is in order; when it is not, it is revoked at once."""
    if new.result is AfterCheckResult.IN_ORDER:
        check_strong_login(login)
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        actor = login.actor(Role.CHECKER.value)
        check_afterwards(session, actor, secrets, request, new.result, new.comment)
        return AfterCheckAnswer(result=new.result, state=request.state.value)


@router.get("/requests/{number}/comments")
def read_comments(number: str, login: LoginDep, database: DatabaseDep) -> list[CommentAnswer]:
    """Read the comments about a request that are for you."""
    with database.reading() as session:
        person = login.within(session).person
        request = queries.find_request(session, person, number)
        with_cells = user_can_review(session, person, request)
        return [_comment(one, with_cells) for one in visible_comments(session, person, request)]


@router.post("/requests/{number}/comments", status_code=201)
def comment_on(
    number: str, new: NewComment, login: LoginDep, _: CsrfDep, database: DatabaseDep
) -> CommentAnswer:
    """Write about a request: as its author, or as a checker."""
    mentions = [Mention(cell.output, cell.row, cell.column) for cell in new.cells]
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        is_own = login.person.id == request.author_id
        actor = login.actor("author" if is_own else Role.CHECKER.value)
        return _comment(add_comment(session, actor, request, new.text, new.reach, mentions), not is_own)


def _comment(comment: Comment, with_cells: bool) -> CommentAnswer:
    cells = [
        CellMention(output=cell.output.position, row=cell.row, column=cell.column) for cell in comment.cells
    ]
    return CommentAnswer(
        by=comment.writer.subject,
        at=comment.written_at,
        round=comment.round,
        reach=comment.reach.value,
        text=comment.text,
        cells=cells if with_cells else [],
    )

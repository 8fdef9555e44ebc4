"""Requests for programs: the door of sandboxes (token) and the door of people outside (session)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.security.utils import get_authorization_scheme_param
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.access.models import Grant, Sandbox
from api.access.sandboxes import sandbox_by_token
from api.access.token_door import RECORD_REFUSALS
from api.audit.service import Actor
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import NotLoggedInError
from api.identity.dependencies import CsrfDep, LoginDep
from api.paging import PAGE_SIZE, Limit, Offset
from api.requests import answers, queries
from api.requests.answers import (
    NewDraft,
    NewRequest,
    NewRound,
    OutputAnswer,
    RequestAnswer,
    RequestDetail,
    RequestList,
)
from api.requests.drafts import begin_draft, drafted_outputs
from api.requests.models import OutputRequest
from api.requests.permissions import check_user_can_read_results
from api.requests.service import withdraw
from api.requests.submission import prepare, resubmit, submit
from api.requests.waiting import LONGEST_WAIT, UNJUDGED, Waiting
from api.review.looking import record_looking
from api.review.permissions import user_can_review
from api.settings import Settings
from output_checker.text import Text

router = APIRouter()

AuthorizationHeader = Annotated[str, Header(description="Bearer and the token of the sandbox.")]
Wait = Annotated[
    int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the verdict while there is none.")
]


def get_waiting(http: Request) -> Waiting:
    """Return where the application's readers wait."""
    return cast(Waiting, http.app.state.waiting)


WaitingDep = Annotated[Waiting, Depends(get_waiting)]


def sandbox_at_door(session: Session, authorization: str) -> Sandbox:
    """Return the running sandbox whose bridge carries this token.

    Raises NotLoggedInError when there is none, or its person may no longer be in the project.
    """
    scheme, token = get_authorization_scheme_param(authorization)
    if scheme.lower() != "bearer" or not token:
        raise NotLoggedInError("no_token", Text("Er ontbreekt een token.", "A token is missing."))
    return sandbox_by_token(session, token)


@router.post("/sandbox/drafts", status_code=201, tags=["sandbox"], dependencies=[RECORD_REFUSALS])
def save_draft(
    new: NewDraft, database: DatabaseDep, settings: SettingsDep, authorization: AuthorizationHeader = ""
) -> RequestAnswer:
    """Save outputs as a draft, that its author completes and submits on its page."""
    with database.reading() as session:
        grant = sandbox_at_door(session, authorization).grant
        outputs = drafted_outputs(session, settings, grant, new.asked())
    with database.transaction() as session:
        grant = sandbox_at_door(session, authorization).grant
        begun = begin_draft(session, _author(grant), settings, grant, new.words(), outputs)
        return answers.answer_of(session, settings, begun)


@router.get("/sandbox/requests", tags=["sandbox"], dependencies=[RECORD_REFUSALS])
def list_sandbox_requests(
    database: DatabaseDep,
    settings: SettingsDep,
    authorization: AuthorizationHeader = "",
    offset: Offset = 0,
    limit: Limit = PAGE_SIZE,
) -> RequestList:
    """List the own requests in this project, newest first."""
    with database.reading() as session:
        sandbox = sandbox_at_door(session, authorization)
        return answers.list_of(settings, queries.requests_in(session, sandbox, offset, limit))


async def await_verdict(
    number: str,
    waiting: WaitingDep,
    database: DatabaseDep,
    authorization: AuthorizationHeader = "",
    wait: Wait = 0,
) -> None:
    """Let a reader wait, who may read the request: the door is the same as without waiting, before and after."""
    if not wait:
        return

    def found() -> OutputRequest:
        with database.reading() as session:
            return queries.find_request_in(session, sandbox_at_door(session, authorization), number)

    asked = await run_in_threadpool(found)
    if asked.state in UNJUDGED:
        await waiting.until_judged(asked.id, wait)


@router.get(
    "/sandbox/requests/{number}", tags=["sandbox"], dependencies=[RECORD_REFUSALS, Depends(await_verdict)]
)
def read_sandbox_request(
    number: str, database: DatabaseDep, settings: SettingsDep, authorization: AuthorizationHeader = ""
) -> RequestAnswer:
    """Read an own request in this project, with the full verdict."""
    with database.reading() as session:
        sandbox = sandbox_at_door(session, authorization)
        return _answer(session, settings, queries.find_request_in(session, sandbox, number))


@router.post("/sandbox/requests", status_code=202, tags=["sandbox"], dependencies=[RECORD_REFUSALS])
async def submit_request(
    new: NewRequest,
    waiting: WaitingDep,
    database: DatabaseDep,
    settings: SettingsDep,
    authorization: AuthorizationHeader = "",
    wait: Wait = 0,
) -> RequestAnswer:
    """Submit one query or several outputs for judging and release."""

    def submitted() -> tuple[int, RequestAnswer]:
        with database.reading() as session:
            grant = sandbox_at_door(session, authorization).grant
            prepared = prepare(session, settings, grant, new.document(), new.idempotency_key)
        with database.transaction() as session:
            grant = sandbox_at_door(session, authorization).grant
            request = submit(session, _author(grant), settings, grant, prepared)
            return request.id, _answer(session, settings, request)

    read = partial(read_sandbox_request, database=database, settings=settings, authorization=authorization)
    return await _heard(submitted, read, waiting, wait)


@router.post(
    "/sandbox/requests/{number}/rounds", status_code=202, tags=["sandbox"], dependencies=[RECORD_REFUSALS]
)
async def submit_round(
    number: str,
    new: NewRound,
    waiting: WaitingDep,
    database: DatabaseDep,
    settings: SettingsDep,
    authorization: AuthorizationHeader = "",
    wait: Wait = 0,
) -> RequestAnswer:
    """Submit an own request again that came back; words that are left out stay as they were."""

    def submitted() -> tuple[int, RequestAnswer]:
        with database.reading() as session:
            sandbox = sandbox_at_door(session, authorization)
            request = queries.find_request_in(session, sandbox, number)
            prepared = prepare(session, settings, sandbox.grant, new.document(), new.idempotency_key, request)
        with database.transaction() as session:
            sandbox = sandbox_at_door(session, authorization)
            request = queries.find_request_in(session, sandbox, number)
            resubmit(session, _author(sandbox.grant), settings, sandbox.grant, request, prepared)
            return request.id, _answer(session, settings, request)

    read = partial(read_sandbox_request, database=database, settings=settings, authorization=authorization)
    return await _heard(submitted, read, waiting, wait)


async def _heard(
    submitted: Callable[[], tuple[int, RequestAnswer]],
    read: Callable[[str], RequestAnswer],
    waiting: Waiting,
    wait: int,
) -> RequestAnswer:
    """Submit, and answer at once or with the verdict: who waited comes through the door anew."""
    request_id, answer = await run_in_threadpool(submitted)
    if not wait:
        return answer
    await waiting.until_judged(request_id, wait)
    return await run_in_threadpool(read, answer.id)


def _answer(session: Session, settings: Settings, request: OutputRequest) -> RequestAnswer:
    # Also of what is sent once more: it shows the present round, which may be about something else than what was sent.
    check_user_can_read_results(session, request)
    return answers.answer_of(session, settings, request)


def _author(grant: Grant) -> Actor:
    return Actor(grant.person, grant.role.value)


@router.get("/sandbox/requests/{number}/outputs/{position}", tags=["sandbox"], dependencies=[RECORD_REFUSALS])
def read_sandbox_output(
    number: str, position: int, database: DatabaseDep, authorization: AuthorizationHeader = ""
) -> OutputAnswer:
    """Read one output of an own request in this project, with its full verdict."""
    with database.reading() as session:
        sandbox = sandbox_at_door(session, authorization)
        request = queries.find_request_in(session, sandbox, number)
        check_user_can_read_results(session, request)
        return answers.output_answer(request, position)


@router.get("/api/requests", tags=["requests"])
def list_requests(
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    offset: Offset = 0,
    limit: Limit = PAGE_SIZE,
) -> RequestList:
    """List the requests that you may see, newest first."""
    with database.reading() as session:
        person = login.within(session).person
        return answers.list_of(settings, queries.requests_of(session, person, offset, limit))


@router.get("/api/requests/{number}", tags=["requests"])
def read_request(number: str, login: LoginDep, database: DatabaseDep, settings: SettingsDep) -> RequestDetail:
    """Read a request, as far as you may see it."""
    with database.reading() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        if user_can_review(session, login.person, request):
            record_looking(database, login, request, "everything")
        return answers.detail_of(session, settings, login.person, request)


@router.post("/api/requests/{number}/withdrawal", tags=["requests"])
def withdraw_request(
    number: str, login: LoginDep, _: CsrfDep, database: DatabaseDep, settings: SettingsDep
) -> RequestDetail:
    """Take your own request back, for good."""
    with database.transaction() as session:
        login = login.within(session)
        request = queries.find_request(session, login.person, number)
        withdraw(session, login.actor("author"), request)
        return answers.detail_of(session, settings, login.person, request)

"""Pages of requests for those who made them: what was asked, how far it is, why it came back, and the released files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.queries import projects_of
from api.centre.turnaround import turnaround_of
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep
from api.paging import PAGE_SIZE, Offset
from api.release.delays import delay_of
from api.release.noise import beside_noise
from api.release.shown import shown_release
from api.requests.drafts import draft_of
from api.requests.models import Output, RequestState
from api.requests.queries import find_request, requests_of
from api.requests.service import check_author, next_step
from api.requests.states import STATE_OWNERS, Party, is_lawful
from api.requests.verdicts import outcome_of, released_of, verdict_of
from api.review.comments import add_comment, visible_comments
from api.review.models import Reach
from api.review.visibility import findings_about, visible_reviews
from api.web.forms import refusal
from api.web.labels import OUTCOMES, Label
from api.web.language import language_of
from api.web.outputs import ShownOutput, shown_comments, shown_output
from api.web.progress import shown_steps
from api.web.rendering import page
from api.web.results import ShownFinding, findings_in_words
from api.web.sent import SentDep
from api.web.viewer import RememberViewer
from output_checker.text import Language, Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@dataclass(frozen=True)
class ToldOutput:
    """An output as it is told outside: its table only once it is released, what the rules say without places.

    `ways_out` is what would do instead, by its place among the proposals in the notebook.
    """

    shown: ShownOutput
    outcome: Label | None
    findings: list[ShownFinding]
    ways_out: list[tuple[int, Text]]


@router.get("/requests")
def requests_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    offset: Offset = 0,
) -> HTMLResponse:
    """Show the requests that the reader may see, newest first."""
    with database.reading() as session:
        return list_page(request, session, login, offset)


@router.get("/requests/{number}")
def request_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> Response:
    """Show one request: its state, findings and, once released, its table and files; a draft has its own page."""
    with database.reading() as session:
        if find_request(session, login.within(session).person, number).state is RequestState.DRAFT:
            return RedirectResponse(f"/requests/{number}/draft", status_code=303)
        return _page(request, session, login, number)


@router.post("/requests/{number}/comments")
def comment_on(sent: SentDep, number: str, text: Annotated[str, Form()] = "") -> Response:
    """Write to the checkers of one's own request; a refused comment is shown as it was typed."""

    def change(session: Session, author: Login) -> str:
        item = find_request(session, author.person, number)
        check_author(author.actor("author"), item)
        add_comment(session, author.actor("author"), item, text, Reach.PUBLIC)
        return f"/requests/{number}#comments"

    return sent.carry_out(
        change,
        lambda session, problem: _page(sent.request, session, sent.login, number, problem, text),
        told=(InvalidError,),
    )


def list_page(
    request: Request,
    session: Session,
    login: Login,
    offset: int = 0,
    problem: EnclaveError | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    """Show the requests that the reader may see, and the form for a draft, with what was `typed` and refused."""
    person = login.within(session).person
    open_projects = [
        project
        for project in projects_of(session, person)
        if decide(session, Door.SUBMIT, person, project).allowed
    ]
    return page(
        request,
        "requests.html",
        **refusal(problem),
        listed=requests_of(session, person, offset, PAGE_SIZE),
        size=PAGE_SIZE,
        open_projects=open_projects,
        typed=typed,
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    number: str,
    problem: EnclaveError | None = None,
    text: str = "",
) -> HTMLResponse:
    person, language = login.within(session).person, language_of(request)
    item = find_request(session, person, number)
    release = shown_release(session, person, item)
    files = release.files if release else []
    return page(
        request,
        "request.html",
        **refusal(problem),
        item=item,
        comments=shown_comments(visible_comments(session, person, item), language, with_cells=False),
        is_author=person.id == item.author_id,
        has_draft=person.id == item.author_id and draft_of(session, item) is not None,
        may_withdraw=is_lawful(item.state, RequestState.WITHDRAWN, Party.AUTHOR),
        text=text,
        beside=beside_noise(session, item),
        outputs=[_told(output, bool(files), language) for output in item.outputs],
        judged=outcome_of(item) is not None,
        release=release,
        files=files,
        reviews=visible_reviews(session, person, item),
        turnaround=turnaround_of(session, item),
        steps=shown_steps(item.state, item.history),
        next=delay_of(session, item) or next_step(item),
        waiting=STATE_OWNERS[item.state] is Party.SYSTEM,
    )


def _told(output: Output, released: bool, language: Language) -> ToldOutput:
    verdict = verdict_of(output)
    return ToldOutput(
        shown_output(output, released_of(output) if released else None, language),
        OUTCOMES[verdict.outcome] if verdict else None,
        findings_in_words(findings_about(output)),
        [] if released else [(way.place, way.outside) for way in output.ways_out],
    )

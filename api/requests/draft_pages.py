"""Pages on which an author prepares a request: its words, its outputs and their order, until it is submitted.

One form holds everything, so that no button loses what was typed beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.access.decision import current_grant
from api.access.models import Project
from api.access.queries import projects_of
from api.catalogue.views import seen_under
from api.db import Database
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import (
    ConflictError,
    EnclaveError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
)
from api.identity.dependencies import CsrfDep, Login, LoginDep
from api.requests.drafts import (
    WORDS,
    begin_draft,
    begin_next_round,
    drafted_outputs,
    drop_draft,
    own_draft,
    save_draft,
    submission_key,
)
from api.requests.models import OutputRequest, RequestState
from api.requests.pages import list_page
from api.requests.permissions import check_user_can_submit
from api.requests.queries import find_request
from api.requests.service import check_author
from api.requests.submission import prepare, submit_draft
from api.review.forms import FieldsDep
from api.settings import Settings
from api.web.drafts import shown_draft
from api.web.forms import refusal
from api.web.refused import note_refusal
from api.web.rendering import page
from api.web.sent import SentDep
from api.web.viewer import RememberViewer
from output_checker.documents import plain_from
from output_checker.errors import QueryError
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
EXPLAINED: Final = (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
)
"""Refusals that are told beside what was typed: also that access is not, or no longer, for what was asked."""


@dataclass(frozen=True)
class Typed:
    """A draft as its form sends it: words by name, outputs in order, a pasted query document, and the button."""

    said: dict[str, str]
    outputs: Sequence[dict[str, Any]]
    pasted: str
    button: str
    version: int


@router.post("/requests/drafts")
def begin(
    sent: SentDep,
    settings: SettingsDep,
    project: Annotated[str, Form()],
    title: Annotated[str, Form()] = "",
) -> Response:
    """Begin a new request as a draft, and lead to it; a refused title is shown as it was typed."""

    def change(session: Session, author: Login) -> str:
        grant = check_user_can_submit(session, author.person, _project(session, author, project))
        begun = begin_draft(session, author.actor("author"), settings, grant, {"title": title})
        return _at(begun.number)

    def again(session: Session, problem: EnclaveError) -> Response:
        typed = {"project": project, "title": title}
        return list_page(sent.request, session, sent.login, problem=problem, typed=typed)

    return sent.carry_out(change, again, told=(InvalidError, TooManyRequestsError))


@router.post("/requests/{number}/draft/next")
def begin_next(number: str, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Response:
    """Begin to draft the next round of one's own request that came back, and lead to it."""
    with database.transaction() as session:
        author = login.within(session)
        begin_next_round(session, author.actor("author"), find_request(session, author.person, number))
    return RedirectResponse(_at(number), status_code=303)


@router.post("/requests/{number}/draft/drop")
def drop(number: str, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Response:
    """Drop what was drafted for the next round; the request stays as it came back."""
    with database.transaction() as session:
        author = login.within(session)
        drop_draft(session, author.actor("author"), find_request(session, author.person, number))
    return RedirectResponse(f"/requests/{number}", status_code=303)


@router.get("/requests/{number}/draft")
def draft_page(
    request: Request, number: str, login: LoginDep, database: DatabaseDep, done: str = ""
) -> HTMLResponse:
    """Show what is drafted for one's own request."""
    return _page(request, number, login, database, done=done == "saved")


@router.post("/requests/{number}/draft")
def change(
    request: Request,
    number: str,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    _: CsrfDep,
    fields: FieldsDep,
) -> Response:
    """Save a draft as it was typed, with what the button asks; a refusal is shown beside what was typed."""
    with database.reading() as session:
        author = login.within(session)
        item = find_request(session, author.person, number)
        check_author(author.actor("author"), item)
        if item.state not in (RequestState.DRAFT, RequestState.RETURNED):
            return RedirectResponse(f"/requests/{number}", status_code=303)  # sent twice: it is submitted
        kept = own_draft(session, author.actor("author"), item).document["outputs"]
    typed = _typed(fields, kept)
    try:
        _save(login, database, settings, number, typed)
        if typed.button == "submit":
            _submit(login, database, settings, number)
            return RedirectResponse(f"/requests/{number}", status_code=303)
    except EXPLAINED as problem:
        if isinstance(problem, NotAllowedError):
            note_refusal(request, login, problem)
        return _page(request, number, login, database, problem, typed)
    return RedirectResponse(f"{_at(number)}?done=saved#outputs", status_code=303)


def _save(login: Login, database: Database, settings: Settings, number: str, typed: Typed) -> None:
    added: list[dict[str, Any]] = []
    if typed.button == "add":
        with database.reading() as session:
            author = login.within(session)
            item = find_request(session, author.person, number)
            added = _pasted(session, settings, author, item, typed.pasted)
    outputs = [*_rearranged(typed.outputs, typed.button), *added]
    with database.transaction() as session:
        author = login.within(session)
        actor, item = author.actor("author"), find_request(session, author.person, number)
        save_draft(session, actor, own_draft(session, actor, item, typed.version), typed.said, outputs)


def _submit(login: Login, database: Database, settings: Settings, number: str) -> None:
    """In two steps, as from a sandbox: looking at the questions takes its time."""
    with database.reading() as session:
        author = login.within(session)
        item = find_request(session, author.person, number)
        draft = own_draft(session, author.actor("author"), item)
        grant = check_user_can_submit(session, author.person, item.project)
        # An empty word stays empty, also where the last round said something.
        prepared = prepare(session, settings, grant, draft.document, submission_key(draft), item)
        version = draft.version
    with database.transaction() as session:
        author = login.within(session)
        actor, item = author.actor("author"), find_request(session, author.person, number)
        own_draft(session, actor, item, version)
        grant = check_user_can_submit(session, author.person, item.project)
        submit_draft(session, actor, settings, grant, item, prepared)


def _typed(fields: dict[str, str], kept: Sequence[dict[str, Any]]) -> Typed:
    """What a form says; of outputs it says the titles, in the order in which they are kept."""
    outputs = [
        {**one, "title": fields.get(f"title-{place}", one["title"])} for place, one in enumerate(kept, 1)
    ]
    version = fields.get("version", "")
    return Typed(
        {name: fields.get(name, "") for name in WORDS},
        outputs,
        fields.get("query", ""),
        fields.get("do", ""),
        int(version) if version.isdecimal() and len(version) < 10 else 0,
    )


def _rearranged(outputs: Sequence[dict[str, Any]], button: str) -> list[dict[str, Any]]:
    """The outputs after a button such as "up-2" or "remove-1"; any other changes nothing."""
    rest, (action, _, said) = list(outputs), button.partition("-")
    place = int(said) - 1 if said.isdecimal() and 0 < int(said[:4]) <= len(rest) else None
    if place is not None and action in ("up", "down", "remove"):
        one = rest.pop(place)
        if action != "remove":
            rest.insert(max(place + (1 if action == "down" else -1), 0), one)
    return rest


def _pasted(
    session: Session, settings: Settings, author: Login, item: OutputRequest, words: str
) -> list[dict[str, Any]]:
    """What was pasted, when it makes sense for the project; its faults are those of the field `query`."""
    try:
        document = plain_from(words, QueryError)
        grant = check_user_can_submit(session, author.person, item.project)
        return drafted_outputs(session, settings, grant, [{"title": "", "query": document}], item)
    except QueryError as fault:
        raise InvalidError(fault.code, fault.message, field="query", remedy=fault.remedy) from fault
    except InvalidError as fault:
        raise InvalidError(
            fault.code, _placed(fault.message, fault.field), field="query", remedy=fault.remedy
        ) from fault


def _placed(message: Text, field: str | None) -> Text:
    """What is wrong, with the place in the document before it."""
    place = (field or "").removeprefix("outputs[0].query").lstrip(".")
    return Text(f"{place}: {message.nl}", f"{place}: {message.en}") if place else message


def _page(
    request: Request,
    number: str,
    login: Login,
    database: Database,
    problem: EnclaveError | None = None,
    typed: Typed | None = None,
    *,
    done: bool = False,
) -> HTMLResponse:
    with database.reading() as session:
        author = login.within(session)
        item = find_request(session, author.person, number)
        draft = own_draft(session, author.actor("author"), item)
        if typed and isinstance(problem, ConflictError):
            # Changed elsewhere: its outputs are shown as they are now, and what was typed beside them is kept.
            typed = replace(typed, outputs=draft.document["outputs"])
        said = typed.said if typed else {name: draft.document[name] for name in WORDS}
        outputs = typed.outputs if typed else draft.document["outputs"]
        grant = current_grant(session, author.person, item.project)
        return page(
            request,
            "draft.html",
            **refusal(problem),
            item=item,
            version=draft.version,
            said=said,
            draft=shown_draft(seen_under(grant) if grant else {}, said, outputs),
            pasted=typed.pasted if typed and problem else "",
            done=done,
        )


def _project(session: Session, author: Login, slug: str) -> Project:
    """The project of the author that a form names."""
    for project in projects_of(session, author.person):
        if project.slug == slug:
            return project
    raise NotFoundError(
        "no_project",
        Text("Dit project is er niet, of niet voor u.", "There is no such project, or not for you."),
    )


def _at(number: str) -> str:
    return f"/requests/{number}/draft"

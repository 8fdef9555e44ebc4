"""Pages of requests for those who made them: what was asked, how far it is, why it came back, and the released files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep
from api.identity.dependencies import LoginDep
from api.people.models import Person
from api.release.models import Release, ReleasedFile
from api.release.permissions import user_can_download
from api.requests.models import OutputRequest, RequestState
from api.requests.queries import PAGE_SIZE, find_request, requests_of
from api.requests.service import next_step
from api.requests.states import STATE_OWNERS, Party
from api.requests.verdicts import released_of, verdict_of
from api.review.visibility import findings_for, visible_reviews
from api.web.labels import OUTCOMES
from api.web.language import language_of
from api.web.outputs import shown_output
from api.web.progress import shown_steps
from api.web.rendering import page
from api.web.results import findings_in_words
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/requests")
def requests_page(
    request: Request, login: LoginDep, database: DatabaseDep, offset: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    """Show the requests that the reader may see, newest first."""
    with database.reading() as session:
        listed = requests_of(session, login.within(session).person, offset, PAGE_SIZE)
        return page(request, "requests.html", listed=listed, size=PAGE_SIZE)


@router.get("/requests/{number}")
def request_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show one request: its state, findings and, once released, its table and files."""
    with database.reading() as session:
        person = login.within(session).person
        item = find_request(session, person, number)
        files = _files(session, person, item)
        outputs = [
            shown_output(output, released_of(output) if files else None, language_of(request))
            for output in item.outputs
        ]
        verdicts = [verdict for output in item.outputs if (verdict := verdict_of(output))]
        return page(
            request,
            "request.html",
            item=item,
            outputs=outputs,
            outcome=OUTCOMES[verdicts[0].outcome] if verdicts else None,
            findings=findings_in_words(findings_for(item)),
            files=files,
            reviews=visible_reviews(session, person, item),
            steps=shown_steps(item.state, item.history),
            next=next_step(item),
            waiting=STATE_OWNERS[item.state] is Party.SYSTEM,
        )


def _files(session: Session, person: Person, item: OutputRequest) -> list[ReleasedFile]:
    """Return what the reader may download now: nothing before the release or without access."""
    if item.state is not RequestState.RELEASED or not user_can_download(session, person, item):
        return []
    release = session.scalar(select(Release).where(Release.request_id == item.id))
    return release.files if release else []

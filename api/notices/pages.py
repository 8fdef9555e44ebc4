"""The inbox: what happened, newest first, each with the way to where something can be done about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.notices.service import inbox_of, mark_read
from api.notices.words import path_of, sentence_of
from api.paging import PAGE_SIZE, Offset
from api.web.labels import Label
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)

_UNREAD = Label(Text("Nieuw", "New"), "info")


@router.get("/inbox")
def inbox_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    offset: Offset = 0,
) -> HTMLResponse:
    """Show the reader's notices."""
    with database.reading() as session:
        inbox = inbox_of(session, login.within(session).person, offset)
        told = [(notice, sentence_of(notice), path_of(notice)) for notice in inbox.items]
        return page(request, "inbox.html", inbox=inbox, told=told, unread_label=_UNREAD, size=PAGE_SIZE)


@router.post("/inbox/read")
def read_all(
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    until: Annotated[int, Form(ge=0, le=LARGEST_INTEGER)],
) -> Response:
    """Mark what the reader saw as read, and show the inbox again."""
    with database.transaction() as session:
        mark_read(session, login.within(session).person, until)
    return RedirectResponse("/inbox", status_code=303)

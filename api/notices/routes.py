"""Notices for programs: one's own inbox."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep, SettingsDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.notices.models import Notice, NoticeKind
from api.notices.service import Inbox, inbox_of, mark_read
from api.notices.words import path_of, sentence_of
from api.paging import PAGE_SIZE, Limit, Offset
from api.settings import Settings
from output_checker.text import Text

router = APIRouter(prefix="/api/notices", tags=["notices"])


class NoticeAnswer(BaseModel):
    """One notice; `request` or `application` is the number of what it is about, null when about none."""

    id: int
    kind: NoticeKind
    request: str | None
    application: str | None
    message: Text
    url: str
    at: dt.datetime
    read: bool


class NoticeList(BaseModel):
    """One page of your notices, newest first."""

    notices: list[NoticeAnswer]
    total: int
    unread: int
    next_offset: int | None


class ReadUntil(BaseModel):
    """Up to where you have read."""

    until: int = Field(ge=0, le=LARGEST_INTEGER, description="The id of the newest notice that you saw.")


@router.get("")
def read_notices(
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    offset: Offset = 0,
    limit: Limit = PAGE_SIZE,
) -> NoticeList:
    """List your notices, newest first."""
    with database.reading() as session:
        return _list(settings, inbox_of(session, login.within(session).person, offset, limit))


@router.post("/read")
def read_until(
    read: ReadUntil, login: LoginDep, _: CsrfDep, database: DatabaseDep, settings: SettingsDep
) -> NoticeList:
    """Mark your notices as read, up to one of them."""
    with database.transaction() as session:
        person = login.within(session).person
        mark_read(session, person, read.until)
        return _list(settings, inbox_of(session, person))


def _list(settings: Settings, inbox: Inbox) -> NoticeList:
    return NoticeList(
        notices=[_answer(settings, notice) for notice in inbox.items],
        total=inbox.total,
        unread=inbox.unread,
        next_offset=inbox.next_offset,
    )


def _answer(settings: Settings, notice: Notice) -> NoticeAnswer:
    return NoticeAnswer(
        id=notice.id,
        kind=notice.kind,
        request=notice.request.number if notice.request else None,
        application=notice.application.number if notice.application else None,
        message=sentence_of(notice),
        url=f"{settings.api_url}{path_of(notice)}",
        at=notice.created_at,
        read=notice.read_at is not None,
    )

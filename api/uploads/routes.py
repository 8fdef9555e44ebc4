"""The upload door of a sandbox: raw bytes in, their sha256 out. What they are for, a request says later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.access.models import Sandbox
from api.access.token_door import RECORD_REFUSALS
from api.audit.service import Actor
from api.db import Database
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import InvalidError
from api.requests.routes import AuthorizationHeader, sandbox_at_door
from api.settings import Settings
from api.uploads.service import admit, directory_of, keep
from api.uploads.streaming import Received, aside, receive
from output_checker.text import Text

router = APIRouter(tags=["sandbox"])

MOST_DIGITS = 15


class UploadAnswer(BaseModel):
    """What came in: its sha256 (64 hex digits) and size."""

    sha256: str
    bytes: int


@router.post("/sandbox/uploads", status_code=201, dependencies=[RECORD_REFUSALS])
async def upload(
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    authorization: AuthorizationHeader = "",
) -> UploadAnswer:
    """Upload the body as it is; the same again answers 200 and changes nothing."""
    size = _declared(request)
    directory = await run_in_threadpool(_admitted, database, settings, authorization, size)
    with aside(directory) as path:
        received = await receive(path, _whole(request, size))
        new = await run_in_threadpool(_kept, database, settings, authorization, received)
    response.status_code = 201 if new else 200
    return UploadAnswer(sha256=received.sha256, bytes=received.bytes)


def _declared(request: Request) -> int:
    """How many bytes are to come: said beforehand, so that a quota refuses before anything is sent."""
    said = request.headers.get("content-length", "")
    if not (said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS and int(said) > 0):
        raise InvalidError(
            "length_required",
            Text("Er ontbreekt een lengte boven nul.", "A length above zero is missing."),
            field="Content-Length",
        )
    return int(said)


async def _whole(request: Request, size: int) -> AsyncIterator[bytes]:
    """The pieces of the body, which are `size` bytes together.

    Raises InvalidError when the sender breaks off.
    """
    taken = 0
    try:
        async for piece in request.stream():
            taken += len(piece)
            yield piece
    except ClientDisconnect:
        taken = -1
    if taken != size:
        raise InvalidError(
            "incomplete", Text("De upload brak af.", "The upload broke off."), field="Content-Length"
        )


def _admitted(database: Database, settings: Settings, authorization: str, size: int) -> Path:
    with database.reading() as session:
        sandbox = sandbox_at_door(session, authorization)
        admit(session, settings, sandbox, size)
        return directory_of(settings, sandbox.grant.project)


def _kept(database: Database, settings: Settings, authorization: str, received: Received) -> bool:
    with database.transaction() as session:
        sandbox = sandbox_at_door(session, authorization)
        _, new = keep(session, _actor(sandbox), settings, sandbox, received)
        return new


def _actor(sandbox: Sandbox) -> Actor:
    return Actor(sandbox.grant.person, sandbox.grant.role.value)

"""Uploads for tests, made as the service makes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Sandbox
from api.audit.service import Actor
from api.settings import Settings
from api.uploads.models import Upload
from api.uploads.service import directory_of, keep
from api.uploads.streaming import Received, aside, receive


def make_upload(session: Session, settings: Settings, sandbox_id: str, content: bytes) -> Upload:
    """What the person of a sandbox uploaded there; the session must write."""
    sandbox = session.scalars(select(Sandbox).where(Sandbox.id == sandbox_id)).one()
    actor = Actor(sandbox.grant.person, sandbox.grant.role.value)
    with aside(directory_of(settings, sandbox.grant.project)) as path:
        received = asyncio.run(_received(path, content))
        return keep(session, actor, settings, sandbox, received)[0]


async def _received(path: Path, content: bytes) -> Received:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await receive(path, pieces())

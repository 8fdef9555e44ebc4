"""Waiting for a verdict: a reader asks once and is answered as soon as there is one, instead of asking on and on.

However many wait, one look at the database serves them all. Who waits holds neither a thread nor a connection.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from api.db import Database, Glance
from api.requests.models import OutputRequest, RequestState

UNJUDGED: Final = frozenset({RequestState.SUBMITTED, RequestState.JUDGING})
LONGEST_WAIT: Final = 20
"""Seconds that a reader may ask to wait."""
MOST_WAITING: Final = 500
"""Readers that wait at once; more are answered at once, and ask again."""
_GLANCE: Final = 0.04
"""Seconds between two looks."""


class Waiting:
    """Who waits for which request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def until_judged(self, request_id: int, seconds: float) -> None:
        """Return once a request is judged, or after so many seconds."""
        if not seconds or sum(map(len, self._waiting.values())) >= MOST_WAITING:
            return
        event = asyncio.Event()
        self._waiting.setdefault(request_id, set()).add(event)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            pass  # the reader is answered with what there is
        finally:
            self._forget(request_id, event)

    def _forget(self, request_id: int, event: asyncio.Event) -> None:
        events = self._waiting[request_id]
        events.discard(event)
        if not events:
            del self._waiting[request_id]

    async def _look(self) -> None:
        glance, seen = Glance(self._database), frozenset[int]()
        try:
            while waiting := frozenset(self._waiting):
                # Who came since was perhaps judged before.
                if glance.is_news() or not waiting <= seen:
                    await self._tell(waiting)
                    seen = waiting
                await asyncio.sleep(_GLANCE)
        finally:
            glance.close()

    async def _tell(self, waiting: frozenset[int]) -> None:
        for request_id in await run_in_threadpool(self._judged, waiting):
            for event in self._waiting.get(request_id, ()):
                event.set()

    def _judged(self, ids: frozenset[int]) -> list[int]:
        judged = select(OutputRequest.id).where(
            OutputRequest.id.in_(ids), OutputRequest.state.not_in(UNJUDGED)
        )
        with self._database.reading() as session:
            return list(session.scalars(judged))

"""How much a request may carry: nothing that people or programs send here is large.

Counted as it arrives, before anybody is asked who they are: a body without a length, or with a false one, is cut off
at the same place, and never held in memory beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 256 * 1024
"""Bytes; the bridge of a sandbox has the same limit."""

_MOST_DIGITS: Final = 15


@dataclass
class BodyLimit:
    """Middleware that answers 413 as soon as a body is larger than `largest` bytes."""

    app: ASGIApp
    largest: int = LARGEST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that cannot grow beyond the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        taken = 0

        async def counted() -> Message:
            # Raised where the body is read, so that the refusal is explained like any other.
            nonlocal taken
            if declared.isdecimal() and (len(declared) > _MOST_DIGITS or int(declared) > self.largest):
                raise HTTPException(413)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.largest:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)

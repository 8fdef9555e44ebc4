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

UPLOADS: Final = "/sandbox/uploads"
"""The one address that takes more: it writes what arrives to disk, after it asked who sends it."""

_MOST_DIGITS: Final = 15


@dataclass
class BodyLimit:
    """Middleware that answers 413 as soon as a body is larger than `largest` bytes, `uploads` at the door for uploads."""

    app: ASGIApp
    largest: int = LARGEST_BODY
    uploads: int = LARGEST_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that cannot grow beyond the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        most = self.uploads if scope["path"] == UPLOADS else self.largest
        taken = 0

        async def counted() -> Message:
            # Raised where the body is read, so that the refusal is explained like any other.
            nonlocal taken
            if declared.isdecimal() and (len(declared) > _MOST_DIGITS or int(declared) > most):
                raise HTTPException(413)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)

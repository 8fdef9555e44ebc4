"""Bridge and guard of one sandbox in one process, in a sandbox of its own: our program, but hostile bytes on two sides.

Started by the door as ``python -m hub.relay DESCRIPTOR``, where a RelayOrder can be read as JSON: it holds a token, so
neither file nor argument. It has the network, the sockets of its sandbox, and nothing else of the host.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict

LINE_BYTES = 32 * 1024


class RelayOrder(BaseModel):
    """Who the sandbox belongs to, where its doors lead, and how much may be shown and uploaded (bytes, bytes per second).

    `front`, `hub` and `api` are inherited listening sockets; paths are those that the relay sees.
    """

    model_config = ConfigDict(frozen=True)
    subject: str
    project: str
    token: str
    hub_upstream: str
    api_upstream: str
    public_url: str
    notebook: Path
    assets: Path
    budget_bytes: int
    message_bytes: int
    rate_bytes: int
    file_bytes: int
    upload_bytes: int
    front: int = -1
    hub: int = -1
    api: int = -1


async def serve(application: web.Application, descriptor: int) -> None:
    """Serve an application on an inherited listening socket."""
    # No access log: addresses of notebooks hold what researchers called them. What the proxy lets through is read: the
    # answer to a too long line would be one without our headers.
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=1.0,
        max_line_size=LINE_BYTES,
        max_field_size=LINE_BYTES,
    )
    await runner.setup()
    await web.SockSite(runner, socket.socket(fileno=descriptor)).start()


async def relay(order: RelayOrder) -> None:
    """Serve both bridges and the guard until killed."""
    from hub import bridge
    from hub.guard import application as guard

    applications = (
        (guard.application(order, guard.known_assets(order)), order.front),
        (bridge.to_hub(order), order.hub),
        (bridge.to_api(order), order.api),
    )
    for application, descriptor in applications:
        await serve(application, descriptor)
    await asyncio.Event().wait()


def ours(record: logging.LogRecord) -> bool:
    """Whether a log record is about us: what a peer sent wrongly, or did not finish, would be its own words in our log."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(
        kind, (HttpProcessingError, ConnectionError, web.RequestPayloadError)
    )


if __name__ == "__main__":
    logging.getLogger("aiohttp.server").addFilter(ours)
    with os.fdopen(int(sys.argv[1]), "rb") as order:
        wanted = RelayOrder.model_validate_json(order.read())
    asyncio.run(relay(wanted))

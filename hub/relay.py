"""Bridge and guard of one sandbox in one process, which holds no right of the operator by the time it reads a byte.

Run by the door as ``python -m hub.relay`` with a RelayOrder as JSON on standard input.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - imported late otherwise, when it can no longer be read
import ctypes
import encodings.idna  # noqa: F401 - likewise
import os
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel, ConfigDict

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38


class RelayOrder(BaseModel):
    """Who the sandbox belongs to, where its doors lead, and how much may be shown (bytes, bytes per second).

    `front`, `hub` and `api` are inherited listening sockets; `uid` is the relay's own user, None for the operator's.
    """

    model_config = ConfigDict(frozen=True)
    subject: str
    project: str
    token: str
    hub_upstream: str
    api_upstream: str
    public_url: str
    notebook: Path
    environment: Path
    uid: int | None
    budget_bytes: int
    message_bytes: int
    rate_bytes: int
    file_bytes: int
    front: int = -1
    hub: int = -1
    api: int = -1


def give_up_rights(uid: int | None) -> None:
    """Become `uid` for good, unseen by its equals, and end with the door."""
    libc = ctypes.CDLL(None, use_errno=True)
    door = os.getppid()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for option, value in (
        (PR_SET_NO_NEW_PRIVS, 1),
        (PR_SET_DUMPABLE, 0),
        (PR_SET_PDEATHSIG, int(signal.SIGKILL)),
    ):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")
    if os.getppid() != door:
        raise SystemExit("the door ended before its relay began")


async def serve(application: web.Application, descriptor: int) -> None:
    """Serve an application on an inherited listening socket."""
    # No access log: addresses of notebooks hold what researchers called them.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, socket.socket(fileno=descriptor)).start()


async def relay(order: RelayOrder) -> None:
    """Serve both bridges and the guard until killed."""
    from hub import bridge
    from hub.guard import application as guard

    shown = guard.known_assets(order)
    # From here the socket of the notebook is found by name only: directories above may be closed to the relay's user.
    os.chdir(order.notebook.parent)
    applications = (
        (guard.application(order, shown), order.front),
        (bridge.to_hub(order), order.hub),
        (bridge.to_api(order), order.api),
    )
    give_up_rights(order.uid)
    for application, descriptor in applications:
        await serve(application, descriptor)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(relay(RelayOrder.model_validate_json(sys.stdin.buffer.read())))

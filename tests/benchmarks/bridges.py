"""The bridges of many sandboxes in one process: ``python -m tests.benchmarks.bridges UPSTREAM``.

Reads a line ``SOCKET TOKEN`` for each sandbox and then an empty one; says ``serving`` once all listen.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

from hub.bridge import to_api
from hub.relay import RelayOrder, serve


def order(upstream: str, token: str) -> RelayOrder:
    """What the relay of one sandbox is told; nothing of the guard is used."""
    return RelayOrder(
        subject="-", project="-", token=token, hub_upstream=upstream, api_upstream=upstream, public_url=upstream,
        notebook=Path("/"), assets=Path("/"), budget_bytes=0, message_bytes=0, rate_bytes=0, file_bytes=0, upload_bytes=0,
    )  # fmt: skip


async def main(upstream: str) -> None:
    while line := sys.stdin.readline().strip():
        path, token = line.split()
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()
        await serve(to_api(order(upstream, token)), listening.detach())
    sys.stdout.write("serving\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

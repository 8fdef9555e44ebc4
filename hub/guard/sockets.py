"""Kernel messages through the guard: counted one by one, the too large ones replaced by a sentence that says so."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from hub.guard.messages import explanation
from hub.guard.meter import Meter
from hub.problems import BUDGET_USED

Upstream = aiohttp.ClientWebSocketResponse
# Beyond this the guard does not even read: the connection ends.
LARGEST_READ_BYTES = 64 * 2**20
# Forms of kernel messages that the guard can read; see hub.guard.messages.
PROTOCOLS = ("v1.kernel.websocket.jupyter.org",)
LARGEST_SENT_BYTES = 16 * 2**20


async def relay(
    request: web.Request, upstream: aiohttp.ClientWebSocketResponse, meter: Meter, largest: int
) -> web.WebSocketResponse:
    """Join browser and server until either ends; `largest` is the size in bytes of a message that may be shown."""
    chosen = [upstream.protocol] if upstream.protocol else []
    # Uncompressed: what compresses is both tables and secrets, and bytes are counted as they are.
    browser = web.WebSocketResponse(max_msg_size=LARGEST_SENT_BYTES, protocols=chosen, compress=False)
    await browser.prepare(request)
    directions = {
        asyncio.ensure_future(_out(upstream, browser, meter, largest)),
        asyncio.ensure_future(_in(browser, upstream)),
    }
    try:
        done, _ = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in done:
            _unexpected(direction)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        await upstream.close()
        if not browser.closed:
            await browser.close()
    return browser


def _unexpected(direction: asyncio.Task[None]) -> None:
    """Raise what ended a direction, unless it is that the other side went away."""
    error = direction.exception()
    if error is not None and not isinstance(error, (ConnectionError, aiohttp.ClientError)):
        raise error


async def _out(upstream: Upstream, browser: web.WebSocketResponse, meter: Meter, largest: int) -> None:
    async for message in upstream:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        passing = message.data if _bytes(message.data) <= largest else explanation(message.data)
        if passing is None:
            continue
        wait = meter.charge(_bytes(passing))
        if wait is None:
            await browser.close(code=WSCloseCode.POLICY_VIOLATION, message=BUDGET_USED.en.encode()[:120])
            return
        if wait:
            await asyncio.sleep(wait)
        await (browser.send_str(passing) if isinstance(passing, str) else browser.send_bytes(passing))


def _bytes(said: str | bytes) -> int:
    """Length as it travels: a character may be four bytes."""
    return len(said) if isinstance(said, bytes) else len(said.encode())


async def _in(browser: web.WebSocketResponse, upstream: Upstream) -> None:
    async for message in browser:
        if message.type is WSMsgType.TEXT:
            await upstream.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await upstream.send_bytes(message.data)
        else:
            return


def offered(request: web.Request) -> list[str]:
    """Return the forms of message that the browser offers and the guard understands."""
    names = (name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(","))
    return [name for name in names if name in PROTOCOLS]

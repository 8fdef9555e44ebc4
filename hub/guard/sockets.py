"""Kernel messages through the guard: counted one by one, the too large ones replaced by a sentence that says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from hub.guard.meter import Meter
from hub.problems import BUDGET_USED, OUTPUT_TOO_LARGE

Upstream = aiohttp.ClientWebSocketResponse
# Beyond this the guard does not even read: the connection ends.
LARGEST_READ_BYTES = 64 * 2**20
LARGEST_SENT_BYTES = 16 * 2**20
OUTPUTS = {"stream", "display_data", "execute_result", "update_display_data", "error"}


async def relay(
    request: web.Request, upstream: aiohttp.ClientWebSocketResponse, meter: Meter, largest: int
) -> web.WebSocketResponse:
    """Join browser and server until either ends; `largest` is the size in bytes of a message that may be shown."""
    browser = web.WebSocketResponse(max_msg_size=LARGEST_SENT_BYTES)
    await browser.prepare(request)
    directions = {
        asyncio.ensure_future(_out(upstream, browser, meter, largest)),
        asyncio.ensure_future(_in(browser, upstream)),
    }
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        await upstream.close()
        if not browser.closed:
            await browser.close()
    return browser


async def _out(upstream: Upstream, browser: web.WebSocketResponse, meter: Meter, largest: int) -> None:
    async for message in upstream:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        passing = message.data if len(message.data) <= largest else explanation(message.data)
        if passing is None:
            continue
        wait = meter.charge(len(passing))
        if wait is None:
            await browser.close(code=WSCloseCode.POLICY_VIOLATION, message=BUDGET_USED.en.encode()[:120])
            return
        if wait:
            await asyncio.sleep(wait)
        await (browser.send_str(passing) if isinstance(passing, str) else browser.send_bytes(passing))


async def _in(browser: web.WebSocketResponse, upstream: Upstream) -> None:
    async for message in browser:
        if message.type is WSMsgType.TEXT:
            await upstream.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await upstream.send_bytes(message.data)
        else:
            return


def explanation(message: str | bytes) -> str | None:
    """Return the message to show in place of a too large output; None when it is no output of a cell."""
    if isinstance(message, bytes):
        return None
    try:
        parsed = json.loads(message)
    except ValueError:
        return None
    if not isinstance(parsed, dict) or parsed.get("msg_type") not in OUTPUTS:
        return None
    return json.dumps(_stream(parsed))


def _stream(too_large: dict[str, Any]) -> dict[str, Any]:
    text = f"{OUTPUT_TOO_LARGE.nl}\n{OUTPUT_TOO_LARGE.en}\n"
    header = {**_small(too_large.get("header")), "msg_type": "stream"}
    return {
        "header": header,
        "msg_id": header.get("msg_id", ""),
        "msg_type": "stream",
        "parent_header": _small(too_large.get("parent_header")),
        "metadata": {},
        "content": {"name": "stderr", "text": text},
        "buffers": [],
        "channel": "iopub",
    }


def _small(header: Any) -> dict[str, str]:
    """The fields of a header, each cut short: they too come from the sandbox."""
    if not isinstance(header, dict):
        return {}
    names = ("msg_id", "username", "session", "date", "msg_type", "version")
    return {name: str(header[name])[:128] for name in names if name in header}

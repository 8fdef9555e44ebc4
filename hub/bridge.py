"""The only ways out of a sandbox: a few named requests to the hub and to the api, over sockets that the host owns.

An allow-list of methods and paths; everything else is refused here, on the host, whatever runs in the sandbox. The api
is told who asks by a token which the bridge adds and the sandbox never sees. Nothing is followed, cached or guessed.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from hub import problems
from hub.relay import RelayOrder

KIB = 1024
REQUEST_NUMBER = r"[A-Za-z0-9][A-Za-z0-9-]{0,63}"
# What may travel in either direction: never cookies, forwarding claims, or anything that changes how a body is read.
REQUEST_HEADERS = ("Accept", "Accept-Language", "Content-Type")
RESPONSE_HEADERS = ("Content-Type", "Retry-After", "X-JupyterHub-Version")
# A notebook asks now and then; a loop in one sandbox must not slow the hub and the api down for everybody.
REQUESTS_PER_SECOND = 5.0
REQUESTS_AT_ONCE = 40.0
UNDER_WAY = 8
# A table may be large, and the api works on it for seconds: one at a time, so that a loop in one sandbox takes no more.
TABLE_BYTES = 64 * 1024 * KIB
TABLE_SECONDS = 120.0
# An upload is passed on as it arrives, one at a time: whoever sends slowly waits in a line of their own.
UPLOAD_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One request that may pass: method and whole target, so that no query passes that a rule does not spell out.

    `says` gives the body in place of its own. With `streamed` the body may have so many bytes, and is passed on piece
    by piece, never whole in memory. With `table` the answer may be large, and is asked for one at a time.
    """

    method: str
    path: re.Pattern[str]
    says: Callable[[], bytes] | None = None
    streamed: int | None = None
    table: bool = False

    def admits(self, method: str, target: str) -> bool:
        """Whether the request, exactly as it was sent, is this one."""
        return method == self.method and self.path.fullmatch(target) is not None


@dataclass
class Pace:
    """How many requests may pass (token bucket); `clock` in seconds."""

    clock: Callable[[], float] = time.monotonic
    _left: float = REQUESTS_AT_ONCE
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._filled = self.clock()

    def admits(self) -> bool:
        """Whether one more may pass now; one that may not costs nothing."""
        now = self.clock()
        self._left = min(REQUESTS_AT_ONCE, self._left + (now - self._filled) * REQUESTS_PER_SECOND)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Bridge:
    """One upstream with its rules, the authority it adds (None: the sandbox's own is passed on) and size limits."""

    upstream: str
    rules: tuple[Rule, ...]
    authorization: str | None
    request_bytes: int
    response_bytes: int

    def application(self) -> web.Application:
        """Return the application that serves this bridge."""
        application = web.Application(client_max_size=self.request_bytes)
        application[SESSION_OF] = self
        application[PACE] = Pace()
        application[WAY] = asyncio.Semaphore(UNDER_WAY)
        application[UPLOAD] = asyncio.Semaphore(1)
        application[TABLE] = asyncio.Semaphore(1)
        application.cleanup_ctx.append(_session)
        application.router.add_route("*", "/{anything:.*}", _pass)
        return application

    def headers(self, request: web.Request) -> dict[str, str]:
        """Headers that go upstream."""
        passed = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
        authorization = self.authorization or request.headers.get("Authorization")
        return passed if authorization is None else {**passed, "Authorization": authorization}


SESSION_OF = web.AppKey("bridge", Bridge)
SESSION = web.AppKey("session", aiohttp.ClientSession)
PACE = web.AppKey("pace", Pace)
WAY = web.AppKey("way", asyncio.Semaphore)
UPLOAD = web.AppKey("upload", asyncio.Semaphore)
TABLE = web.AppKey("table", asyncio.Semaphore)


def to_hub(order: RelayOrder) -> web.Application:
    """Return the bridge to the hub: the four requests that login, start and work need, for this person only."""
    me = re.escape(quote(order.subject, safe="@~"))
    rules = (
        _rule("GET", r"/hub/api/?"),
        _rule("POST", r"/hub/api/oauth2/token"),
        _rule("GET", r"/hub/api/user"),
        # The moment is ours: a moment that the sandbox chose would be a number that it says to the outside.
        _rule("POST", rf"/hub/api/users/{me}/activity", lambda: _activity(order.project)),
    )
    return Bridge(order.hub_upstream, rules, None, 64 * KIB, 256 * KIB).application()


def to_api(order: RelayOrder) -> web.Application:
    """Return the bridge to the api: upload, submit a request, once more after it came back, and ask how it fares."""
    rules = (
        # One wait, not any: a number that the sandbox chose would be something that it says.
        _rule("POST", r"/sandbox/requests(\?wait=10)?"),
        _rule("GET", r"/sandbox/requests"),
        _rule("GET", r"/sandbox/budgets"),
        _rule("POST", r"/sandbox/drafts"),
        _rule("GET", rf"/sandbox/requests/{REQUEST_NUMBER}(\?wait=10)?"),
        Rule("GET", re.compile(rf"/sandbox/requests/{REQUEST_NUMBER}/outputs/[0-9]{{1,3}}"), table=True),
        _rule("POST", rf"/sandbox/requests/{REQUEST_NUMBER}/rounds(\?wait=10)?"),
        Rule("POST", re.compile(r"/sandbox/uploads"), streamed=order.upload_bytes),
    )
    return Bridge(order.api_upstream, rules, f"Bearer {order.token}", 256 * KIB, 4096 * KIB).application()


def _rule(method: str, path: str, says: Callable[[], bytes] | None = None) -> Rule:
    return Rule(method, re.compile(path), says)


def _activity(project: str) -> bytes:
    now = datetime.now(UTC).isoformat()
    return json.dumps({"servers": {project: {"last_activity": now}}, "last_activity": now}).encode()


async def _session(application: web.Application) -> AsyncIterator[None]:
    # The threaded resolver reads /etc/hosts like every other program; the asynchronous one does not always.
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
    timeout = aiohttp.ClientTimeout(total=60, connect=5)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:
        application[SESSION] = session
        yield


async def _pass(request: web.Request) -> web.Response:
    bridge = request.app[SESSION_OF]
    # The target exactly as sent: no rule can be passed by an encoding that is undone later.
    target = request.raw_path
    rule = next((rule for rule in bridge.rules if rule.admits(request.method, target)), None)
    if rule is None or "Content-Encoding" in request.headers:
        return problems.problem(403, "not_allowed", problems.NOT_ALLOWED)
    if not request.app[PACE].admits():
        return problems.problem(429, "too_often", problems.TOO_OFTEN, problems.TRY_AGAIN)
    try:
        if rule.streamed is not None:
            return await _stream(request, bridge, target, rule.streamed)
        if rule.table:
            return await _table(request, bridge, target)
        body = await request.read()
        async with request.app[WAY]:
            said = body if rule.says is None else rule.says()
            return await _forward(request, bridge, target, data=said or None)
    except web.HTTPRequestEntityTooLarge:
        return problems.problem(413, "too_large", problems.TOO_LARGE)
    except (aiohttp.ClientError, TimeoutError):
        return problems.problem(503, "unreachable", problems.UNREACHABLE, problems.TRY_AGAIN)


async def _stream(request: web.Request, bridge: Bridge, target: str, most: int) -> web.Response:
    """Pass a large body on as it arrives; the api says first whether it wants it at all."""
    size = request.content_length
    if size is None:
        return problems.problem(411, "length_required", problems.NO_LENGTH)
    if size > most:
        return problems.problem(413, "too_large", problems.TOO_LARGE)
    timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, connect=5)
    async with request.app[UPLOAD]:
        return await _forward(
            request,
            bridge,
            target,
            {"Content-Length": str(size)},
            # Not the reader itself: the client would take it for a body of unknown size.
            data=request.content.iter_chunked(64 * KIB),
            timeout=timeout,
            expect100=True,
        )


async def _table(request: web.Request, bridge: Bridge, target: str) -> web.Response:
    timeout = aiohttp.ClientTimeout(total=TABLE_SECONDS, connect=5)
    async with request.app[TABLE]:
        return await _forward(request, replace(bridge, response_bytes=TABLE_BYTES), target, timeout=timeout)


async def _forward(
    request: web.Request, bridge: Bridge, target: str, besides: dict[str, str] | None = None, **sent: Any
) -> web.Response:
    """Send a request upstream with the headers `besides` and what `sent` says of its body; return the answer."""
    headers = {**bridge.headers(request), "Accept-Encoding": "identity", **(besides or {})}
    upstream = request.app[SESSION].request(
        request.method, bridge.upstream + target, headers=headers, allow_redirects=False, **sent
    )
    async with upstream as answer:
        content = await _capped(answer, bridge.response_bytes)
        if content is None or 300 <= answer.status < 400:
            return problems.problem(502, "unusable_answer", problems.UNUSABLE, problems.TRY_AGAIN)
        passed = {name: answer.headers[name] for name in RESPONSE_HEADERS if name in answer.headers}
        return web.Response(status=answer.status, body=content, headers=passed)


async def _capped(answer: aiohttp.ClientResponse, most: int) -> bytes | None:
    """Return the body, or None when it is larger than `most` bytes."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(64 * KIB):
        content += piece
        if len(content) > most:
            return None
    return bytes(content)

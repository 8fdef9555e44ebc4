"""The guard as a web application: decides, meters and cleans every exchange with the notebook server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from hub import problems
from hub.guard import assets, contents, headers, routes, sockets
from hub.guard.meter import Meter
from hub.relay import RelayOrder

REQUEST_BYTES = 10 * 2**20
PIECE_BYTES = 64 * 1024
NO_BODY = {204, 304}


@dataclass(frozen=True)
class Guard:
    """One notebook server, its site, what it may show, and what the host knows of its pages."""

    order: RelayOrder
    site: headers.Site
    meter: Meter
    known: frozenset[bytes]


GUARD = web.AppKey("guard", Guard)
SESSION = web.AppKey("session", aiohttp.ClientSession)


def known_assets(order: RelayOrder) -> frozenset[bytes]:
    """Read what JupyterLab's own files are."""
    return assets.digests(order.assets)


def application(order: RelayOrder, known: frozenset[bytes]) -> web.Application:
    """Return the guard of one sandbox."""
    site = headers.Site(order.subject, order.project, order.public_url)
    app = web.Application(client_max_size=REQUEST_BYTES)
    app[GUARD] = Guard(order, site, Meter(order.budget_bytes, order.rate_bytes), known)
    app.cleanup_ctx.append(_session)
    app.router.add_route("*", "/{anything:.*}", _exchange)
    return app


async def _session(app: web.Application) -> AsyncIterator[None]:
    connector = aiohttp.UnixConnector(path=str(app[GUARD].order.notebook), limit=0)
    timeout = aiohttp.ClientTimeout(total=None, connect=30, sock_read=300)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=jar, auto_decompress=False
    ) as session:
        app[SESSION] = session
        yield


async def _exchange(request: web.Request) -> web.StreamResponse:
    guard = request.app[GUARD]
    route = _decide(request, guard)
    if route is None:
        return _own(guard, problems.problem(403, "not_allowed", problems.NOT_ALLOWED, problems.USE_A_REQUEST))
    if guard.meter.spent:
        return _own(guard, problems.problem(429, "view_budget", problems.BUDGET_USED))
    try:
        return await (_websocket(request, guard) if route.websocket else _request(request, guard))
    except web.HTTPRequestEntityTooLarge:
        return _own(guard, problems.problem(413, "too_large", problems.TOO_LARGE))
    except (aiohttp.ClientError, TimeoutError):
        return _own(guard, problems.problem(503, "unreachable", problems.UNREACHABLE, problems.TRY_AGAIN))


def _decide(request: web.Request, guard: Guard) -> routes.Route | None:
    upgrade = request.headers.get("Upgrade", "").lower()
    below = request.path.removeprefix(guard.site.prefix)
    # A token in the address would bypass the login at the hub; a worker script would outlive the sandbox.
    if below == request.path or "token" in request.query or "Service-Worker" in request.headers:
        return None
    # Under another name of this machine (localhost) a notebook would be of one site with the pages of the api.
    if request.headers.get("X-Forwarded-Host", guard.site.host) != guard.site.host:
        return None
    if below.startswith("/api/contents") and contents.asks_for_bytes(request.query):
        return None
    route = routes.decide(request.method, below)
    if route is None or upgrade != ("websocket" if route.websocket else ""):
        return None
    return route


def _own(guard: Guard, answer: web.Response) -> web.Response:
    answer.headers.update(headers.own(guard.site))
    return answer


async def _websocket(request: web.Request, guard: Guard) -> web.StreamResponse:
    passed = headers.to_server(request.headers, guard.site)
    async with request.app[SESSION].ws_connect(
        f"http://sandbox{request.raw_path}",
        headers=passed,
        protocols=sockets.offered(request),
        max_msg_size=sockets.LARGEST_READ_BYTES,
    ) as upstream:
        return await sockets.relay(request, upstream, guard.meter, guard.order.message_bytes)


async def _request(request: web.Request, guard: Guard) -> web.StreamResponse:
    body = await request.read()
    passed = headers.to_server(request.headers, guard.site)
    upstream = request.app[SESSION].request(
        request.method,
        f"http://sandbox{request.raw_path}",
        data=body or None,
        headers=passed,
        allow_redirects=False,
    )
    async with upstream as answer:
        kept = headers.to_browser(answer.headers, answer.headers.getall("Set-Cookie", []), guard.site)
        # Headers may carry data as well as a body.
        wait = guard.meter.charge(headers.weight(kept))
        if wait is None:
            return _own(guard, problems.problem(429, "view_budget", problems.BUDGET_USED))
        await asyncio.sleep(wait)
        kept.update(headers.own(guard.site))
        return await _answer(request, guard, answer, kept)


async def _answer(
    request: web.Request, guard: Guard, answer: aiohttp.ClientResponse, kept: CIMultiDict[str]
) -> web.StreamResponse:
    if 300 <= answer.status < 400 and answer.status not in NO_BODY:
        return _redirect(request, guard, answer, kept)
    below = request.path.removeprefix(guard.site.prefix)
    if below.startswith("/api/contents"):
        return await _contents(guard, answer, kept)
    if below.startswith(("/static/", "/lab/extensions/", "/lab/api/themes/")):
        return await _asset(guard, answer, kept)
    return await _stream(request, guard, answer, kept)


def _redirect(
    request: web.Request, guard: Guard, answer: aiohttp.ClientResponse, kept: CIMultiDict[str]
) -> web.Response:
    visit = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    target = headers.location(answer.headers.get("Location", ""), guard.site, visit)
    if target is None or guard.meter.charge(len(target)) is None:
        return _own(guard, problems.problem(502, "unusable_answer", problems.UNUSABLE))
    kept["Location"] = target
    return web.Response(status=answer.status, headers=kept)


async def _contents(guard: Guard, answer: aiohttp.ClientResponse, kept: CIMultiDict[str]) -> web.Response:
    content = await _whole(answer, contents.LARGEST_NOTEBOOK_BYTES)
    if content is None or (answer.ok and not contents.may_show(content, guard.order.file_bytes)):
        return _own(guard, problems.problem(403, "not_shown", problems.NOT_SHOWN, problems.USE_A_REQUEST))
    wait = guard.meter.charge(len(content))
    if wait is None:
        return _own(guard, problems.problem(429, "view_budget", problems.BUDGET_USED))
    await asyncio.sleep(wait)
    return web.Response(status=answer.status, body=content, headers=kept)


async def _whole(answer: aiohttp.ClientResponse, most: int) -> bytes | None:
    content = bytearray()
    async for piece in answer.content.iter_chunked(PIECE_BYTES):
        content += piece
        if len(content) > most:
            return None
    return bytes(content)


async def _asset(guard: Guard, answer: aiohttp.ClientResponse, kept: CIMultiDict[str]) -> web.StreamResponse:
    content = await _whole(answer, assets.LARGEST_BYTES)
    if content is None:
        return _own(guard, problems.problem(403, "not_shown", problems.NOT_SHOWN))
    if assets.digest(content) not in guard.known:
        wait = guard.meter.charge(len(content))
        if wait is None:
            return _own(guard, problems.problem(429, "view_budget", problems.BUDGET_USED))
        await asyncio.sleep(wait)
    return web.Response(status=answer.status, body=content, headers=kept)


async def _stream(
    request: web.Request, guard: Guard, answer: aiohttp.ClientResponse, kept: CIMultiDict[str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=kept)
    await response.prepare(request)
    async for piece in answer.content.iter_chunked(PIECE_BYTES):
        wait = guard.meter.charge(len(piece))
        if wait is None:
            # Cut: the browser must see a broken answer, not a whole one.
            response.force_close()
            if request.transport is not None:
                request.transport.close()
            return response
        await asyncio.sleep(wait)
        await response.write(piece)
    await response.write_eof()
    return response

"""The guard in front of a server that does whatever hurts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from hub.guard.application import application
from hub.relay import RelayOrder

PREFIX = "/user/p-alice/incomes"
ASSET = b"part of JupyterLab" * 1000
HOSTILE = {"Service-Worker-Allowed": "/", "Clear-Site-Data": '"*"'}
Answer = web.StreamResponse


async def hostile(request: web.Request) -> Answer:
    """Answers by the last part of the path."""
    name = request.path.rpartition("/")[2]
    if name == "channels":
        return await hostile_channel(request)
    if name == "redirect.js":
        return web.Response(status=302, headers={"Location": "https://elsewhere.example/"})
    if name == "login.js":
        login = "/hub/api/oauth2/authorize?client_id=jupyterhub-user-p-alice-incomes"
        return web.Response(status=307, headers={"Location": login})
    if name == "told":
        return web.Response(status=304, headers={"ETag": "x" * 250})
    if name == "asset.js":
        return web.Response(body=ASSET)
    if name == "status":
        return web.json_response(
            {"got": dict(request.headers)}, headers={"Service-Worker-Allowed": "/", "Clear-Site-Data": '"*"'}
        )
    if name == "me":
        return web.Response(body=b"x" * 3000)
    if name == "hang":
        request.transport.close()  # type: ignore[union-attr]
    return web.json_response({"type": "file", "format": "text", "content": "x" * 500})


async def hostile_channel(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        output = {
            "header": {"msg_type": "stream"},
            "parent_header": {"msg_id": "1"},
            "content": ("\U0001f600" if message.data.startswith("+") else "x") * int(message.data),
        }
        await socket.send_str(json.dumps(output, ensure_ascii=False))
    return socket


@asynccontextmanager
async def guarded(**limits: int) -> AsyncIterator[aiohttp.ClientSession]:
    with tempfile.TemporaryDirectory(prefix="enc") as place:
        back, front = f"{place}/back", f"{place}/front"
        order = RelayOrder(
            subject="p-alice", project="incomes", token="t", hub_upstream="", api_upstream="",
            public_url="http://127.0.0.1:8000", notebook=Path(back), assets=Path(place),
            **{"budget_bytes": 10**6, "message_bytes": 1000, "rate_bytes": 10**6, "file_bytes": 100,
               "upload_bytes": 1000, **limits},
        )  # fmt: skip
        server = web.Application()
        server.router.add_route("*", "/{anything:.*}", hostile)
        guard = application(order, frozenset({hashlib.sha256(ASSET).digest()}))
        runners = [await serve(server, back), await serve(guard, front)]
        async with aiohttp.ClientSession("http://hub", connector=aiohttp.UnixConnector(front)) as browser:
            yield browser
        for runner in runners:
            await runner.cleanup()


async def serve(app: web.Application, path: str) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, path).start()
    return runner


def visit(steps: Callable[[aiohttp.ClientSession], Awaitable[Any]], **limits: int) -> Any:
    async def run() -> Any:
        async with guarded(**limits) as browser:
            return await steps(browser)

    return asyncio.run(run())


async def get(browser: aiohttp.ClientSession, path: str, **headers: str) -> tuple[int, bytes]:
    async with browser.get(f"{PREFIX}{path}", headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read()


def status(path: str, **headers: str) -> int:
    found: int = visit(lambda browser: get(browser, path, **headers))[0]
    return found


def test_an_answer_loses_what_could_hurt_the_hub() -> None:
    async def steps(browser: aiohttp.ClientSession) -> tuple[dict[str, str], dict[str, str]]:
        cookies = {"Cookie": "session=api; _xsrf=x", "Authorization": "token x"}
        async with browser.get(f"{PREFIX}/api/status", headers=cookies) as answer:
            return dict(answer.headers), (await answer.json())["got"]

    shown, got = visit(steps)
    assert not {"Service-Worker-Allowed", "Clear-Site-Data"} & set(shown)
    assert shown["Content-Security-Policy"].startswith("default-src 'none'")
    assert got["Cookie"] == "_xsrf=x"
    assert "Authorization" not in got


def test_what_is_not_open_never_reaches_the_server() -> None:
    assert status("/files/data.csv") == 403
    assert status("/static/%2e%2e/files/data.csv") == 403
    assert status("/static/a%2f..%2f..%2ffiles") == 403
    assert status("/api/status?token=stolen") == 403
    assert status("/api/status", **{"Service-Worker": "script"}) == 403
    assert status("/api/status", Upgrade="h2c", Connection="Upgrade") == 403


def test_another_persons_path_is_refused() -> None:
    async def steps(browser: aiohttp.ClientSession) -> int:
        async with browser.get("/user/p-bob/incomes/api/status") as answer:
            return answer.status

    assert visit(steps) == 403


def test_a_redirect_elsewhere_is_an_error_and_no_redirect() -> None:
    assert status("/static/redirect.js") == 502


def test_a_file_too_large_for_the_editor_is_not_shown() -> None:
    assert status("/api/contents/large.csv") == 403
    assert visit(lambda browser: get(browser, "/api/contents/large.csv"), file_bytes=500)[0] == 200
    assert status("/api/contents/small.csv?format=base64") == 403


def test_a_server_that_hangs_up_gives_a_message_and_no_traceback() -> None:
    code, body = visit(lambda browser: get(browser, "/api/kernelspecs/hang"))
    assert code == 503
    assert json.loads(body)["error"]["message"]["nl"]


def test_the_budget_counts_everything_but_known_parts_of_jupyterlab() -> None:
    async def steps(browser: aiohttp.ClientSession) -> list[int]:
        paths = ["/static/asset.js"] * 5 + ["/api/me", "/static/asset.js"]
        statuses = [(await get(browser, path))[0] for path in paths]
        with contextlib.suppress(aiohttp.ClientError):
            await get(browser, "/api/me")
        return [*statuses, (await get(browser, "/static/asset.js"))[0]]

    assert visit(steps, budget_bytes=4000) == [200] * 7 + [429]


def test_headers_are_counted_as_well() -> None:
    async def steps(browser: aiohttp.ClientSession) -> list[int]:
        return [(await get(browser, "/api/kernelspecs/told"))[0] for _ in range(20)]

    statuses = visit(steps, budget_bytes=2000)
    assert statuses[0] == 304
    assert statuses[-1] == 429


def test_another_name_of_this_machine_leads_nowhere() -> None:
    async def steps(browser: aiohttp.ClientSession) -> list[int]:
        named = [{}, {"X-Forwarded-Host": "127.0.0.1:8000"}, {"X-Forwarded-Host": "localhost:8000"}]
        return [(await get(browser, "/api/me", **headers))[0] for headers in named]

    assert visit(steps) == [200, 200, 403]


def test_a_script_cannot_have_itself_sent_to_the_hub() -> None:
    login = f"{PREFIX}/static/login.js"

    async def steps(browser: aiohttp.ClientSession) -> list[int]:
        found = []
        for method, mode in (("GET", "navigate"), ("GET", "cors"), ("POST", "navigate")):
            async with browser.request(
                method, login, headers={"Sec-Fetch-Mode": mode}, allow_redirects=False
            ) as answer:
                found.append(answer.status)
        return found

    assert visit(steps) == [307, 502, 403]


def test_every_answer_has_our_headers_whatever_went_wrong() -> None:
    paths = (
        "/api/me",
        "/files/x",
        "/static/redirect.js",
        "/static/login.js",
        "/api/kernelspecs/hang",
        "/api/contents/x",
    )

    async def steps(browser: aiohttp.ClientSession) -> list[bool]:
        found = []
        for path in paths:
            async with browser.get(f"{PREFIX}{path}", allow_redirects=False) as answer:
                found.append(
                    {"Content-Security-Policy", "Cross-Origin-Embedder-Policy"} <= set(answer.headers)
                )
        return found

    assert visit(steps) == [True] * len(paths)


def test_an_answer_beyond_the_budget_is_cut() -> None:
    async def steps(browser: aiohttp.ClientSession) -> bool:
        try:
            await get(browser, "/api/me")
        except aiohttp.ClientError:
            return True
        return False

    assert visit(steps, budget_bytes=2000)


async def say(channel: aiohttp.ClientWebSocketResponse, size: int) -> aiohttp.WSMessage:
    await channel.send_str(str(size))
    return await channel.receive(timeout=5)


def test_a_large_output_is_explained_and_small_ones_go_on() -> None:
    async def steps(browser: aiohttp.ClientSession) -> list[str]:
        async with browser.ws_connect(f"{PREFIX}/api/kernels/1-2/channels") as channel:
            return [(await say(channel, size)).data for size in (10, 5000, 10)]

    first, second, third = visit(steps)
    assert '"xxxxxxxxxx"' in first
    assert "too large" in second
    assert third == first


def test_a_character_of_four_bytes_counts_as_four() -> None:
    async def steps(browser: aiohttp.ClientSession) -> str:
        async with browser.ws_connect(f"{PREFIX}/api/kernels/1-2/channels") as channel:
            await channel.send_str("+300")
            return str((await channel.receive(timeout=5)).data)

    assert "too large" in visit(steps)


def test_many_small_outputs_meet_the_budget() -> None:
    async def steps(browser: aiohttp.ClientSession) -> list[aiohttp.WSMsgType]:
        async with browser.ws_connect(f"{PREFIX}/api/kernels/1-2/channels") as channel:
            return [(await say(channel, 800)).type for _ in range(3)]

    text, closing = aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE
    assert visit(steps, budget_bytes=2000) == [text, text, closing]

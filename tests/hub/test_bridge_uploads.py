"""An upload passes the bridge as it arrives: counted, one at a time, and no faster than the api takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub import bridge
from hub.relay import RelayOrder
from tests.hub.test_bridge import ORDER

MIB = 2**20
PATH = "/sandbox/uploads"


@dataclass
class Api:
    """Takes uploads when it may: `go` is set; refuses them beforehand when `full`."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False
    came: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ended: int = 0

    async def expect(self, request: web.Request) -> None:
        if self.full:
            raise web.HTTPTooManyRequests(text='{"error": "full"}', content_type="application/json")
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def take(self, request: web.Request) -> web.Response:
        self.came.append(request)
        await self.go.wait()
        try:
            self.bodies.append(await request.read())
        finally:
            self.ended += 1
        return web.json_response({"bytes": len(self.bodies[-1])}, status=201)


Client = TestClient[web.Request, web.Application]


def with_bridge(work: Callable[[Client, Api], Awaitable[None]], **changes: object) -> None:
    """Do `work` in front of a bridge to an api of so large uploads."""

    async def run() -> None:
        api, application = Api(), web.Application(client_max_size=64 * MIB)
        application.router.add_post(PATH, api.take, expect_handler=api.expect)
        application.router.add_post("/sandbox/requests", api.take)
        async with TestServer(application) as upstream:
            told = {"api_upstream": str(upstream.make_url("")).rstrip("/"), **changes}
            order = RelayOrder.model_validate(ORDER.model_dump() | told)
            async with TestClient(TestServer(bridge.to_api(order))) as client:
                await work(client, api)

    asyncio.run(run())


def test_it_arrives_whole_with_our_token_and_its_length() -> None:
    content = bytes(range(256)) * 4096 * 3

    async def work(client: Client, api: Api) -> None:
        api.go.set()
        headers = {"Authorization": "Bearer forged", "Cookie": "a=b", "Content-Type": "text/html"}
        answer = await client.post(PATH, data=content, headers=headers)
        assert (answer.status, await answer.json()) == (201, {"bytes": len(content)})
        assert api.bodies == [content]
        (came,) = api.came
        assert came.headers["Authorization"] == "Bearer secret"
        assert came.headers["Content-Length"] == str(len(content))
        assert "Cookie" not in came.headers

    with_bridge(work, upload_bytes=3 * MIB)


def test_too_much_and_of_unknown_size_goes_nowhere() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    async def work(client: Client, api: Api) -> None:
        api.go.set()
        assert (await client.post(PATH, data=b"x" * (MIB + 1))).status == 413
        assert (await client.post(PATH, data=pieces())).status == 411
        assert (await client.post("/sandbox/requests", data=b"x" * (256 * 1024 + 1))).status == 413
        assert api.came == []

    with_bridge(work, upload_bytes=MIB)


def test_a_refusal_comes_before_the_body() -> None:
    async def work(client: Client, api: Api) -> None:
        api.full = True
        answer = await client.post(PATH, data=b"x" * 8 * MIB)
        assert (answer.status, await answer.json()) == (429, {"error": "full"})

    with_bridge(work, upload_bytes=16 * MIB)


def test_the_sender_waits_for_the_api_and_the_next_for_the_first() -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(48):
            yield b"x" * MIB
            sent += 1

    async def work(client: Client, api: Api) -> None:
        length = {"Content-Length": str(48 * MIB)}
        first = asyncio.create_task(client.post(PATH, data=pieces(), headers=length))
        second = asyncio.create_task(client.post(PATH, data=b"second"))
        before = -1
        while before != sent or not api.came:
            before = sent
            await asyncio.sleep(0.3)
        # What is under way fills the buffers of sockets and stops there.
        assert 0 < sent < 40
        assert len(api.came) == 1
        api.go.set()
        assert {(await one).status for one in (first, second)} == {201}
        assert sorted(map(len, api.bodies)) == [6, 48 * MIB]

    with_bridge(work, upload_bytes=64 * MIB)


def test_an_upload_that_breaks_off_or_takes_too_long_is_not_finished_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(client: Client, api: Api) -> None:
        api.go.set()
        assert client.server.port is not None
        _, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        await writer.drain()
        while not api.came:
            await asyncio.sleep(0.05)
        writer.close()
        while not api.ended:
            await asyncio.sleep(0.05)
        monkeypatch.setattr(bridge, "UPLOAD_SECONDS", 0.3)
        api.go.clear()
        assert (await client.post(PATH, data=b"x")).status == 503
        assert api.bodies == []

    with_bridge(work)

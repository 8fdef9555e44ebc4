"""A large table passes the bridge, one at a time; nothing else that is large does."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub import bridge
from hub.relay import RelayOrder
from tests.hub.test_bridge import ORDER

TABLE, REQUEST = "/sandbox/requests/R-2026-0001/outputs/1", "/sandbox/requests/R-2026-0001"
LARGE = 5 * 2**20


class Api:
    """Answers with so many bytes, as soon as `go` is set; `most` is how many it answered at once."""

    def __init__(self, size: int) -> None:
        self.content, self.go, self.under_way, self.most = b"x" * size, asyncio.Event(), 0, 0

    async def answer(self, _: web.Request) -> web.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.go.wait()
        self.under_way -= 1
        return web.Response(body=self.content)


async def asked(size: int, *paths: str) -> tuple[list[int], int]:
    """The statuses of answers of a size that are asked for at once, and how many of them the api made at once."""
    api, application = Api(size), web.Application()
    application.router.add_get("/{anything:.*}", api.answer)
    async with TestServer(application) as upstream:
        order = RelayOrder.model_validate(
            ORDER.model_dump() | {"api_upstream": str(upstream.make_url("")).rstrip("/")}
        )
        async with TestClient(TestServer(bridge.to_api(order))) as client:
            getting = [asyncio.create_task(client.get(path)) for path in paths]
            while not api.under_way:
                await asyncio.sleep(0)
            api.go.set()
            found = [await one for one in getting]
            passed = [len(await one.read()) for one in found if one.status == 200]
            assert set(passed) <= {size}
            return [one.status for one in found], api.most


def test_a_large_table_passes_where_a_request_would_not() -> None:
    assert asyncio.run(asked(LARGE, TABLE)) == ([200], 1)
    assert asyncio.run(asked(LARGE, REQUEST)) == ([502], 1)


def test_tables_are_asked_for_one_at_a_time() -> None:
    assert asyncio.run(asked(10, TABLE, TABLE, TABLE)) == ([200] * 3, 1)


def test_there_is_an_end_to_what_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "TABLE_BYTES", 1_000)
    assert asyncio.run(asked(1_000, TABLE)) == ([200], 1)
    assert asyncio.run(asked(1_001, TABLE)) == ([502], 1)

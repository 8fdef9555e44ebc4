from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from hub.access import AccessClient, ApiSilentError
from tests.hub.fakes import FakeInstitution


@pytest.fixture
def institution() -> Iterator[FakeInstitution]:
    with FakeInstitution("/data", "service") as started:
        yield started


def client(institution: FakeInstitution, token: str = "service") -> AccessClient:  # noqa: S107
    return AccessClient(institution.url, token)


def test_a_grant_and_a_refusal_arrive_whole(institution: FakeInstitution) -> None:
    answer = asyncio.run(client(institution).spawn("p-alice", "x", "x"))
    assert answer.allowed
    assert answer.sandbox is not None
    assert answer.sandbox.memory_bytes == 2**30
    institution.allowed = False
    refused = asyncio.run(client(institution).spawn("p-alice", "x", "x"))
    assert [unmet.condition for unmet in refused.unmet] == ["training", "agreement"]
    assert refused.unmet[1].remedy is None


def test_sandboxes_to_stop_are_named(institution: FakeInstitution) -> None:
    assert [stop.id for stop in asyncio.run(client(institution).alive(["unknown"])).stop] == ["unknown"]


@pytest.mark.parametrize("trouble", ["silent", "token", "away"])
def test_no_lawful_answer_is_silence(institution: FakeInstitution, trouble: str) -> None:
    institution.silent = trouble == "silent"
    asking = client(institution, "wrong" if trouble == "token" else "service")
    if trouble == "away":
        asking = AccessClient("http://127.0.0.1:9", "service")
    with pytest.raises(ApiSilentError):
        asyncio.run(asking.spawn("p-alice", "x", "x"))


def test_an_answer_of_another_shape_is_silence(
    institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shapeless(*_: object) -> bytes:
        return b'{"allowed": "perhaps"}'

    monkeypatch.setattr(AccessClient, "_post", shapeless)
    with pytest.raises(ApiSilentError, match="shape"):
        asyncio.run(client(institution).spawn("p-alice", "x", "x"))


def test_a_yes_without_a_sandbox_is_silence(
    institution: FakeInstitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def empty(*_: object) -> bytes:
        return b'{"allowed": true}'

    monkeypatch.setattr(AccessClient, "_post", empty)
    with pytest.raises(ApiSilentError, match="without"):
        asyncio.run(client(institution).spawn("p-alice", "x", "x"))

"""The upload door of a sandbox: raw bytes in, their sha256 out, within limits, and nothing told of others."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.sandboxes import end_sandbox
from api.app import create_app
from api.audit.models import AuditRecord
from api.files import move_into_place
from api.settings import Settings
from api.uploads import service
from api.uploads.models import Upload
from tests.api.flow import Flow

CONTENT = b"\x00PAR1 whatever it is" * 100_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def bearer(flow: Flow) -> dict[str, str]:
    return {"Authorization": f"Bearer {flow.token}", "Content-Type": "application/octet-stream"}


def files(flow: Flow) -> list[Path]:
    return sorted(path for path in flow.settings.directory("uploads").rglob("*") if path.is_file())


@pytest.fixture
def small(flow: Flow) -> Iterator[TestClient]:
    """A service with little room."""
    settings = flow.settings.model_copy(
        update={"upload_bytes": 300_000, "uploads_held_bytes": 500_000, "uploads_per_day": 3}
    )
    with TestClient(create_app(settings), base_url=settings.api_url) as client:
        yield client


def test_bytes_come_in_and_are_named_by_their_content(flow: Flow, client: TestClient) -> None:
    answer = client.post("/sandbox/uploads", content=CONTENT, headers=bearer(flow))
    assert (answer.status_code, answer.json()) == (201, {"sha256": SHA256, "bytes": len(CONTENT)})
    (path,) = files(flow)
    assert (path.name, path.read_bytes() == CONTENT) == (SHA256, True)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with flow.database.reading() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.action == "upload.keep")).all()
        assert [record.subject for record in records] == [f"project:{flow.world.project.slug}"]
        assert SHA256 in records[0].document


def test_the_same_again_changes_nothing_but_mends_what_was_damaged(flow: Flow, client: TestClient) -> None:
    client.post("/sandbox/uploads", content=CONTENT, headers=bearer(flow))
    files(flow)[0].write_bytes(b"damaged")
    again = client.post("/sandbox/uploads", content=CONTENT, headers=bearer(flow))
    assert (again.status_code, again.json()) == (200, {"sha256": SHA256, "bytes": len(CONTENT)})
    assert files(flow)[0].read_bytes() == CONTENT
    with flow.database.reading() as session:
        assert len(session.scalars(select(Upload)).all()) == 1
        assert len(session.scalars(select(AuditRecord).where(AuditRecord.action == "upload.keep")).all()) == 1


@pytest.mark.parametrize("length", [b"", b"0", b"-1", b"1e3", b"\xb2", b"9" * 5000])
def test_the_length_is_said_beforehand(flow: Flow, client: TestClient, length: bytes) -> None:
    headers = [(name.encode(), value.encode()) for name, value in bearer(flow).items()]
    answer = client.post("/sandbox/uploads", content=b"", headers=[*headers, (b"Content-Length", length)])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "length_required")


@pytest.mark.parametrize("declared", ["3", "9"])
def test_a_body_of_another_length_is_not_kept(flow: Flow, client: TestClient, declared: str) -> None:
    answer = client.post(
        "/sandbox/uploads", content=b"12345", headers=bearer(flow) | {"Content-Length": declared}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "incomplete")
    assert files(flow) == []


def test_limits_hold_for_one_body_for_a_person_and_for_a_day(flow: Flow, small: TestClient) -> None:
    def send(size: int, first: int) -> tuple[int, str]:
        content = bytes([first]) + b"x" * (size - 1)
        answer = small.post("/sandbox/uploads", content=content, headers=bearer(flow))
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    assert send(300_001, 0)[0] == 413
    assert send(300_000, 1) == (201, "")
    assert send(300_000, 2) == (429, "uploads_held")
    assert send(100_000, 3) == (201, "")
    assert send(10, 4) == (201, "")
    assert send(10, 5) == (429, "uploads_per_day")
    assert len(files(flow)) == 3


def test_the_room_of_a_project_is_shared(flow: Flow) -> None:
    settings = flow.settings.model_copy(update={"uploads_project_bytes": 10})
    with TestClient(create_app(settings), base_url=settings.api_url) as client:
        assert client.post("/sandbox/uploads", content=b"12345678", headers=bearer(flow)).status_code == 201
        answer = client.post("/sandbox/uploads", content=b"123", headers=bearer(flow))
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "uploads_held")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer unknown"])
def test_nobody_without_a_running_sandbox_uploads(flow: Flow, client: TestClient, header: str) -> None:
    answer = client.post("/sandbox/uploads", content=b"x", headers={"Authorization": header})
    assert answer.status_code == 401
    with flow.database.transaction() as session:
        end_sandbox(session, flow.sandbox_id, "stopped")
    assert client.post("/sandbox/uploads", content=b"x", headers=bearer(flow)).status_code == 401
    assert files(flow) == []


def test_a_sandbox_that_ends_meanwhile_leaves_nothing(
    flow: Flow, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(settings: Settings, project: object) -> Path:
        with flow.database.transaction() as session:
            end_sandbox(session, flow.sandbox_id, "stopped")
        return service.directory_of(settings, flow.world.project)

    monkeypatch.setattr("api.uploads.routes.directory_of", ended)
    assert client.post("/sandbox/uploads", content=b"x", headers=bearer(flow)).status_code == 401
    assert files(flow) == []


def test_a_crash_between_file_and_row_leaves_no_row(
    flow: Flow, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(aside: Path, path: Path) -> None:
        move_into_place(aside, path)
        raise KeyError

    monkeypatch.setattr("api.uploads.service.move_into_place", crash)
    with pytest.raises(KeyError):
        client.post("/sandbox/uploads", content=b"x", headers=bearer(flow))
    with flow.database.reading() as session:
        assert session.scalars(select(Upload)).all() == []


def test_a_sender_that_goes_away_leaves_nothing(flow: Flow, client: TestClient) -> None:
    async def send() -> None:
        said = [(name.lower().encode(), value.encode()) for name, value in bearer(flow).items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/sandbox/uploads",
            "query_string": b"",
            "headers": [*said, (b"content-length", b"1000"), (b"accept", b"application/json")],
        }
        events = iter([{"type": "http.request", "body": b"half", "more_body": True}])

        async def receive() -> MutableMapping[str, Any]:
            return next(events, {"type": "http.disconnect"})

        async def answer(message: MutableMapping[str, Any]) -> None:
            answered.append(message)

        await client.app(scope, receive, answer)

    answered: list[MutableMapping[str, Any]] = []
    asyncio.run(send())
    assert answered[0]["status"] == 422
    assert files(flow) == []

"""What was uploaded is found by who uploaded it where, and is what it was or nothing."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.access.models import Project
from api.errors import EnclaveError, NotFoundError, UnavailableError
from api.people.models import Person
from api.uploads import service as uploads
from api.uploads.models import Upload
from api.uploads.streaming import PIECE, Received, receive
from tests.api.factories import make_project
from tests.api.flow import FINE, Flow
from tests.api.uploads.factories import make_upload


@pytest.fixture
def upload(flow: Flow) -> Upload:
    with flow.database.transaction() as session:
        return make_upload(session, flow.settings, flow.sandbox_id, b"some values")


def refusal(session: Session, project: Project, person: Person, sha256: str) -> EnclaveError:
    with pytest.raises(NotFoundError) as caught:
        uploads.find(session, project, person, sha256)
    return caught.value


def test_only_the_uploader_finds_it_in_that_project(flow: Flow, upload: Upload) -> None:
    world = flow.world
    with flow.database.transaction() as session:
        other = make_project(session)
        found = uploads.find(session, world.project, world.researcher, upload.sha256)
        assert found.id == upload.id
        unknown = refusal(session, world.project, world.researcher, "0" * 64)
        others = [
            refusal(session, world.project, world.analyst, upload.sha256),
            refusal(session, other, world.researcher, upload.sha256),
            refusal(session, world.project, world.researcher, "../" + upload.sha256),
            refusal(session, world.project, world.researcher, upload.sha256.upper()),
        ]
    assert {(error.code, error.message, error.remedy) for error in others} == {
        (unknown.code, unknown.message, unknown.remedy)
    }


def test_content_is_opened_only_when_it_is_what_was_uploaded(flow: Flow, upload: Upload) -> None:
    with uploads.open_upload(flow.settings, upload) as file:
        assert file.read() == b"some values"
    path = uploads.path_of(flow.settings, upload)
    path.write_bytes(b"other values")
    with pytest.raises(UnavailableError, match="altered"):
        uploads.open_upload(flow.settings, upload)
    path.unlink()
    path.symlink_to(flow.settings.state_dir / "enclave.sqlite")
    with pytest.raises(UnavailableError):
        uploads.open_upload(flow.settings, upload)


def test_a_request_refers_to_it_once(flow: Flow, upload: Upload) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        here = session.get_one(Upload, upload.id)
        for _ in range(2):
            uploads.use(session, here, flow.id_of(number))
        assert [used.id for used in uploads.uses_of(session, flow.id_of(number))] == [upload.id]
        assert uploads.uses_of(session, 10**6) == []


def test_a_disk_that_takes_half_a_piece_takes_no_upload(flow: Flow) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = uploads.directory_of(flow.settings, flow.world.project) / "whole"
    resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE // 2, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            asyncio.run(_receive(path, b"x" * PIECE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _receive(path: Path, content: bytes) -> Received:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await receive(path, pieces())

"""Uploads that a request needs stay, the others go, and so do leftovers of uploads that broke off."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.files import LEFTOVER_SECONDS, write_aside
from api.jobs.models import Job, JobState
from api.jobs.service import JobKind
from api.jobs.tasks import GIVE_UP, perform
from api.requests.models import OutputRequest, RequestState
from api.uploads import retention, service
from api.uploads.models import Upload, UploadUse
from tests.api.factories import days
from tests.api.flow import FINE, Flow
from tests.api.uploads.factories import make_upload


def uploaded(flow: Flow, content: bytes, age_days: float = 30) -> Upload:
    with flow.database.transaction() as session:
        upload = make_upload(session, flow.settings, flow.sandbox_id, content)
        upload.uploaded_at = days(-age_days)
        return upload


def used(flow: Flow, upload: Upload, state: RequestState) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        service.use(session, session.get_one(Upload, upload.id), flow.id_of(number))
        chosen = OutputRequest.id == flow.id_of(number)
        session.execute(update(OutputRequest).where(chosen).values(state=state))


def left(flow: Flow) -> set[str]:
    with flow.database.reading() as session:
        return set(session.scalars(select(Upload.sha256)))


def test_what_no_request_needs_goes_after_a_while(flow: Flow) -> None:
    old, young = uploaded(flow, b"old"), uploaded(flow, b"young", age_days=1)
    perform(flow.settings, JobKind.TIDY, retention.EVERYTHING)
    assert left(flow) == {young.sha256}
    assert not service.path_of(flow.settings, old).exists()
    assert service.path_of(flow.settings, young).exists()
    with flow.database.reading() as session:
        dropped = session.scalars(select(AuditRecord).where(AuditRecord.action == "upload.drop")).one()
        assert old.sha256 in dropped.document


@pytest.mark.parametrize("state", sorted(set(RequestState) - set(retention.NEEDLESS)))
def test_what_a_request_may_need_stays(flow: Flow, state: RequestState) -> None:
    upload = uploaded(flow, b"values")
    used(flow, upload, RequestState.WITHDRAWN)
    used(flow, upload, state)
    retention.tidy_uploads(flow.database, flow.settings)
    assert left(flow) == {upload.sha256}


@pytest.mark.parametrize("state", retention.NEEDLESS)
def test_a_request_that_ended_without_release_needs_nothing(flow: Flow, state: RequestState) -> None:
    upload = uploaded(flow, b"values")
    used(flow, upload, state)
    retention.tidy_uploads(flow.database, flow.settings)
    assert left(flow) == set()
    with flow.database.reading() as session:
        assert session.scalars(select(UploadUse)).all() == []


def test_a_colleague_who_uploaded_the_same_keeps_the_file(flow: Flow) -> None:
    mine = uploaded(flow, b"values")
    with flow.database.transaction() as session:
        shared = {"project_id": mine.project_id, "sha256": mine.sha256, "bytes": mine.bytes}
        session.add(Upload(person_id=flow.world.analyst.id, **shared))
    retention.tidy_uploads(flow.database, flow.settings)
    assert left(flow) == {mine.sha256}
    assert service.path_of(flow.settings, mine).exists()


def test_leftovers_go_after_a_day(flow: Flow) -> None:
    directory = service.directory_of(flow.settings, flow.world.project)
    old, new, kept = (directory / name for name in (".old.part", ".new.part", "a" * 64))
    for path in (old, new, kept):
        path.write_bytes(b"x")
    for path in (old, kept):
        os.utime(path, (1, 1))
    upload = uploaded(flow, b"values", age_days=0)
    os.utime(service.path_of(flow.settings, upload), (1, 1))
    retention.tidy_uploads(flow.database, flow.settings)
    assert sorted(path.name for path in directory.iterdir()) == sorted([new.name, upload.sha256])


def test_tidying_is_asked_for_once_a_day_and_nobody_waits_for_it(flow: Flow) -> None:
    for _ in range(2):
        retention.queue_tidying_when_due(flow.database)
    with flow.database.transaction() as session:
        (job,) = session.scalars(select(Job).where(Job.kind == JobKind.TIDY)).all()
        assert job.state is JobState.QUEUED
        GIVE_UP[JobKind.TIDY](session, job.subject_id)


def test_a_release_that_somebody_wrote_who_died_is_tidied_too(flow: Flow) -> None:
    aside = write_aside(flow.settings.directory("releases"), [b"half"])
    then = aside.stat().st_mtime - LEFTOVER_SECONDS - 1
    os.utime(aside, (then, then))
    perform(flow.settings, JobKind.TIDY, retention.EVERYTHING)
    assert not aside.exists()

"""A full disk at release: nothing half there, the request stays approved, people read why, and it is tried again."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from api.db import now
from api.jobs import tasks, worker
from api.jobs.models import Job, JobState
from api.jobs.service import RELEASE_ATTEMPTS
from api.jobs.tasks import EXIT_DISK_FULL, perform_apart
from api.jobs.worker import Worker
from api.release.delays import FAILED_ONCE, NO_ROOM, delay_of
from api.release.models import LedgerEntry, Release
from api.requests.models import RequestState
from api.settings import Settings
from output_checker.text import Text
from tests.api.flow import Flow, find

PROGRAM = (
    "import sys; from api.jobs.tasks import perform_apart; from api.settings import Settings; "
    "perform_apart(Settings(), 'release', int(sys.argv[1]))"
)


def release_with_room_for(flow: Flow, number: str, room: int) -> int:
    """Release as the worker's child does, where the directory of releases is a disk of `room` bytes."""
    releases = flow.settings.directory("releases")
    world = ["--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    small = ["--size", str(room), "--tmpfs", str(releases)]
    program = [sys.executable, "-c", PROGRAM, str(flow.id_of(number))]
    state = {"ENCLAVE_STATE_DIR": str(flow.settings.state_dir)}
    return subprocess.run(["bwrap", *world, *small, *program], env=os.environ | state).returncode


def job_of(flow: Flow) -> Job:
    with flow.database.reading() as session:
        return session.scalars(select(Job).where(Job.kind == "release")).one()


def delay(flow: Flow, number: str) -> Text | None:
    with flow.database.reading() as session:
        return delay_of(session, find(session, number))


@pytest.mark.sandbox
@pytest.mark.parametrize("pages", [0.25, 2, 3])
def test_a_disk_that_is_really_full_leaves_an_approved_request(flow: Flow, pages: float) -> None:
    number = flow.approved()
    assert release_with_room_for(flow, number, int(pages * 4096)) == EXIT_DISK_FULL
    assert flow.state(number) is RequestState.APPROVED
    with flow.database.reading() as session:
        assert session.scalars(select(Release)).all() == session.scalars(select(LedgerEntry)).all() == []
    assert flow.release(number) is RequestState.RELEASED


def no_room(settings: Settings, kind: str, subject_id: int) -> None:
    sys.exit(EXIT_DISK_FULL)


def break_down(settings: Settings, kind: str, subject_id: int) -> None:
    sys.exit(1)


def make_due(flow: Flow) -> None:
    """Let every pause be over; verdicts were given without their jobs."""
    with flow.database.transaction() as session:
        session.execute(update(Job).values(run_after=now()))
        session.execute(update(Job).where(Job.kind == "judge").values(state=JobState.DONE))


@pytest.mark.parametrize(("failure", "told"), [(no_room, NO_ROOM), (break_down, FAILED_ONCE)])
def test_the_worker_tries_again_and_meanwhile_says_why(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, failure: object, told: Text
) -> None:
    number = flow.approved()
    make_due(flow)
    hand = Worker(flow.settings)
    assert delay(flow, number) is None
    with monkeypatch.context() as patch:
        patch.setattr(worker, "perform_apart", failure)
        assert hand.step()
    assert job_of(flow).state is JobState.QUEUED
    assert delay(flow, number) is told
    make_due(flow)
    assert hand.step()
    assert flow.state(number) is RequestState.RELEASED
    assert delay(flow, number) is None


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_database(*_: object) -> None:
    error = tasks.sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = tasks.sqlite3.SQLITE_FULL
    raise OperationalError("COMMIT", {}, error)


@pytest.mark.parametrize("failure", [full_disk, full_database])
def test_a_child_tells_a_full_disk_from_other_failures(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, failure: object
) -> None:
    monkeypatch.setattr(tasks.signal, "signal", lambda *_: None)
    monkeypatch.setattr(tasks, "perform", failure)
    with pytest.raises(SystemExit) as caught:
        perform_apart(flow.settings, "release", 1)
    assert caught.value.code == EXIT_DISK_FULL


def other_failure(*_: object) -> None:
    raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def locked_database(*_: object) -> None:
    raise OperationalError("COMMIT", {}, Exception("locked"))


@pytest.mark.parametrize("failure", [other_failure, locked_database])
def test_other_failures_keep_their_own_trace(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, failure: object
) -> None:
    monkeypatch.setattr(tasks.signal, "signal", lambda *_: None)
    monkeypatch.setattr(tasks, "perform", failure)
    with pytest.raises((OSError, OperationalError)):
        perform_apart(flow.settings, "release", 1)


def test_a_disk_that_stays_full_gives_the_request_back_in_the_end(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.approved()
    hand = Worker(flow.settings)
    monkeypatch.setattr(worker, "perform_apart", no_room)
    with flow.database.transaction() as session:
        session.execute(update(Job).values(attempts=RELEASE_ATTEMPTS - 2))
    for after in (RequestState.APPROVED, RequestState.RETURNED):
        make_due(flow)
        assert hand.step()
        assert flow.state(number) is after
    with flow.database.reading() as session:
        assert "failure on our side" in find(session, number).history[-1].reason.en

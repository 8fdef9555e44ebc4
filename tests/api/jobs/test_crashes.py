"""A worker that dies at any line loses nothing and does nothing twice."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from api.audit.chain import Link, first_broken
from api.audit.models import AuditRecord
from api.db import Database
from api.jobs.models import Job
from api.jobs.tasks import perform
from api.release.models import LedgerEntry, Release, ReleasedFile
from api.requests.models import RequestState
from api.requests.states import Party, is_lawful
from api.review.models import AfterCheck
from tests.api.flow import FINE, Flow, find
from tests.api.jobs.crash import perform_counting, perform_until

POINTS = 10
"""How many of the lines that a job runs through are tried, evenly spread."""
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.api.jobs.crash"])


def moments(flow: Flow, kind: str, number: str) -> list[int]:
    """Events to die at, so that the lines before them are spread over the whole job."""
    listen, tell = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=perform_counting, args=(flow.settings, kind, flow.id_of(number), tell))
    child.start()
    events: list[int] = listen.recv()
    child.join()
    assert child.exitcode == 0
    return [events[place * len(events) // POINTS] for place in range(POINTS)]


def copied(flow: Flow, directory: Path) -> Flow:
    """The same flow in a state directory of its own."""
    with flow.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(flow.settings.state_dir, directory, symlinks=True)
    settings = flow.settings.model_copy(update={"state_dir": directory})
    return replace(flow, settings=settings, database=Database(settings.database))


def check_lawful(flow: Flow, number: str) -> None:
    """The history is a path through the table, and the chain of the audit holds."""
    with flow.database.reading() as session:
        request = find(session, number)
        for step in request.history:
            assert any(is_lawful(step.before, step.after, by) for by in Party)
        assert request.history[-1].after is request.state
        records = session.scalars(select(AuditRecord).order_by(AuditRecord.seq))
        assert first_broken(Link(r.seq, r.document, r.previous_hash, r.hash) for r in records) is None


def to_settle(flow: Flow) -> str:
    """The number of a request that the policy will approve."""
    flow.let_policy_decide()
    return flow.submit(FINE)


def settled(flow: Flow) -> str:
    """The number of a request that only the policy approved."""
    number = to_settle(flow)
    assert flow.judge(number) is RequestState.APPROVED
    return number


def check_settled(flow: Flow, number: str) -> None:
    with flow.database.reading() as session:
        assert [step.after for step in find(session, number).history] == [
            RequestState.SUBMITTED,
            RequestState.JUDGING,
            RequestState.APPROVED,
        ]
        assert session.scalars(select(Job.kind).order_by(Job.id)).all() == ["judge", "release_unseen"]


def check_released_unseen(flow: Flow, number: str) -> None:
    check_released(flow, number)
    with flow.database.reading() as session:
        assert len(session.scalars(select(AfterCheck)).all()) == 1
        drawn = select(AuditRecord).where(AuditRecord.action == "release.draw")
        assert len(session.scalars(drawn).all()) == 1


def check_judged(flow: Flow, number: str) -> None:
    with flow.database.reading() as session:
        request = find(session, number)
        assert [step.after for step in request.history] == [
            RequestState.SUBMITTED,
            RequestState.JUDGING,
            RequestState.UNDER_REVIEW,
        ]
        told = select(AuditRecord).where(AuditRecord.action == "output.judge")
        assert len(session.scalars(told).all()) == 1


def check_released(flow: Flow, number: str) -> None:
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.state is RequestState.RELEASED
        release = session.scalars(select(Release)).one()
        files = session.scalars(select(ReleasedFile)).all()
        cells = request.outputs[0].verdict["table"]["cells"]
        assert len(session.scalars(select(LedgerEntry)).all()) == len(cells)
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.write")).one()
        assert release.record_sha256 in told.document
    kept = [path.name for path in flow.settings.directory("releases").iterdir() if path.suffix != ".part"]
    assert len(files) == 4
    assert sorted(kept) == sorted(file.sha256 for file in files)


@pytest.mark.parametrize(
    ("kind", "prepare", "check"),
    [
        ("judge", lambda flow: flow.submit(FINE), check_judged),
        ("release", lambda flow: flow.approved(), check_released),
        ("judge", to_settle, check_settled),
        ("release_unseen", settled, check_released_unseen),
    ],
    ids=["judge", "release", "judge unseen", "release unseen"],
)
def test_a_job_killed_at_any_line_is_done_once(
    flow: Flow, tmp_path: Path, kind: str, prepare: Callable[[Flow], str], check: Callable[[Flow, str], None]
) -> None:
    number = prepare(flow)
    request_id = flow.id_of(number)
    for place, last in enumerate(moments(copied(flow, tmp_path / "counting"), kind, number)):
        scene = copied(flow, tmp_path / f"scene-{place}")
        child = CONTEXT.Process(target=perform_until, args=(scene.settings, kind, request_id, last))
        child.start()
        child.join()
        assert child.exitcode == -9
        check_lawful(scene, number)
        for _ in range(2):
            perform(scene.settings, kind, request_id)
        check_lawful(scene, number)
        check(scene, number)
        scene.database.dispose()

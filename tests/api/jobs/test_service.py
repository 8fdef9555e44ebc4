"""The queue: nothing lost, nothing twice, whoever dies."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.db import Database, now
from api.jobs.models import Job, JobState
from api.jobs.service import (
    LONGEST_PAUSE,
    MAX_ATTEMPTS,
    JobKind,
    enqueue,
    fail,
    finish,
    is_work_waiting,
    keep,
    take,
)

LEASE = 30.0


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def taken(session: Session) -> Job:
    job = take(session, LEASE)
    assert job is not None
    return job


def make_due(session: Session) -> None:
    """Let every pause and lease be over."""
    past = now() - dt.timedelta(seconds=1)
    session.execute(update(Job).values(run_after=past, leased_until=past))
    session.expire_all()


def test_work_asked_for_again_is_one_job_and_a_new_round_another(session: Session) -> None:
    for round_number in (1, 1, 2):
        enqueue(session, JobKind.JUDGE, 7, round_number)
    enqueue(session, JobKind.RELEASE, 7, 1)
    assert session.scalars(select(Job.key)).all() == ["judge:7:1", "judge:7:2", "release:7:1"]


def test_jobs_are_taken_in_order_and_once(session: Session) -> None:
    assert not is_work_waiting(session)
    assert take(session, LEASE) is None
    for request_id in (1, 2):
        enqueue(session, JobKind.JUDGE, request_id, 1)
    assert is_work_waiting(session)
    assert [taken(session).subject_id for _ in range(2)] == [1, 2]
    assert not is_work_waiting(session)
    assert take(session, LEASE) is None


def test_many_workers_never_get_the_same_job(database: Database) -> None:
    with database.transaction() as session:
        for request_id in range(40):
            enqueue(session, JobKind.JUDGE, request_id, 1)
    got: list[int] = []

    def work() -> None:
        while True:
            with database.transaction() as session:
                job = take(session, LEASE)
            if job is None:
                return
            got.append(job.subject_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(40))


def test_a_finished_job_is_never_taken_again(session: Session) -> None:
    enqueue(session, JobKind.JUDGE, 1, 1)
    assert finish(session, taken(session))
    make_due(session)
    assert take(session, LEASE) is None
    assert session.scalars(select(Job.state)).one() is JobState.DONE


def test_a_job_whose_worker_died_is_taken_again_and_the_dead_one_cannot_finish_it(session: Session) -> None:
    enqueue(session, JobKind.JUDGE, 1, 1)
    first = taken(session)
    session.expunge(first)
    make_due(session)
    second = taken(session)
    assert (first.attempts, second.attempts) == (1, 2)
    assert not finish(session, first)
    assert not keep(session, first, LEASE)
    assert not fail(session, first, "late")
    assert session.scalars(select(Job.state)).one() is JobState.RUNNING
    assert keep(session, second, LEASE)
    assert finish(session, second)


def test_a_kept_lease_is_not_lost(session: Session) -> None:
    enqueue(session, JobKind.JUDGE, 1, 1)
    job = taken(session)
    make_due(session)
    assert keep(session, job, LEASE)
    assert take(session, LEASE) is None


def test_failures_wait_longer_each_time_and_end(session: Session) -> None:
    enqueue(session, JobKind.JUDGE, 1, 1)
    pauses = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        job = taken(session)
        assert job.attempts == attempt
        begin = now()
        assert fail(session, job, f"exit code {attempt}") is (attempt == MAX_ATTEMPTS)
        assert take(session, LEASE) is None
        session.expire_all()
        stored = session.get_one(Job, job.id)
        assert stored.last_error == f"exit code {attempt}"
        pauses.append(round((stored.run_after - begin).total_seconds()))
        make_due(session)
    assert pauses[:-1] == [1, 2, 4, 8]
    assert max(pauses) <= LONGEST_PAUSE
    assert session.scalars(select(Job.state)).one() is JobState.FAILED
    assert take(session, LEASE) is None

"""The worker: works through what is due, and outlives whatever a job does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from api.audit.export import EVERY, kept_heads
from api.audit.service import SYSTEM, record
from api.db import now
from api.jobs import tasks, worker
from api.jobs.models import Job, JobState
from api.jobs.service import MAX_ATTEMPTS
from api.jobs.tasks import perform, perform_apart
from api.jobs.worker import Worker
from api.requests.models import RequestState
from api.settings import Settings
from tests.api.flow import FINE, SMALL, Flow, find


def die(settings: Settings, kind: str, request_id: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(settings: Settings, kind: str, request_id: int) -> None:
    time.sleep(600)


def dawdle(settings: Settings, kind: str, request_id: int) -> None:
    time.sleep(1)
    perform_apart(settings, kind, request_id)


def make_due(flow: Flow) -> None:
    with flow.database.transaction() as session:
        session.execute(update(Job).values(run_after=now()))


def jobs(flow: Flow) -> list[tuple[str, JobState, int, str | None]]:
    with flow.database.reading() as session:
        return [
            (j.kind, j.state, j.attempts, j.last_error) for j in session.scalars(select(Job).order_by(Job.id))
        ]


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_the_worker_judges_and_releases(flow: Flow) -> None:
    hand = Worker(flow.settings)
    assert not hand.step()
    number = flow.submit(FINE)
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW
    flow.review(number, flow.world.checker)
    flow.review(number, flow.world.second_checker)
    assert hand.step()
    assert flow.state(number) is RequestState.RELEASED
    assert not hand.step()
    assert jobs(flow) == [("judge", JobState.DONE, 1, None), ("release", JobState.DONE, 1, None)]


def test_a_job_that_kills_its_process_is_tried_again_and_then_given_up(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "perform_apart", die)
    hand = Worker(flow.settings)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert flow.state(number) is RequestState.SUBMITTED
        assert hand.step()
        assert not hand.step()
        assert jobs(flow)[0][2:] == (attempt, "exit code -9")
        make_due(flow)
    assert jobs(flow)[0][1] is JobState.FAILED
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.state is RequestState.RETURNED
        assert "failure on our side" in request.history[-1].reason.en


def test_a_job_without_end_is_stopped(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "perform_apart", hang)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.1)
    hand = Worker(flow.settings.model_copy(update={"judge_seconds": 0.1, "job_lease_seconds": 0.3}))
    assert hand.step()
    assert jobs(flow)[0] == ("judge", JobState.QUEUED, 1, "exit code -9")


def test_a_job_that_another_worker_took_over_is_stopped_here(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "perform_apart", hang)
    hand = Worker(flow.settings.model_copy(update={"job_lease_seconds": 0.6}))
    stepping = threading.Thread(target=hand.step)
    stepping.start()
    wait_for(lambda: jobs(flow)[0][1] is JobState.RUNNING)
    with flow.database.transaction() as session:
        session.execute(update(Job).values(attempts=2))
    stepping.join(30)
    assert not stepping.is_alive()
    assert jobs(flow)[0] == ("judge", JobState.RUNNING, 2, None)


def test_a_long_job_keeps_its_lease(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "perform_apart", dawdle)
    hand = Worker(flow.settings.model_copy(update={"job_lease_seconds": 0.6}))
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert jobs(flow)[0] == ("judge", JobState.DONE, 1, None)


def test_two_workers_share_the_work(flow: Flow) -> None:
    numbers = [flow.submit(FINE) for _ in range(4)]
    hands = [Worker(flow.settings) for _ in range(2)]
    threads = [threading.Thread(target=hand.run) for hand in hands]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(state is JobState.DONE for _, state, _, _ in jobs(flow)))
    for hand in hands:
        hand.stopping.set()
    for thread in threads:
        thread.join()
    assert {flow.state(number) for number in numbers} == {RequestState.UNDER_REVIEW}


def test_a_job_of_no_known_kind_is_an_error(flow: Flow) -> None:
    with pytest.raises(ValueError, match="paint"):
        perform(flow.settings, "paint", 1)


def test_a_child_lets_a_stop_of_all_processes_pass(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(tasks.signal, "signal", handlers.__setitem__)
    perform_apart(flow.settings, "judge", flow.id_of(number))
    assert handlers == {signal.SIGTERM: signal.SIG_IGN, signal.SIGINT: signal.SIG_IGN}
    assert flow.state(number) is RequestState.UNDER_REVIEW


def start_worker(flow: Flow) -> subprocess.Popen[bytes]:
    state = {"ENCLAVE_STATE_DIR": str(flow.settings.state_dir), "ENCLAVE_JOB_LEASE_SECONDS": "1"}
    return subprocess.Popen([sys.executable, "-m", "api.jobs.worker"], env=os.environ | state)


def test_a_stopped_worker_finishes_what_it_does(flow: Flow) -> None:
    process = start_worker(flow)
    number = flow.submit(FINE)
    wait_for(lambda: jobs(flow)[0][1] is not JobState.QUEUED)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert jobs(flow)[0] == ("judge", JobState.DONE, 1, None)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2])
def test_a_killed_worker_loses_nothing(flow: Flow, seconds: float) -> None:
    queries = [FINE, SMALL, FINE]
    first = start_worker(flow)
    numbers = [flow.submit(query) for query in queries]
    wait_for(lambda: jobs(flow)[0][1] is not JobState.QUEUED)
    time.sleep(seconds)
    first.kill()
    first.wait()
    second = start_worker(flow)
    wait_for(lambda: all(state is JobState.DONE for _, state, _, _ in jobs(flow)))
    second.terminate()
    assert second.wait(30) == 0
    expected = [RequestState.UNDER_REVIEW, RequestState.RETURNED, RequestState.UNDER_REVIEW]
    assert [flow.state(number) for number in numbers] == expected
    with flow.database.reading() as session:
        for number in numbers:
            steps = [step.after for step in find(session, number).history]
            assert len(steps) == len(set(steps)) == 3


def test_a_job_that_another_worker_was_quicker_to_take_is_left_to_it(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "take", lambda *_: None)
    assert not Worker(flow.settings).step()
    assert jobs(flow)[0][1] is JobState.QUEUED


def test_the_command_works_until_it_is_told_to_stop(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.approved()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(worker, "get_settings", lambda: flow.settings)

    def stop() -> None:
        wait_for(lambda: jobs(flow)[-1][1] is JobState.DONE)
        os.kill(os.getpid(), signal.SIGTERM)

    watching = threading.Thread(target=stop)
    watching.start()
    try:
        worker.main()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        watching.join()
    assert flow.state(number) is RequestState.RELEASED
    worker._nothing()


def test_an_idle_worker_keeps_the_head_of_the_chain(flow: Flow) -> None:
    with flow.database.transaction() as session:
        for number in range(EVERY):
            record(session, SYSTEM, "test.happened", f"test:{number}", "a test")
    hand = Worker(flow.settings)
    working = threading.Thread(target=hand.run)
    working.start()
    wait_for(lambda: kept_heads(flow.settings) != [])
    time.sleep(3 * flow.settings.job_poll_seconds)
    hand.stopping.set()
    working.join()
    assert len(kept_heads(flow.settings)) == 1


def test_a_worker_outlives_a_database_that_cannot_be_written(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "OUTAGE_SECONDS", 0.01)
    hand = Worker(flow.settings)
    step, outages = hand.step, [OperationalError("BEGIN IMMEDIATE", {}, Exception("disk full"))] * 2

    def failing() -> bool:
        if outages:
            raise outages.pop()
        return step()

    monkeypatch.setattr(hand, "step", failing)
    working = threading.Thread(target=hand.run)
    working.start()
    wait_for(lambda: flow.state(number) is RequestState.UNDER_REVIEW)
    hand.stopping.set()
    working.join()

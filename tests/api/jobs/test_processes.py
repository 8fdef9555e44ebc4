"""Workers in processes of their own: told to stop, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from api.jobs.models import JobState
from api.requests.models import RequestState
from tests.api.flow import FINE, SMALL, Flow, find
from tests.api.jobs.watching import check_soon, jobs


@pytest.fixture
def start_worker(flow: Flow) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers of their own, none of which outlives the test, however that ends."""
    state = {"ENCLAVE_STATE_DIR": str(flow.settings.state_dir), "ENCLAVE_JOB_LEASE_SECONDS": "1"}
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-m", "api.jobs"], env=os.environ | state))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_stopped_worker_finishes_what_it_does(
    flow: Flow, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    process = start_worker()
    number = flow.submit(FINE)
    check_soon(lambda: jobs(flow)[0][1] is not JobState.QUEUED)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert jobs(flow)[0] == ("judge", JobState.DONE, 1, None)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2])
def test_a_killed_worker_loses_nothing(
    flow: Flow, start_worker: Callable[[], subprocess.Popen[bytes]], seconds: float
) -> None:
    queries = [FINE, SMALL, FINE]
    first = start_worker()
    numbers = [flow.submit(query) for query in queries]
    check_soon(lambda: jobs(flow)[0][1] is not JobState.QUEUED)
    time.sleep(seconds)
    first.kill()
    first.wait()
    second = start_worker()
    check_soon(lambda: all(state is JobState.DONE for kind, state, _, _ in jobs(flow) if kind == "judge"))
    second.terminate()
    assert second.wait(30) == 0
    expected = [RequestState.UNDER_REVIEW, RequestState.RETURNED, RequestState.UNDER_REVIEW]
    assert [flow.state(number) for number in numbers] == expected
    with flow.database.reading() as session:
        for number in numbers:
            steps = [step.after for step in find(session, number).history]
            assert len(steps) == len(set(steps)) == 3

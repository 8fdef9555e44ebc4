"""What tests of the worker look at."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from api.jobs.models import Job, JobState
from tests.api.flow import Flow


def jobs(flow: Flow) -> list[tuple[str, JobState, int, str | None]]:
    """Kind, state, attempts and last error of every job, in order."""
    with flow.database.reading() as session:
        return [
            (j.kind, j.state, j.attempts, j.last_error) for j in session.scalars(select(Job).order_by(Job.id))
        ]


def check_soon(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it happens; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)

"""What a judgement may use of the machine: the kernel sees to it, and the worker lives on."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from api.jobs import tasks, worker
from api.jobs.children import Sheet
from api.jobs.models import JobState
from api.jobs.tasks import _limit, judge_apart
from api.jobs.worker import Worker
from api.requests import judging
from api.requests.judging import TOO_MUCH_MEMORY, Work
from api.requests.models import RequestState
from output_checker.engine import Engine, Limits
from tests.api.flow import FINE, Flow, find
from tests.api.jobs.test_worker import jobs

HERE = pytest.MonkeyPatch()
"""For what is patched in a child, and ends with it."""


def swallow(works: Sequence[Work], sheet: Sheet) -> None:
    """Judge with an engine that believes in more memory than there is, and asks for all of it."""
    HERE.setattr(tasks, "SPARE_BYTES", 1 << 28)
    HERE.setattr(judging, "judge_together", partial(_swallow, works[0].dataset.path))
    judge_apart(works, sheet)


def _swallow(path: Path, *_: object) -> None:
    with Engine(path, Limits(memory="1000GB", threads=1)) as engine:
        engine.rows("SELECT list(range) FROM range(1000000000)")


def test_a_question_that_asks_for_all_memory_costs_nobody_but_its_author(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, other = flow.submit(FINE), flow.submit(FINE)
    hand = Worker(flow.settings.model_copy(update={"judge_memory_bytes": 1 << 27}))
    with monkeypatch.context() as hungry:
        hungry.setattr(worker, "judge_apart", swallow)
        assert hand.step()
    assert flow.state(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        assert "too much memory" in find(session, number).history[-1].reason.en
    assert hand.step()
    assert flow.state(other) is RequestState.UNDER_REVIEW
    assert [job[1:] for job in jobs(flow)] == [(JobState.DONE, 1, None)] * 2


def use_up(works: Sequence[Work], sheet: Sheet) -> None:
    HERE.setattr(judging, "judge_together", lambda *_: bytearray(1 << 32))
    judge_apart(works, sheet)


def test_nor_does_what_is_made_of_its_numbers(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", use_up)
    assert Worker(flow.settings.model_copy(update={"judge_memory_bytes": 1})).step()
    with flow.database.reading() as session:
        assert find(session, number).history[-1].reason == TOO_MUCH_MEMORY


def compute_on(works: Sequence[Work], sheet: Sheet) -> None:
    HERE.setattr(tasks, "SPARE_SECONDS", 0)
    _limit(works)
    while True:
        pass


def test_a_judgement_that_computes_on_and_on_is_ended_by_the_kernel(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", compute_on)
    assert Worker(flow.settings.model_copy(update={"judge_seconds": 1.0, "judge_threads": 1})).step()
    assert jobs(flow)[0][1:] == (JobState.QUEUED, 1, f"exit code {-signal.SIGKILL}")

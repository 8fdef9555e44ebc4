"""Housekeeping of the worker: it goes on beside verdicts, and never before them."""

from __future__ import annotations

import threading

import pytest

from api.jobs import worker
from api.jobs.worker import Lanes
from api.requests.models import RequestState
from tests.api.flow import FINE, Flow
from tests.api.jobs.watching import check_soon


def test_housekeeping_that_hangs_holds_up_no_verdict(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copies of heads go to another machine's disk, which may not answer at all."""
    hanging, away = threading.Event(), threading.Event()

    def hang_there(_: object) -> None:
        hanging.set()
        away.wait(60)

    monkeypatch.setattr(worker, "copy_heads", hang_there)
    lanes = Lanes(flow.settings.model_copy(update={"workers": 2}))
    lanes.lanes = lanes.lanes[:2]
    working = threading.Thread(target=lanes.run)
    working.start()
    try:
        assert hanging.wait(30)
        number = flow.submit(FINE)
        check_soon(lambda: flow.state(number) is RequestState.UNDER_REVIEW)
    finally:
        lanes.stop()
        away.set()
        working.join()

"""Killing a process at a chosen line of the services, as a power cut would."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import api
from api.jobs.tasks import perform
from api.settings import Settings

SERVICES = str(Path(api.__file__).parent)


def perform_counting(settings: Settings, kind: str, request_id: int, told: Any) -> None:
    """Do a job and send the number of the event at which each line of the services ran first."""
    seen: dict[tuple[str, int], int] = {}
    events = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal events
        if not frame.f_code.co_filename.startswith(SERVICES):
            return None
        if event == "line":
            events += 1
            seen.setdefault((frame.f_code.co_filename, frame.f_lineno), events)
        return trace

    sys.settrace(trace)
    perform(settings, kind, request_id)
    sys.settrace(None)
    told.send(sorted(seen.values()))


def perform_until(settings: Settings, kind: str, request_id: int, last: int) -> None:
    """Do a job, and die without any farewell before the line that is event number `last`."""
    events = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal events
        if not frame.f_code.co_filename.startswith(SERVICES):
            return None
        if event == "line":
            events += 1
            if events == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    perform(settings, kind, request_id)

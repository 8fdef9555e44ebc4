"""Processes named safely: a process number may be used again, its start time with it may not."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process and the moment it started, in clock ticks after boot (proc(5), stat field 22)."""

    number: int
    started: int

    @classmethod
    def of(cls, number: int) -> Process | None:
        """Return the living process with this number; None when there is none (a zombie counts as none)."""
        state = _stat(number)
        return None if state is None else cls(number, state)

    @property
    def alive(self) -> bool:
        """Whether this very process still lives."""
        return _stat(self.number) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Signal this very process; nothing happens when it is gone."""
        if not self.alive:
            return
        try:
            os.kill(self.number, number)
        except ProcessLookupError:
            return

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when it still lives after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _stat(number: int) -> int | None:
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name stands in brackets and may hold spaces and brackets itself.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])

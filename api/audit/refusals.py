"""Refusals at the token door of sandboxes, in the audit without letting a hostile sandbox flood it.

The first refusal of a kind is recorded at once; those of the next WINDOW seconds are counted, and told by one record
when the window is over. The hub's watch asks each second which sandboxes go on: what is due is written then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from api.audit.service import SYSTEM, record
from api.db import Database

WINDOW = 60.0
Kind = tuple[str, str]


@dataclass
class _Window:
    began: float
    more: int = 0


@dataclass
class Refusals:
    """What was refused lately, by kind: (sandbox, reason); safe to use from many threads."""

    database: Database
    clock: Callable[[], float] = time.monotonic
    _windows: dict[Kind, _Window] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, sandbox: str, reason: str) -> None:
        """Record a refusal, or count it when its kind was recorded less than WINDOW seconds ago."""
        self.write_due()
        with self._lock:
            window = self._windows.get((sandbox, reason))
            if window is not None:
                window.more += 1
                return
            self._windows[sandbox, reason] = _Window(self.clock())
        self._record((sandbox, reason), 1)

    def write_due(self) -> None:
        """Record what was counted in windows that are over; costs nothing when there is none."""
        with self._lock:
            over = [kind for kind, one in self._windows.items() if self.clock() - one.began >= WINDOW]
            counted = {kind: self._windows.pop(kind).more for kind in over}
        for kind, more in counted.items():
            if more:
                self._record(kind, more)

    def _record(self, kind: Kind, times: int) -> None:
        sandbox, reason = kind
        with self.database.transaction() as session:
            record(session, SYSTEM, "sandbox.refuse", f"sandbox:{sandbox}", reason, times=times)

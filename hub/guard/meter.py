"""How many bytes a sandbox may show: a budget for its life, and a rate for the long run (token bucket)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Opening a notebook or a page may be quick; only sustained flow is held to the rate.
BURST_SECONDS = 20
LONGEST_WAIT_SECONDS = 30.0


@dataclass
class Meter:
    """Counts what passes. Bytes; bytes per second; `clock` in seconds."""

    budget: int
    rate: int
    clock: Callable[[], float] = time.monotonic
    used: int = 0
    _bucket: float = field(init=False)
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._bucket = float(self.rate * BURST_SECONDS)
        self._filled = self.clock()

    @property
    def spent(self) -> bool:
        """Whether nothing more may be shown."""
        return self.used >= self.budget

    def charge(self, size: int) -> float | None:
        """Count `size` bytes; return the seconds to wait before they may pass, None when they may not."""
        if self.used + size > self.budget:
            self.used = self.budget
            return None
        now = self.clock()
        full = float(self.rate * BURST_SECONDS)
        self._bucket = min(full, self._bucket + (now - self._filled) * self.rate) - size
        self._filled = now
        self.used += size
        return min(LONGEST_WAIT_SECONDS, max(0.0, -self._bucket / self.rate))

"""The product-limit estimate, and the steps in which it is published."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from output_checker.rules.survival_steps import Step, SurvivalSteps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """A step from just after one published time up to the next, both as positions in the grid (-1: the start)."""

    start: int
    end: int
    step: Step


class Curve:
    """The survival of one group: durations in ascending order, and whether each ended in the event (1) or not (0)."""

    def __init__(self, durations: "NDArray[np.float64]", events: "NDArray[np.float64]") -> None:
        """Kaplan and Meier 1958, with Greenwood's variance, at every distinct duration."""
        import numpy

        self._durations = durations
        self._passed = numpy.concatenate([[0.0], events.cumsum()])
        self._times, first = numpy.unique(durations, return_index=True)
        at_risk = len(durations) - first
        happened = numpy.add.reduceat(events, first) if len(first) else events
        with numpy.errstate(divide="ignore", invalid="ignore"):
            variance = numpy.cumsum(happened / (at_risk * (at_risk - happened)))
        self._survival = numpy.concatenate([[1.0], numpy.cumprod(1 - happened / at_risk)])
        self._variance = numpy.concatenate([[0.0], variance])

    @property
    def units(self) -> int:
        """Units that have a duration and are known to have had the event or not."""
        return len(self._durations)

    def survival(self, time: float) -> float:
        """The share without the event after a time."""
        return float(self._survival[self._times.searchsorted(time, "right")])

    def std_err(self, time: float) -> float | None:
        """The standard error of the survival; none once nobody is left."""
        place = self._times.searchsorted(time, "right")
        error = float(self._survival[place]) * math.sqrt(float(self._variance[place]))
        return error if math.isfinite(error) else None

    def rows(self, time: float) -> int:
        """Units whose duration is at most a time."""
        return int(self._durations.searchsorted(time, "right"))

    def step(self, after: float, until: float) -> Step:
        """What happened after one time until another."""
        start, end = self.rows(after), self.rows(until)
        events = int(self._passed[end] - self._passed[start])
        return Step(events, end - start - events, self.units - start, self.units - end)

    def intervals(self, grid: Sequence[float], rule: SurvivalSteps, counts: bool) -> list[Interval]:
        """The finest steps of which each is safe; what comes after the last is not published.

        Without any safe step: one that is not, so that the group is seen to fail.
        """
        return list(self._safe(grid, rule, counts)) or [
            Interval(-1, len(grid) - 1, self.step(-math.inf, grid[-1]))
        ]

    def _safe(self, grid: Sequence[float], rule: SurvivalSteps, counts: bool) -> Iterator[Interval]:
        start = -1
        for end, time in enumerate(grid):
            step = self.step(grid[start] if start >= 0 else -math.inf, time)
            if rule.is_safe(step, counts):
                yield Interval(start, end, step)
                start = end

"""The evidence about hidden cells: what an intruder learns of each."""

import math
from dataclasses import dataclass
from typing import Literal

from output_checker.evidence import Evidence
from output_checker.numbers import stable
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Outcome


@dataclass(frozen=True)
class Exposure:
    """A hidden cell, by its place in the table: readers know that it lies from ``lower`` to ``upper``.

    ``outcome`` is what the cell would have had, were it published. ``audited`` is False where nothing could be
    worked out, so that nothing is known of the interval. ``by_one`` says that only the single unit of another hidden
    cell can work it out.
    """

    cell: int
    outcome: Literal[Outcome.FAIL, Outcome.REVIEW]
    lower: float = -math.inf
    upper: float = math.inf
    protected: bool = False
    audited: bool = True
    by_one: bool = False

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Lower and upper, None where there is no limit."""
        lower, upper = (None if math.isinf(limit) else stable(limit) for limit in (self.lower, self.upper))
        return lower, upper


@dataclass(frozen=True)
class ProtectionEvidence(Evidence):
    """Everything that is hidden in one table.

    ``beside`` says that other outputs of the request may tell of it in a way that the audit cannot add up.
    """

    unit: Text
    cells: tuple[Exposure, ...]
    beside: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """Hidden cells are found through tables that belong together."""
        return Statbarn.LINKED_MULTILEVEL_TABLES

"""Groups in a notebook: ``people.groupby(["area", "sex"])["income"].agg(["sum", "mean"])``, as in pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from output_checker.notebook.microdata import Microdata
from output_checker.notebook.tables import Aggfunc, CheckedTable, Names, tabulate
from output_checker.notebook.workplace import spoken


@dataclass(frozen=True)
class Grouped:
    """Units by group. Nothing is computed before a statistic is asked for; each is a table that is judged."""

    people: Microdata
    by: tuple[str, ...]
    values: Names | None = None

    def __getitem__(self, values: Names) -> Grouped:
        """The variables of which statistics are asked."""
        return replace(self, values=values)

    @spoken
    def agg(self, func: Aggfunc, **more: Any) -> CheckedTable:
        """Statistics of the chosen variables; a mapping says which of which: ``{"income": ["sum", "mean"]}``.

        ``more`` holds what ``crosstab`` takes beside: margins, subtotals, weights, unit, normalize, base, over.

        Raises:
            QueryError: it asks for what may not be asked; the message says what to do.
        """
        return tabulate(self.people, index=self.by, values=self.values, aggfunc=func, **more)

    def size(self, **more: Any) -> CheckedTable:
        """The number of units in each group."""
        return replace(self, values=None).agg("count", **more)

    def count(self, **more: Any) -> CheckedTable:
        """The number of units that have a value."""
        return self.agg("count", **more)

    def sum(self, **more: Any) -> CheckedTable:
        """Sums."""
        return self.agg("sum", **more)

    def mean(self, **more: Any) -> CheckedTable:
        """Means."""
        return self.agg("mean", **more)

    def std(self, **more: Any) -> CheckedTable:
        """Standard deviations, with n - 1 in the denominator."""
        return self.agg("std", **more)

    def var(self, **more: Any) -> CheckedTable:
        """Variances, with n - 1 in the denominator."""
        return self.agg("var", **more)


def groupby(people: Microdata, by: str | Sequence[str]) -> Grouped:
    """Units by one or more classifications."""
    return Grouped(people, (by,) if isinstance(by, str) else tuple(by))

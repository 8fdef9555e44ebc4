"""Kernel densities as a kind of statistic.

Exact values of a density at many points give every unit's value away: its slope jumps where a window begins or ends.
So it is rounded to steps at least as large as what one unit can add at one point (and to a hundredth of its peak).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.density.query import DensityQuery
from output_checker.kinds.grouped import (
    Groups,
    Measured,
    Sample,
    counters_of,
    finite,
    is_of_several,
    names_of,
    plan_groups,
    samples_of,
    table_of,
    unit_texts,
)
from output_checker.plan import number_of
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.density_windows import DensityEvidence, DensityWindows, Window
from output_checker.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADING = ("point", Text(nl="punt", en="point"))
REFERENCE = math.pow(40 * math.sqrt(math.pi), 0.2)
"""Of the normal reference rule for this kernel, 2.345, as statsmodels has it (Silverman 1986, 3.4.2)."""

PEAK = 0.75
"""The height of the Epanechnikov kernel."""

FINEST = 0.01
"""Smallest step of rounding, as a share of the highest point."""


@dataclass(frozen=True)
class DensityPlan:
    """The points by label, the rule that says which of them are left out, and whether values are of several columns."""

    groups: Groups
    grid: Mapping[str, float]
    rule: DensityWindows
    composed: bool = False


class DensityKind(Kind):
    """Epanechnikov kernel densities, the bandwidth by rule."""

    query: ClassVar[type[Query]] = DensityQuery

    def plan(self, query: DensityQuery, dataset: Dataset, engine: Engine, policy: Policy) -> DensityPlan:
        """Resolve groups, conditions, the variable and the points."""
        scope = names_of(query, dataset)
        value = finite(number_of(scope, query.values, "values", engine))
        grid = query.grid(dataset.visible)
        groups = plan_groups(query, scope, {"v": value}, dataset, engine, policy.largest_table // len(grid))
        rule = policy.rules[DensityWindows.id]
        assert isinstance(rule, DensityWindows)  # noqa: S101 - known by its id
        return DensityPlan(groups, grid, rule, is_of_several(scope, query.values))

    def compute(self, query: DensityQuery, plan: DensityPlan, dataset: Dataset, engine: Engine) -> Computed:
        """The density of each group at each point."""
        measured: list[Measured] = []
        cells: dict[int, Window] = {}
        for sample in samples_of(plan.groups, dataset, engine):
            heights, windows = _density(sample, list(plan.grid.values()))
            shown = _shown(windows, plan.rule)
            start = len(measured) * len(windows)
            cells |= {start + place: window for place, window in enumerate(windows) if shown[place]}
            values = [height if show else None for height, show in zip(heights, shown, strict=True)]
            measured.append(Measured(sample.line, values, [window.units for window in windows]))
        first, *others = unit_texts(plan.groups, dataset)
        labels = {label: Text.same(label) for label in plan.grid}
        table = table_of(plan.groups, HEADING, labels, measured)
        return Computed(table, (Part(DensityEvidence(first, tuple(others), cells, plan.composed)),))


def _shown(windows: list[Window], rule: DensityWindows) -> list[bool]:
    """Which points stay; a group none of whose points is safe is shown as failing, not left out."""
    safe = [not rule.is_scarce(window) for window in windows]
    return safe if any(safe) else [True] * len(windows)


def bandwidth(values: "NDArray[np.float64]") -> float:
    """Half the width of the window, in the unit of the values: 2.345 min(s, IQR / 1.349) n^(-1/5)."""
    import numpy

    if len(values) < 2:
        return 0.0
    spread = float(numpy.std(values, ddof=1))
    quartiles = numpy.quantile(values, [0.25, 0.75])
    inner = float(quartiles[1] - quartiles[0]) / 1.349
    return REFERENCE * (min(spread, inner) if inner else spread) * float(len(values) ** -0.2)


def _density(sample: Sample, grid: list[float]) -> tuple[list[float | None], list[Window]]:
    """Height and window at each point; no heights when all values are the same."""
    present = sample.present("v")
    values = present.columns["v"]
    width = bandwidth(values)
    counters = counters_of(present, len(values))
    exact, windows = [], []
    for point in grid:
        start, end = (int(values.searchsorted(at, side)) for at, side in _ends(point, width))
        weights = 1 - ((values[start:end] - point) / width) ** 2 if width else values[start:end] * 0
        first, *others = (counter.within(start, end) for counter in counters)
        windows.append(
            Window(first, counters[0].all, _largest(weights, present, slice(start, end)), tuple(others))
        )
        exact.append(PEAK * float(weights.sum()) / (len(values) * width) if width else 0.0)
    return _rounded(exact, PEAK / (len(values) * width) if width else 0.0), windows


def _ends(point: float, width: float) -> tuple[tuple[float, Literal["left", "right"]], ...]:
    return (point - width, "left"), (point + width, "right")


def _largest(weights: "NDArray[np.float64]", sample: Sample, rows: slice) -> float:
    """The share of the unit that adds most."""
    import numpy

    total = float(weights.sum())
    if not total:
        return 0.0
    keys = next(iter(sample.keys.values()))
    if keys is None:
        return float(weights.max()) / total
    return float(numpy.bincount(numpy.unique(keys[rows], return_inverse=True)[1], weights).max()) / total


def _rounded(exact: list[float], of_one: float) -> list[float | None]:
    """Multiples of a step of one digit, so that a unit more or less moves a point by one step at most."""
    step = max(FINEST * max(exact), of_one)
    if not step:
        return [None] * len(exact)
    size = 10.0 ** math.floor(math.log10(step))
    step = math.ceil(step / size) * size
    return [round(height / step) * step for height in exact]

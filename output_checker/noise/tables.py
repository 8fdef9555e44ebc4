"""The table of a noisy answer: every published cell with its number to read, its raw number and its interval."""

from typing import TYPE_CHECKING, cast

from output_checker.noise import quantiles
from output_checker.noise.documents import NoisyColumn, NoisyTable
from output_checker.noise.estimates import Estimates
from output_checker.noise.intervals import HALF, quotient
from output_checker.noise.keys import Set
from output_checker.noise.plan import NoisePlan
from output_checker.noise.sensitivity import Grid
from output_checker.noise.tallies import Wanted
from output_checker.numbers import stable
from output_checker.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Four = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

POSITION = "position"
_POSITION = Text(nl="positie", en="position")


def table_of(plan: NoisePlan, estimates: Estimates, name: str) -> NoisyTable:
    """The table of everything that was asked; ``name`` is what a query calls its quantiles."""
    if plan.asked.positions:
        return _of_quantiles(plan, estimates, name)
    columns = [_column(plan, estimates, wanted) for wanted in plan.wanted]
    lines = [line for kept in plan.asked.published for line in plan.keys.lines(plan.level(kept))]
    return _told(plan, lines, tuple(columns))


def _told(plan: NoisePlan, lines: list[tuple[str, ...]], columns: tuple[NoisyColumn, ...]) -> NoisyTable:
    items = plan.asked.classifications
    return NoisyTable(
        names=tuple(item.name for item in items),
        heads=plan.asked.rows,
        lines=tuple(lines),
        columns=columns,
        headings={item.name: item.heading for item in items},
        labels={item.name: dict(item.labels) for item in items},
    )


def _column(plan: NoisePlan, estimates: Estimates, wanted: Wanted) -> NoisyColumn:
    import numpy

    parts = [_numbers(plan, estimates, wanted, kept) for kept in plan.asked.published]
    values, raw, lower, upper = (numpy.concatenate(each) for each in zip(*parts, strict=True))
    counted = wanted.over is None and plan.tallies[wanted.tally].grid is None
    whole = counted and not plan.asked.share
    return NoisyColumn(
        name=wanted.name,
        words=wanted.words,
        values=_written(values, whole=whole),
        raw=_written(raw, whole=whole),
        lower=_written(lower, whole=whole),
        upper=_written(upper, whole=whole),
        least=0 if counted else None,
    )


def _written(numbers: "NDArray[np.float64]", *, whole: bool) -> tuple[int | float, ...]:
    return tuple(int(one) if whole else stable(one) for one in numbers.tolist())


def _numbers(plan: NoisePlan, estimates: Estimates, wanted: Wanted, kept: Set) -> "Four":
    """What is read, what is raw, and the interval, of every cell of a level."""
    if wanted.over is not None:
        return _means(plan, estimates, (wanted.tally, wanted.over), kept)
    if plan.asked.share:
        return _shares(plan, estimates, wanted.tally, kept)
    raw, margin = estimates.raw(wanted.tally, kept), plan.margin(wanted.tally, kept)
    grid = plan.tallies[wanted.tally].grid
    step = float(grid.step) if grid else 1.0
    shown = estimates.display(wanted.tally, kept)
    return shown * step, raw * step, (raw - margin) * step, (raw + margin) * step


def _means(plan: NoisePlan, estimates: Estimates, tallies: tuple[int, int], kept: Set) -> "Four":
    """The middle of the public bounds, plus the noisy sum of distances to it over the noisy number of units."""
    import numpy

    grid = cast(Grid, plan.tallies[tallies[0]].grid)
    origin, step = float(grid.origin), float(grid.step)
    lowest, highest = origin + step * grid.low, origin + step * grid.high

    def mean(over: "NDArray[np.float64]", under: "NDArray[np.float64]") -> "NDArray[np.float64]":
        found: NDArray[np.float64] = numpy.clip(
            origin + step * over / numpy.maximum(under, 1), lowest, highest
        )
        return found

    raw = [estimates.raw(tally, kept) for tally in tallies]
    margins = (float(plan.margin(tallies[0], kept, HALF)), float(plan.margin(tallies[1], kept, HALF)))
    lower, upper = quotient(raw[0], raw[1], margins, least=1.0)
    shown = [estimates.display(tally, kept) for tally in tallies]
    lower, upper = (numpy.clip(origin + step * end, lowest, highest) for end in (lower, upper))
    return mean(*shown), mean(*raw), lower, upper


def _shares(plan: NoisePlan, estimates: Estimates, tally: int, kept: Set) -> "Four":
    """Noisy counts over the sum of noisy counts that they are a share of: dividing costs nothing."""
    import numpy

    total = _whole_of(plan, kept)
    level, within = plan.level(total), plan.level(kept)
    place = level.of_cell[within.first]
    law, cells = plan.measurement(tally, kept).law, plan.level(plan.measurement(tally, kept).kept).size
    margins = (float(plan.margin(tally, kept, HALF)), float(law.margin_of_sum(cells, HALF)))

    def of_total(numbers: "NDArray[np.float64]") -> "NDArray[np.float64]":
        return plan.summed(numbers, kept, total)[place]

    raw, shown = estimates.raw(tally, kept), estimates.display(tally, kept)
    lower, upper = quotient(raw, of_total(raw), margins, least=1.0)
    read, unbiased = (one / numpy.maximum(of_total(one), 1) for one in (shown, raw))
    return read, unbiased, numpy.clip(lower, 0.0, 1.0), numpy.clip(upper, 0.0, 1.0)


def _whole_of(plan: NoisePlan, kept: Set) -> Set:
    """The level of which the cells of a level are shares."""
    rows = plan.asked.rows
    if plan.asked.share == "index":
        return tuple(place for place in kept if place < rows)
    return tuple(place for place in kept if place >= rows) if plan.asked.share == "columns" else ()


def _of_quantiles(plan: NoisePlan, estimates: Estimates, name: str) -> NoisyTable:
    """Each position of each group, read from its noisy bins."""
    finest = plan.asked.published[0]
    groups, bins = plan.level(finest[:-1]), len(plan.asked.edges) - 1
    # The last label is "missing": who has no value has no place in the order.
    counts = estimates.raw(0, finest).reshape(groups.size, bins + 1)[:, :bins]
    law = plan.measurement(0, finest).law
    found = [
        quantiles.read(row, plan.asked.edges, position, quantiles.rank_margin(law, bins, position))
        for row in counts
        for position in plan.asked.positions
    ]
    by = plan.asked.classifications[:-1]
    lines = [
        (*line[:-1], str(position)) for line in plan.keys.lines(groups) for position in plan.asked.positions
    ]
    values, lower, upper = (tuple(stable(one) for one in each) for each in zip(*found, strict=True))
    column = NoisyColumn(
        name=name, words=Text.same(name), values=values, raw=values, lower=lower, upper=upper
    )
    return NoisyTable(
        names=(*(item.name for item in by), POSITION),
        heads=len(by) or 1,
        lines=tuple(lines),
        columns=(column,),
        headings={**{item.name: item.heading for item in by}, POSITION: _POSITION},
        labels={item.name: dict(item.labels) for item in by},
    )


def useless_of(table: NoisyTable) -> float:
    """The share of numbers that are smaller than how far off they may be, judged by the noisy numbers themselves."""
    shares = [
        (abs(raw), (upper - lower) / 2)
        for column in table.columns
        for raw, lower, upper in zip(column.raw, column.lower, column.upper, strict=True)
    ]
    return sum(size < margin for size, margin in shares) / len(shares)

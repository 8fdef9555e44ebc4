"""Gathering: the true tallies of every cell of the key set. They go nowhere but into a mechanism.

Nothing here may fail because of a value: a conversion that fails gives no value, and an unknown label counts as
missing. Otherwise whether there is an answer would tell of one unit.
"""

from typing import TYPE_CHECKING, Any

from output_checker.engine import SOURCE, Engine
from output_checker.labels import label_of
from output_checker.noise.keys import Set
from output_checker.noise.plan import NoisePlan
from output_checker.noise.tallies import Tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def gather(plan: NoisePlan, key: str, engine: Engine) -> "list[NDArray[np.int64]]":
    """The true vector of each measurement of a plan; ``key`` is the column of the unit that is counted.

    Raises:
        EvidenceError: it could not be computed within the limits.
    """
    finest = plan.asked.published[0]
    needed = {
        finest,
        *(one.kept for one in plan.measurements if not plan.tallies[one.tally].adds_up(plan.rows)),
    }
    found = {kept: _level(plan, key, kept, engine) for kept in needed}
    return [
        found[one.kept][one.tally] if one.kept in found else _summed(plan, found[finest][one.tally], one.kept)
        for one in plan.measurements
    ]


def _summed(plan: NoisePlan, inner: "NDArray[np.int64]", kept: Set) -> "NDArray[np.int64]":
    import numpy

    level = plan.level(kept)
    summed = numpy.zeros(level.size, dtype=numpy.int64)
    numpy.add.at(summed, level.of_cell, inner)
    return summed


def _level(plan: NoisePlan, key: str, kept: Set, engine: Engine) -> "list[NDArray[np.int64]]":
    """Every tally of the cells of one set, shape (cells,) each; cells without rows hold zero."""
    import numpy

    telling = plan.keys.telling(kept)
    answers = engine.rows(statement(plan, key, telling))
    labels: list[dict[Any, str]] = [{} for _ in telling]
    rows = [[_labelled(raw, known) for raw, known in zip(one, labels, strict=False)] for one in answers]
    places = plan.keys.places(telling, rows, plan.level(kept))
    inside = places >= 0  # a row that is impossible according to the catalogue is in no cell
    tallied = []
    for place, tally in enumerate(plan.tallies):
        values = numpy.array([one[len(telling) + place] or 0 for one in answers], dtype=numpy.int64)
        vector = numpy.zeros(plan.level(kept).size, dtype=numpy.int64)
        # Where groups share a cell (unknown labels are all missing) a unit may be in several, and would count as often.
        together = numpy.add if tally.adds_up(plan.rows) else numpy.maximum
        together.at(vector, places[inside], values[inside])
        tallied.append(vector)
    return tallied


def _labelled(raw: Any, known: dict[Any, str]) -> str:
    if raw not in known:
        known[raw] = label_of(raw)
    return known[raw]


def statement(plan: NoisePlan, key: str, kept: Set) -> str:
    """The SQL that tallies the cells of one set: k0, k1, ... and then each tally."""
    columns = [f"TRY({plan.keys.classifications[place].sql}) AS k{place}" for place in kept]
    columns += [f"{_value(plan, tally)} AS x{place}" for place, tally in enumerate(plan.tallies)]
    conditions = [f"coalesce(TRY({condition}), false)" for condition in plan.conditions]
    columns.append(f'"{key}" AS "unit"')
    rows = f"SELECT {', '.join(columns)} FROM {SOURCE}"  # noqa: S608
    rows += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    names = [f"k{place}" for place in kept]
    tallies = [_aggregate(plan, place, tally) for place, tally in enumerate(plan.tallies)]
    by = f" GROUP BY {', '.join(names)}" if names else ""
    return f"SELECT {', '.join([*names, *tallies])} FROM ({rows}){by}"  # noqa: S608


def _value(plan: NoisePlan, tally: Tally) -> str:
    """One when a unit counts, or the number of steps of its value within the public bounds; NULL without a value."""
    if tally.variable is None:
        return "1"
    sql = plan.asked.values[tally.variable]
    if tally.grid is None:
        return f"TRY(CASE WHEN ({sql}) IS NOT NULL THEN 1 END)"
    number, grid = f"CAST({sql} AS DOUBLE)", tally.grid
    steps = f"round(({number} - ({float(grid.origin)!r})) / {float(grid.step)!r})"
    return (
        f"TRY(CASE WHEN isfinite({number}) THEN "
        f"CAST(least(greatest({steps}, {grid.low}), {grid.high}) AS BIGINT) END)"
    )


def _aggregate(plan: NoisePlan, place: int, tally: Tally) -> str:
    if tally.grid is not None:
        return f"sum(x{place})"
    if plan.rows == 1:
        return f"count(x{place})"
    return f'count(DISTINCT CASE WHEN x{place} = 1 THEN "unit" END)'

"""Gathering: one grouped pass over the rows, totals included, and passes over the units where rows do not tell.

Where each unit is known to have one row, rows are units and totals are rolled up from cells. Otherwise contributions
are summed per unit, for every cell and every total by itself, because a unit may be in several cells; ``bounds`` says
where that is not needed. Numbers are sums of doubles: exact for whole numbers up to 2^53.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.kinds.table.bounds import (
    crowded,
    is_decided,
    is_limited,
    largest_share,
    most_rows,
    widths_of,
    with_value,
)
from output_checker.kinds.table.counts import Counts, Key, sums_of
from output_checker.kinds.table.few_values import MOST_VALUES, may_be_few, solved, values_pass
from output_checker.kinds.table.plan import TablePlan
from output_checker.kinds.table.statements import (
    FIELDS,
    Set,
    TwoKinds,
    other_pass,
    published_sets,
    row_pass,
    sets_of,
    unit_pass,
    wanted_cells,
)
from output_checker.kinds.table.unusual import different_pass, suspects, unusual_pass
from output_checker.labels import label_of
from output_checker.metadata import Unit
from output_checker.text import Text
from output_checker.verdict import ALL

Found = dict[Key, Counts]


Other = tuple[tuple[int, ...], tuple[float, ...]]
"""Units of another kind, and the share of the largest of them, for each quantity (once where there is none)."""


@dataclass(frozen=True)
class Gathered:
    """The counts of every cell and total; for each other kind of unit, those of the published cells."""

    found: Found
    others: list[dict[Key, Other]]


@dataclass(frozen=True)
class _Rows:
    """What the pass over the rows found: ``bounds`` for each kind of unit with many rows, by key column.

    ``raw`` has the values that the labels stand for, ``sets`` the cells of each set.
    """

    found: Found
    bounds: dict[str, dict[Key, int]]
    raw: dict[Key, tuple[Any, ...]]
    sets: dict[Set, list[Key]]


def gather(plan: TablePlan, units: dict[str, Unit], engine: Engine) -> Gathered:
    """What is behind every cell and total of a planned table.

    Raises:
        QueryError: nobody satisfies the conditions, or a unit has more than one weight.
        EvidenceError: it could not be computed within the limits.
    """
    rows = _rows(plan, units, engine)
    whole = (ALL,) * len(plan.classifications)
    if not rows.found[whole].rows:
        message = Text(nl="Niemand voldoet aan deze voorwaarden.", en="Nobody satisfies these conditions.")
        raise QueryError(message, field="where", remedy=Text(nl="Verruim de voorwaarden.", en="Widen them."))
    own = units[plan.unit]
    found = rows.found if own.one_row_per_unit else _per_unit(plan, own, rows, engine)
    found = _with_unusual(plan, own, found, rows, engine)
    others = [unit for name, unit in units.items() if name != plan.unit]
    return Gathered(found, [_of_other(plan, unit, rows, engine) for unit in others])


def _rows(plan: TablePlan, units: dict[str, Unit], engine: Engine) -> _Rows:
    """One pass over the rows, in which each row is a unit of its own, with lower bounds for units that have many."""
    depth = len(plan.classifications)
    widths = widths_of(plan, units)
    keys = list(widths)
    labels: list[dict[Any, str]] = [{} for _ in range(depth)]
    rows = _Rows({}, {key: {} for key in keys}, {}, {})
    sets: dict[int, list[Key]] = defaultdict(list)
    for answer in engine.rows(row_pass(plan, widths, most_rows(units))):
        raw = answer[1 : depth + 1]
        key = _key(answer[0], raw, labels)
        number, *rest = answer[depth + 1 :]
        sets[answer[0]].append(key)
        rows.raw[key] = raw
        rows.found[key] = _counts(plan, number or 0, number or 0, rest[len(keys) :])
        for column, bound in zip(keys, rest, strict=False):
            rows.bounds[column][key] = bound or 0
    rows.sets.update({_kept(members[0]): members for members in sets.values()})
    return rows


def _key(identifier: int, raw: Sequence[Any], labels: list[dict[Any, str]]) -> Key:
    """The labels of a group, from DuckDB's grouping_id: a bit is set where a classification was summed over."""
    if not identifier:
        return tuple(map(_labelled, raw, labels))
    last = len(raw) - 1
    return tuple(
        ALL if identifier >> (last - place) & 1 else _labelled(value, labels[place])
        for place, value in enumerate(raw)
    )


def _labelled(value: Any, known: dict[Any, str]) -> str:
    if value not in known:
        known[value] = label_of(value)
    return known[value]


def _counts(plan: TablePlan, rows: int, units: int, values: Sequence[Any]) -> Counts:
    sums = tuple(
        sums_of(values[place * FIELDS : (place + 1) * FIELDS]) for place in range(len(plan.quantities))
    )
    return Counts(int(rows), int(units), sums)


def _per_unit(plan: TablePlan, unit: Unit, rows: _Rows, engine: Engine) -> Found:
    """Units that may have many rows: counted and summed exactly wherever it matters, bounded elsewhere."""
    bounds = rows.bounds[unit.key]
    limited = is_limited(unit)
    bounded = {key: replace(counts, units=bounds[key], exact=False) for key, counts in rows.found.items()}
    two = _two_kinds(plan, rows)
    if two or not plan.only_sums:
        undecided = set(bounded)
    else:
        shown = _published(plan, rows)
        undecided = {key for key in shown if not is_decided(plan, bounded[key], bounds[key], limited)}
        undecided |= crowded(plan, bounded, shown)
    return bounded | dict(_exactly(plan, unit, undecided, rows, engine))


def _two_kinds(plan: TablePlan, rows: _Rows) -> TwoKinds:
    """The two values of each quantity that has no others anywhere in the population."""
    everybody = rows.found[(ALL,) * len(plan.classifications)].sums
    return {
        place: (sums.minimum, sums.maximum)
        for place, sums in enumerate(everybody)
        if sums.ones is not None and sums.minimum is not None and sums.maximum is not None
    }


def _exactly(
    plan: TablePlan, unit: Unit, wanted: set[Key], rows: _Rows, engine: Engine
) -> Iterator[tuple[Key, Counts]]:
    statement = partial(unit_pass, two=_two_kinds(plan, rows))
    for _, keys, answers in _passes(plan, unit, wanted, rows, engine, statement):
        for key, (number, units, *values) in answers:
            if values.pop():
                _refuse_weights()
            if key in keys:
                yield key, _counts(plan, number, units, values)


def _refuse_weights() -> None:
    message = Text(nl="Eenheden hebben meer dan één gewicht.", en="Units have more than one weight.")
    remedy = Text(
        nl="Kies de eenheid waarvoor het gewicht geldt.", en="Choose the unit that the weight is of."
    )
    raise QueryError(message, field="weights", remedy=remedy)


def _with_unusual(plan: TablePlan, unit: Unit, found: Found, rows: _Rows, engine: Engine) -> Found:
    """The counts of the published cells in which few may have an unusual value, or one of few, with how many do."""
    known, shown = dict(found), _published(plan, rows)
    for place in range(len(plan.quantities)):
        suspect, few = suspects(plan, found, shown, place), may_be_few(plan, found, shown, place)
        different = dict(_asked(different_pass, plan, unit, suspect | few, rows, engine, place))
        suspect = {key for key in suspect if different[key][0] - 2 < plan.enough}
        few = {key for key in few if different[key][0] <= MOST_VALUES}
        for key, counts in _asked(unusual_pass, plan, unit, suspect, rows, engine, place):
            known[key] = known[key].with_sums(place, unusual=min(filter(None, counts), default=None))
        for key, (values, counts) in _asked(values_pass, plan, unit, few, rows, engine, place):
            known[key] = known[key].with_sums(place, solved=solved(plan, place, values, counts))
    return known


def _asked(
    statement: Callable[..., str],
    plan: TablePlan,
    unit: Unit,
    wanted: set[Key],
    rows: _Rows,
    engine: Engine,
    place: int,
) -> Iterator[tuple[Key, list[Any]]]:
    """The answers to a statement about one quantity in these cells."""

    def asked(plan: TablePlan, key: str, kept: Set, join: str | None) -> str:
        return statement(plan, None if unit.one_row_per_unit else key, kept, join, place)

    for _, keys, answers in _passes(plan, unit, wanted, rows, engine, asked):
        yield from ((key, values) for key, values in answers if key in keys)


def _of_other(plan: TablePlan, unit: Unit, rows: _Rows, engine: Engine) -> dict[Key, Other]:
    """For each cell the units of another kind, and the share of the largest, for each quantity."""
    shown = _published(plan, rows)
    if unit.one_row_per_unit:
        return {key: _each_row(rows.found[key]) for key in shown}
    bounds, limited = rows.bounds[unit.key], is_limited(unit)
    decided = {key for key in shown if is_decided(plan, rows.found[key], bounds[key], limited)}
    found = {key: _bounded(rows.found[key], bounds[key]) for key in decided}
    for _, keys, answers in _passes(plan, unit, shown - decided, rows, engine, other_pass):
        found |= {key: _counted(values) for key, values in answers if key in keys}
    return found


def _counted(values: list[Any]) -> Other:
    return tuple(values[::2]), tuple(share or 0.0 for share in values[1::2])


def _each_row(counts: Counts) -> Other:
    if not counts.sums:
        return (counts.rows,), (0.0,)
    shares = (one.top[0] / one.absolute if one.absolute else 0.0 for one in counts.sums)
    return tuple(one.valued for one in counts.sums), tuple(shares)


def _bounded(counts: Counts, units: int) -> Other:
    if not counts.sums:
        return (units,), (0.0,)
    places = range(len(counts.sums))
    return (
        tuple(with_value(counts, place, units) for place in places),
        tuple(largest_share(counts, place) for place in places),
    )


def _published(plan: TablePlan, rows: _Rows) -> set[Key]:
    return set().union(*(rows.sets.get(one, ()) for one in published_sets(plan)))


def _kept(key: Key) -> Set:
    return tuple(place for place, label in enumerate(key) if label != ALL)


def _passes(
    plan: TablePlan,
    unit: Unit,
    wanted: Collection[Key],
    rows: _Rows,
    engine: Engine,
    statement: Callable[..., str],
) -> Iterator[tuple[Set, set[Key], list[tuple[Key, list[Any]]]]]:
    """One pass over the units for each set that has wanted cells, over their rows only when they are the minority."""
    by_set: dict[Set, set[Key]] = defaultdict(set)
    for key in wanted:
        by_set[_kept(key)].add(key)
    for kept in (one for one in sets_of(plan) if one in by_set):
        few = kept if len(by_set[kept]) * 2 <= len(rows.sets[kept]) else ()
        join, parameters = _restriction(plan, few, by_set[kept], rows, engine)
        answers = engine.rows(statement(plan, unit.key, kept, join), parameters)
        yield kept, by_set[kept], [_placed(plan, kept, answer) for answer in answers]


def _restriction(
    plan: TablePlan, kept: Set, keys: set[Key], rows: _Rows, engine: Engine
) -> tuple[str | None, list[Any]]:
    if not kept:
        return None, []
    types = [engine.type_of(plan.classifications[place].sql) or "VARCHAR" for place in kept]
    return wanted_cells(kept, types), [[rows.raw[key][place] for key in keys] for place in kept]


def _placed(plan: TablePlan, kept: Set, answer: tuple[Any, ...]) -> tuple[Key, list[Any]]:
    labels = dict(zip(kept, map(label_of, answer), strict=False))
    key = tuple(labels.get(place, ALL) for place in range(len(plan.classifications)))
    return key, list(answer[len(kept) :])

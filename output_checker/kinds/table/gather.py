"""Gathering evidence: one grouped pass over the microdata, totals included.

Where each unit is known to have one row, rows are aggregated at once and totals are rolled up from the cells;
otherwise contributions are first summed per unit, for every cell and every total by itself, because a unit may be in
several cells. Numbers are sums of doubles: exact for whole numbers up to 2^53.
"""

from typing import Any

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine
from output_checker.errors import DatasetError, QueryError
from output_checker.evidence import NOBODY, CellEvidence, Frame, TableEvidence
from output_checker.kinds.table.plan import TablePlan
from output_checker.labels import label_of, ordered
from output_checker.metadata import Unit
from output_checker.plan import Classification
from output_checker.text import Text
from output_checker.verdict import ALL

Line = tuple[str, ...]
Place = tuple[Line | None, Line | None]
"""The labels of row and column; None stands for the total over them."""

Found = dict[Place, CellEvidence]


def gather(plan: TablePlan, statistic: str, dataset: Dataset, engine: Engine) -> TableEvidence:
    """The evidence behind every cell and total of a planned table.

    Raises:
        QueryError: nobody satisfies the conditions.
        DatasetError: the microdata holds a value that its metadata does not know.
        EvidenceError: it could not be computed within the limits.
    """
    units = dataset.metadata.units
    found = _found(plan, units, engine)
    _check_somebody(found)
    frame = _frame(plan, found)
    rows = [None if set(line) == {ALL} else line for line in frame.rows]
    columns = [None if line and set(line) == {ALL} else line for line in frame.columns]
    return TableEvidence(
        unit=units[plan.unit].label,
        other_units=tuple(unit.label for name, unit in units.items() if name != plan.unit),
        statistic=statistic,
        has_values=plan.value is not None,
        headings={item.name: item.heading for item in plan.classifications},
        frame=frame,
        cells=tuple(found.get((row, column), NOBODY) for row in rows for column in columns),
        row_totals=tuple(found[row, None] for row in rows),
        column_totals=tuple(found[None, column] for column in columns),
    )


def _frame(plan: TablePlan, found: Found) -> Frame:
    rows = _lines(plan.rows, {row for row, _ in found if row is not None})
    columns = _lines(plan.columns, {column for _, column in found if column is not None})
    if plan.margins:
        rows.append((ALL,) * len(plan.rows))
        columns += [(ALL,) * len(plan.columns)] if plan.columns else []
    return Frame(
        row_names=tuple(item.name for item in plan.rows),
        column_names=tuple(item.name for item in plan.columns),
        rows=tuple(rows),
        columns=tuple(columns),
        margins=plan.margins,
    )


def _lines(classifications: tuple[Classification, ...], seen: set[Line]) -> list[Line]:
    """The combinations that occur, in public order, as pandas' crosstab shows them."""
    order = []
    for place, item in enumerate(classifications):
        labels = ordered(item.labels, (line[place] for line in seen))
        if len(labels) < len({line[place] for line in seen}):
            _refuse_labels(item)
        order.append({label: rank for rank, label in enumerate(labels)})
    return sorted(
        seen, key=lambda line: tuple(ranks[label] for ranks, label in zip(order, line, strict=True))
    )


def _refuse_labels(item: Classification) -> None:
    message = Text(
        nl=f"{item.name} heeft in de microdata een waarde buiten de openbare lijst.",
        en=f"{item.name} has a value in the microdata outside its public list.",
    )
    remedy = Text(nl="Meld dit aan de databeheerder.", en="Tell the data steward.")
    raise DatasetError(message, field=item.name, remedy=remedy)


def _check_somebody(found: Found) -> None:
    if not found[None, None].rows:
        message = Text(nl="Niemand voldoet aan deze voorwaarden.", en="Nobody satisfies these conditions.")
        raise QueryError(message, field="where", remedy=Text(nl="Verruim de voorwaarden.", en="Widen them."))


def _found(plan: TablePlan, units: dict[str, Unit], engine: Engine) -> Found:
    others = [unit for name, unit in units.items() if name != plan.unit]
    counts = _other_units(plan, others, engine)
    aggregate = _per_row if units[plan.unit].one_row_per_unit else _per_unit
    found = {}
    for identifier, *values in engine.rows(aggregate(plan, units[plan.unit].key)):
        at = _place(plan, identifier, values)
        found[at] = _cell(values[len(plan.classifications) :], counts.get(at, ()))
    return found if plan.columns else _totalled(found)


def _totalled(found: Found) -> Found:
    """Without classifications in the columns, each row is its own total."""
    return found | {(row, None): cell for (row, _), cell in found.items()}


def _place(plan: TablePlan, identifier: int, values: list[Any]) -> Place:
    """Which cell or total a group is, from DuckDB's grouping_id: a bit is set where a key was summed over."""
    rows, columns = len(plan.rows), len(plan.columns)
    over_columns = bool(columns) and bool(identifier & 1)
    over_rows = bool(identifier >> columns)
    labels = tuple(label_of(value) for value in values[: rows + columns])
    return None if over_rows else labels[:rows], None if over_columns else labels[rows:]


def _cell(values: list[Any], others: tuple[int, ...]) -> CellEvidence:
    rows, units, contributing, total, absolute, sizes, low, high = values
    largest, second = (*(sizes or ()), 0.0, 0.0)[:2]
    return CellEvidence(
        rows=int(rows or 0),
        units=int(units or 0),
        contributing=int(contributing or 0),
        total=total,
        absolute=absolute or 0.0,
        largest=largest,
        second=second,
        minimum=low,
        maximum=high,
        other_units=others,
    )


def _other_units(plan: TablePlan, others: list[Unit], engine: Engine) -> dict[Place, tuple[int, ...]]:
    """Distinct units of the other kinds, where they are published.

    Those without a key do not count, which errs on the safe side.
    """
    if not others:
        return {}
    names, keys = _names(plan), [other.key for other in others]
    counts = ", ".join(_distinct(other) for other in others)
    sets = _sets(plan) if plan.margins else f"({names})"
    sql = (
        f"SELECT grouping_id({names}), {names}, {counts} "  # noqa: S608 - names are our own, keys are registered
        f"FROM ({_base(plan, keys)}) GROUP BY GROUPING SETS ({sets})"
    )
    found = engine.rows(sql)
    return {_place(plan, row[0], list(row[1:])): tuple(row[-len(keys) :]) for row in found}


def _distinct(unit: Unit) -> str:
    return "count(*)" if unit.one_row_per_unit else f'count(DISTINCT "{unit.key}")'


def _per_row(plan: TablePlan, key: str) -> str:
    """Each row is a unit: aggregate per cell, then roll the few cells up to totals."""
    names = _names(plan)
    return (
        f"WITH cells AS (SELECT {names}, count(*) AS n, count(v) AS k, sum(v) AS t, sum(abs(v)) AS a, "  # noqa: S608
        f"max(abs(v), 2) AS m, min(v) AS low, max(v) AS high FROM ({_base(plan, [key])}) GROUP BY {names}) "
        f"SELECT grouping_id({names}), {names}, sum(n), sum(n), sum(k), sum(t), sum(a), "
        "list_reverse_sort(flatten(list(m) FILTER (m IS NOT NULL)))[1:2], min(low), max(high) "
        f"FROM cells GROUP BY GROUPING SETS ({_sets(plan)})"
    )


def _per_unit(plan: TablePlan, key: str) -> str:
    """Units may have many rows: sum contributions per unit first, anew for each kind of total."""
    names = _names(plan)
    return (
        f'WITH units AS (SELECT grouping_id({names}) AS g, {names}, "{key}", count(v) AS k, count(*) AS n, '  # noqa: S608
        f"sum(v) AS t, min(v) AS low, max(v) AS high FROM ({_base(plan, [key])}) "
        f"GROUP BY GROUPING SETS ({_sets(plan, key)})) "
        f"SELECT g, {names}, sum(n), count(*), count(*) FILTER (k > 0), sum(t), sum(abs(t)), max(abs(t), 2), "
        f"min(low), max(high) FROM units GROUP BY g, {names}"
    )


def _base(plan: TablePlan, keys: list[str]) -> str:
    """The rows that satisfy the conditions, with classifications k0, k1, ..., value v and unit keys."""
    classifications = [f"{item.sql} AS k{place}" for place, item in enumerate(plan.classifications)]
    value = "CAST(NULL AS DOUBLE)" if plan.value is None else f"CAST({plan.value} AS DOUBLE)"
    finite = value if plan.whole or plan.value is None else f"CASE WHEN isfinite({value}) THEN {value} END"
    columns = ", ".join([*classifications, f"{finite} AS v", *(f'"{key}"' for key in keys)])
    conditions = " AND ".join(f"({condition})" for condition in plan.conditions) or "TRUE"
    return f"SELECT {columns} FROM {SOURCE} WHERE {conditions}"  # noqa: S608 - rendered from checked expressions


def _names(plan: TablePlan) -> str:
    return ", ".join(f"k{place}" for place in range(len(plan.classifications)))


def _sets(plan: TablePlan, key: str | None = None) -> str:
    """Cells, totals of rows, totals of columns, and the grand total; per unit when there is a key."""
    rows = [f"k{place}" for place in range(len(plan.rows))]
    columns = [f"k{place}" for place in range(len(plan.rows), len(plan.classifications))]
    sets = [[*rows, *columns], rows, columns, []] if columns else [rows, []]
    unit = [f'"{key}"'] if key else []
    return ", ".join(f"({', '.join([*names, *unit])})" for names in sets)

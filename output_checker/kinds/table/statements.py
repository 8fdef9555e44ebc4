"""The SQL of a table: one pass over the rows, and where units may have many rows, passes over the units.

Columns are k0, k1, ... for classifications, x0, x1, ... for values, c0, c1, ... for contributions (values times the
weight w), and "unit" for the key of a unit. A *set* lists the classifications that are not summed over.
"""

from collections.abc import Iterator, Mapping, Sequence

from output_checker.engine import SOURCE
from output_checker.kinds.table.plan import Quantity, TablePlan
from output_checker.solving import MOST_VALUES

Set = tuple[int, ...]

TwoKinds = Mapping[int, tuple[float, float]]
"""The two values of the quantities that have no others."""

TOP = MOST_VALUES + 1
"""Contributions that are kept, from the largest: where all of them differ, there are more than a few values; a dominance
rule looks at fewer."""

WORD = 64
"""Buckets that fit in one word of the engine."""

FIELDS = 13
"""Columns per quantity in what both passes answer."""


def sets_of(plan: TablePlan) -> list[Set]:
    """The published sets, the totals of their rows and columns, and the totals of lines along each classification."""
    published = published_sets(plan)
    wanted = [*published, (), *(_rows_only(plan, one) for one in published)]
    wanted += [_columns_only(plan, one) for one in published]
    lines = [(one, plan.whole(one, place)) for one in published for place in one]
    wanted += [tuple(kept for kept in one if kept not in summed) for one, summed in lines if summed]
    return list(dict.fromkeys(wanted))


def published_sets(plan: TablePlan) -> list[Set]:
    """The sets whose cells are in the table: inner cells first."""
    rows, columns = len(plan.rows), len(plan.classifications)
    lengths = [rows, *(range(rows - 1, 0, -1) if plan.subtotals else ()), *((0,) if plan.margins else ())]
    tails = [tuple(range(rows, columns)), *([()] if plan.margins and plan.columns else [])]
    return [(*range(length), *tail) for tail in tails for length in lengths]


def _rows_only(plan: TablePlan, one: Set) -> Set:
    return tuple(kept for kept in one if kept < len(plan.rows))


def _columns_only(plan: TablePlan, one: Set) -> Set:
    return tuple(kept for kept in one if kept >= len(plan.rows))


def row_pass(plan: TablePlan, widths: Mapping[str, int], most: int) -> str:
    """Aggregate rows per cell, then roll the few cells up to totals.

    Answers grouping_id, labels, rows, a lower bound to the distinct values of each key in ``widths``, and per quantity:
    rows with a value, total, sum of sizes, an upper bound to the sum of the ``most`` largest sizes, the largest sizes,
    lowest, highest, deviance, sum of values, sum of weights, rows with a value again, rows that contribute more or less
    than zero, and nothing (units with either of two values, in ``unit_pass``). The lower bound is the number of
    buckets in use when keys are hashed into as many buckets as the width (a power of two): however they fall, there are
    at least as many keys as buckets in use.
    """
    names = _names(plan)
    places = range(len(plan.quantities))
    inner = ["count(*) AS n", *_buckets(widths), *(_aggregates(plan, place, most) for place in places)]
    means = (
        ", ".join(f"sum(s{place}) / nullif(sum(k{place}_), 0) AS g{place}" for place in places)
        or "count(*) AS g"
    )
    outer = ["sum(n)", *(f"bit_count(bit_or(b{place}))" for place in range(len(widths)))]
    outer += [_rolled_up(place, most) for place in places]
    return (
        f"WITH cells AS (SELECT {names}, {', '.join(inner)} FROM ({_contributions(plan, list(widths))}) GROUP BY {names}), "  # noqa: S608
        f"means AS (SELECT {means} FROM cells) "
        f"SELECT grouping_id({names}), {names}, {', '.join(outer)} FROM cells, means "
        f"GROUP BY GROUPING SETS ({', '.join(_set(one) for one in sets_of(plan))})"
    )


def unit_pass(plan: TablePlan, key: str, kept: Set, restricted: str | None, two: TwoKinds) -> str:
    """Sum contributions per unit first, for the cells of one set.

    Answers labels, rows, units, and per quantity what ``row_pass`` answers, with units for rows where a value is
    counted. ``restricted`` joins the rows with the cells that are wanted. Where single values are of two kinds, units
    that have the higher and units that have the lower are counted, some of which may have both.
    """
    names = ", ".join(f"k{place}" for place in kept)
    places = range(len(plan.quantities))
    summed = ['"unit"', "count(*) AS n", *(["max(w) AS w, min(w) AS least_w"] if plan.weight else [])]
    summed += [_per_unit(plan.quantities[place], place) for place in places]
    by = f"{names}, " if kept else ""
    rows = f"({_base(plan, [key])}) AS rows_ {restricted or ''}"
    units = f'SELECT {by}{", ".join(summed)} FROM {rows} GROUP BY {by}"unit"'  # noqa: S608
    weighed = ", ".join(["*", *(f"{_contribution(plan, place)} AS c{place}" for place in places)])
    answers = ["sum(n)", "count(*)", *(_answers(plan, place, two.get(place)) for place in places)]
    answers += ["count(*) FILTER (w <> least_w)"] if plan.weight else ["0"]
    grouped = f"GROUP BY {names}" if kept else ""
    return f"SELECT {by}{', '.join(answers)} FROM (SELECT {weighed} FROM ({units})) {grouped}"  # noqa: S608


def other_pass(plan: TablePlan, key: str, kept: Set, restricted: str | None) -> str:
    """Distinct units of another kind in the cells of one set.

    Answers labels, and per quantity (or once, without any): units with a value, and the share of the largest of them
    in the sum of the sizes of their contributions.
    """
    names = ", ".join(f"k{place}" for place in kept)
    places = range(len(plan.quantities))
    summed = [f"sum(c{place}) AS t{place}, count(c{place}) AS n{place}" for place in places]
    answers = [
        f"count(*) FILTER (n{place} > 0), max(abs(t{place})) / nullif(sum(abs(t{place})), 0)"
        for place in places
    ]
    by = f"{names}, " if kept else ""
    rows = f"({_contributions(plan, [key])}) AS rows_ {restricted or ''}"
    units = f"SELECT {', '.join([f'{by}unit', *summed])} FROM {rows} GROUP BY {by}unit"  # noqa: S608
    grouped = f"GROUP BY {names}" if kept else ""
    return f"SELECT {by}{', '.join(answers or ['count(*)', 'NULL'])} FROM ({units}) {grouped}"  # noqa: S608


def units_of(
    plan: TablePlan, key: str | None, kept: Set, restricted: str | None, place: int, *, weighed: bool = False
) -> str:
    """The values ``x`` of one quantity, before weighting unless ``weighed``, summed per unit in the cells of one set.

    Without ``key`` each row is a unit of its own.
    """
    names = "".join(f"k{one}, " for one in kept)
    rows = f"({_base(plan, [key] if key else [])}) AS rows_ {restricted or ''}"
    value = f"x{place} * w" if weighed else f"x{place}"
    if key is None:
        return f"SELECT {names}{value} AS x FROM {rows}"  # noqa: S608
    return f"SELECT {names}sum({value}) AS x FROM {rows} GROUP BY {names}unit"  # noqa: S608


def wanted_cells(kept: Set, types: Sequence[str]) -> str:
    """A join with the cells of one set that are wanted; their labels are the parameters, one list per classification."""
    columns = ", ".join(
        f"CAST(unnest(?) AS {kind}) AS k{place}" for place, kind in zip(kept, types, strict=True)
    )
    on = " AND ".join(f"rows_.k{place} IS NOT DISTINCT FROM wanted.k{place}" for place in kept)
    return f"SEMI JOIN (SELECT {columns}) AS wanted ON {on}"


def _aggregates(plan: TablePlan, place: int, most: int) -> str:
    c, x = f"c{place}", f"x{place}"
    described = not plan.quantities[place].presence
    low, high = (f"min({x})", f"max({x})") if described else ("NULL", "NULL")
    deviance = f"var_pop({x}) * count({x})" if described else "NULL"
    values = f"sum({x})" if described and plan.weight else f"sum({c})"
    weight = f"sum(w) FILTER ({c} IS NOT NULL)" if plan.weight else "NULL"
    largest = f"max(abs({c}), {max(most, TOP)})"
    return ", ".join(
        [
            f"count({c}) AS k{place}_, sum({c}) AS t{place}, sum(abs({c})) AS a{place}",
            f"list_sum({largest}[1:{most}]) AS u{place}, {largest}[1:{TOP}] AS m{place}",
            f"{low}::DOUBLE AS low{place}, {high}::DOUBLE AS high{place}, ({deviance})::DOUBLE AS d{place}",
            f"{values} AS s{place}, ({weight})::DOUBLE AS w{place}, count(nullif({c}, 0)) AS z{place}",
        ]
    )


def _rolled_up(place: int, most: int) -> str:
    """Totals from cells. Deviances add up with those of the means of cells, taken from the overall mean for accuracy."""
    k, away = f"k{place}_", f"(s{place} / nullif(k{place}_, 0) - g{place})"
    between = f"coalesce(sum({k} * {away} * {away}) - sum({k} * {away}) ^ 2 / nullif(sum({k}), 0), 0)"
    sizes = f"list_reverse_sort(flatten(list(m{place}) FILTER (m{place} IS NOT NULL)))"
    return (
        f"sum({k}), sum(t{place}), sum(a{place}), least(sum(u{place}), {most} * {sizes}[1]), {sizes}[1:{TOP}], "
        f"min(low{place}), "
        f"max(high{place}), sum(d{place}) + greatest({between}, 0), sum(s{place}), sum(w{place}), sum({k}), "
        f"sum(z{place}), NULL"
    )


def _per_unit(quantity: Quantity, place: int) -> str:
    x = f"x{place}"
    if quantity.sql is None:
        return f"1 AS {x}, count(*) AS n{place}, NULL::DOUBLE AS least{place}, NULL::DOUBLE AS most{place}"
    value = f"CASE WHEN count({x}) > 0 THEN 1 END" if quantity.presence else f"sum({x})"
    return f"{value} AS {x}, count({x}) AS n{place}, min({x}) AS least{place}, max({x}) AS most{place}"


def _answers(plan: TablePlan, place: int, two: tuple[float, float] | None) -> str:
    c, x = f"c{place}", f"x{place}"
    described = not plan.quantities[place].presence
    deviance = f"var_pop({x}) * count({x})" if described else "NULL"
    weight = f"sum(w) FILTER ({c} IS NOT NULL)" if plan.weight else "NULL"
    least, most = (f"min(least{place})", f"max(most{place})") if described else ("NULL", "NULL")
    low, high = (f"min({x})", f"max({x})") if described else ("NULL", "NULL")
    return (
        f"count({c}), sum({c}), sum(abs({c})), NULL, max(abs({c}), {TOP}), [{low}, {least}], [{high}, {most}], "
        f"{deviance}, sum({x}), {weight}, sum(n{place}), count(nullif({c}, 0)), {_either(place, two)}"
    )


def _either(place: int, two: tuple[float, float] | None) -> str:
    if two is None:
        return "NULL"
    low, high = two
    return f"[count(*) FILTER (most{place} = {high!r}), count(*) FILTER (least{place} = {low!r})]"


def _contributions(plan: TablePlan, keys: Sequence[str]) -> str:
    contributions = [f"{_contribution(plan, place)} AS c{place}" for place in range(len(plan.quantities))]
    return f"SELECT {', '.join(['*', *contributions])} FROM ({_base(plan, keys)})"  # noqa: S608


def _contribution(plan: TablePlan, place: int) -> str:
    quantity = plan.quantities[place]
    if plan.weight is None:
        return f"x{place}"
    return f"CASE WHEN x{place} IS NOT NULL THEN w END" if quantity.presence else f"x{place} * w"


def _base(plan: TablePlan, keys: Sequence[str]) -> str:
    """The rows that satisfy the conditions, with classifications, values, weight and unit keys.

    A value without a weight is no value: nothing of it is in a weighted number.
    """
    columns = [f"{item.sql} AS k{place}" for place, item in enumerate(plan.classifications)]
    columns += [f"{plan.weight} AS w"] if plan.weight else []
    columns += [f"{_value(plan, quantity)} AS x{place}" for place, quantity in enumerate(plan.quantities)]
    columns += [
        f'"{key}" AS {"unit" if len(keys) == 1 else f"unit{place}"}' for place, key in enumerate(keys)
    ]
    conditions = " AND ".join(f"({condition})" for condition in plan.conditions) or "TRUE"
    return f"SELECT {', '.join(columns)} FROM {SOURCE} WHERE {conditions}"  # noqa: S608 - rendered from checked expressions


def _value(plan: TablePlan, quantity: Quantity) -> str:
    number = f"CAST({quantity.sql or '1'} AS DOUBLE)"
    finite = (
        number
        if quantity.whole or quantity.sql is None
        else f"CASE WHEN isfinite({number}) THEN {number} END"
    )
    return f"CASE WHEN {plan.weight} IS NOT NULL THEN {finite} END" if plan.weight else finite


def _buckets(widths: Mapping[str, int]) -> Iterator[str]:
    """The buckets in use as bits: of a word where that is enough, which is faster than a string of bits."""
    columns = ["unit"] if len(widths) == 1 else [f"unit{place}" for place in range(len(widths))]
    for place, (column, width) in enumerate(zip(columns, widths.values(), strict=True)):
        bucket = f"hash({column}) & {width - 1}"
        word = f"bit_or(1::UBIGINT << ({bucket}))"
        bits = f"bitstring_agg(({bucket})::INTEGER, 0, {width - 1})"
        yield f"{word if width == WORD else bits} AS b{place}"


def _names(plan: TablePlan) -> str:
    return ", ".join(f"k{place}" for place in range(len(plan.classifications)))


def _set(kept: Set) -> str:
    return f"({', '.join(f'k{place}' for place in kept)})"

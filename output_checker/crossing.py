"""Crossing: the one table that several outputs could be added up from.

If that table itself may leave, the outputs together tell nothing more: each of their cells is a sum of its cells, and
so is whatever follows from subtracting them. That makes nested and disjoint populations safe exactly when they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations

from output_checker.cuts import is_cut
from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.errors import OutputCheckerError
from output_checker.examination import examine
from output_checker.expressions import Scope, sources
from output_checker.kinds.histogram.kind import counted
from output_checker.kinds.histogram.query import HistogramQuery
from output_checker.kinds.table.query import TableQuery
from output_checker.plan import narrow, scope_of
from output_checker.policy import Policy
from output_checker.query import MAX_CLASSIFICATIONS, Query
from output_checker.rules.missing_values import MissingEvidence
from output_checker.told import missing_within

MAX_POPULATIONS = 3
"""Populations of which every combination is written out."""


def is_safe_together(queries: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits) -> bool:
    """Whether the table underneath all of these passes every rule; not when there is no such table."""
    try:
        tables = [table for query in queries if (table := _as_table(query.numbers, dataset))]
        whole = underlying(tables, dataset) if len(tables) == len(queries) else None
        if whole is None:
            return False
        examination = examine(_without_coarser(whole, dataset, limits), dataset, policy, limits)
        everybody = any(measure.values is None for table in tables for measure in table.measures)
        lacking = missing_within(examination.computed.parts, all_units=everybody)
        return not (examination.found or (lacking and _is_few(lacking, policy)))
    except OutputCheckerError:
        return False


def _without_coarser(whole: TableQuery, dataset: Dataset, limits: Limits) -> TableQuery:
    """The table without classes of one variable that are unions of other classes of it: those tell the same and more.

    Classes that differ in nobody count as the same, because subtracting them tells of nobody.
    """
    scope = scope_of(whole.derive, dataset)
    made = {axis: scope.variable(axis, axis) for axis in whole.index if axis in scope.derived}
    of = {axis: sources(tree) for axis, tree in made.items() if len(sources(tree)) == 1}
    left = list(whole.index)
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        for fine, coarse in permutations(of, 2):
            if of[fine] == of[coarse] and {fine, coarse} <= set(left):
                within = f"count(DISTINCT coalesce(CAST({scope.render(made[coarse])} AS VARCHAR), '')) AS n"
                each = f"SELECT {within} FROM {SOURCE} GROUP BY {scope.render(made[fine])}"  # noqa: S608 - rendered
                if engine.rows(f"SELECT max(n) FROM ({each})") == [(1,)]:  # noqa: S608 - rendered
                    left.remove(coarse)
    return whole.model_copy(update={"index": tuple(left)})


def _is_few(lacking: MissingEvidence, policy: Policy) -> bool:
    """Whether so few units lack a value that people have to look."""
    return any(rule.apply(lacking) for rule in policy.rules_for(lacking))


def _as_table(query: Query, dataset: Dataset) -> TableQuery | None:
    """The table of counts or sums that a query is; None for other kinds, own variables, and what hides cells."""
    if query.own or not isinstance(query, HistogramQuery | TableQuery):
        return None
    table = counted(query, dataset)[0] if isinstance(query, HistogramQuery) else query
    return None if table.hide else table


def underlying(tables: Sequence[TableQuery], dataset: Dataset) -> TableQuery | None:
    """The table of every combination of the classes and populations of these; None when that is too much.

    Raises:
        QueryError: an expression is malformed, or the table makes no sense.
    """
    derive: dict[str, str] = {}
    if any(derive.setdefault(name, text) != text for table in tables for name, text in table.derive.items()):
        return None
    if len({(table.unit or dataset.metadata.default_unit, table.weights) for table in tables}) > 1:
        return None
    scope = scope_of(derive, dataset)
    populations = list(dict.fromkeys(_population(table) for table in tables))
    axes = list(dict.fromkeys(axis for table in tables for axis in _axes(scope, table, derive)))
    if len(populations) > MAX_POPULATIONS or len(axes) >= MAX_CLASSIFICATIONS:
        return None
    if len(populations) > 1 and not _follow(scope, populations, axes):
        derive[_free("which", derive, scope)] = _combination(populations)
        axes.append(next(reversed(derive)))
    document = {
        "dataset": tables[0].dataset,
        "unit": tables[0].unit,
        "weights": tables[0].weights,
        "derive": derive,
        "where": [" OR ".join(populations)],
        "index": [axis for axis in axes if not _follows(scope, axis, axes)],
        **_sums(scope, tables),
    }
    return TableQuery.parse(document)


def _population(table: TableQuery) -> str:
    return " AND ".join(f"({condition})" for condition in table.where) or "TRUE"


def _axes(scope: Scope, table: TableQuery, derive: dict[str, str]) -> Iterator[str]:
    """Its classifications, and its variables of yes and no, which are classes too."""
    yield from table.classifications
    for measure in table.measures:
        for name in (measure.values, measure.over):
            if name is None or not is_cut(scope, name):
                continue
            if measure.aggfunc == "count":
                derive[f"has_{name}"] = f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END"
                yield f"has_{name}"
            else:
                yield name


def _combination(populations: Sequence[str]) -> str:
    """A number for each combination of populations that a unit is in, the largest first."""
    numbered = list(enumerate(populations))
    chosen = [some for size in range(len(numbered), 0, -1) for some in combinations(numbered, size)]
    branches = (
        f"WHEN {' AND '.join(f'({text})' for _, text in some)} THEN {sum(2**place for place, _ in some)}"
        for some in chosen
    )
    return f"CASE {' '.join(branches)} END"


def _follow(scope: Scope, populations: Iterable[str], axes: Sequence[str]) -> bool:
    """Whether the classes tell already who is in which population."""
    registered = _registered(scope, axes)
    return all(set(sources(scope.parse(text, "where"))) <= registered for text in populations)


def _follows(scope: Scope, axis: str, axes: Sequence[str]) -> bool:
    """Whether the other classes tell already what this one is."""
    return axis in scope.derived and set(sources(scope.variable(axis, axis))) <= _registered(scope, axes)


def _registered(scope: Scope, axes: Sequence[str]) -> set[str]:
    return {axis for axis in axes if axis not in scope.derived}


def _sums(scope: Scope, tables: Sequence[TableQuery]) -> dict[str, object]:
    """What is added up, spread or present in any of them, besides what is a class."""
    found: dict[str, list[str]] = {}
    for table in tables:
        for measure in table.measures:
            kinds = _UNDERNEATH.get(measure.aggfunc, ("sum",))
            for name in (measure.values, measure.over):
                if name and not is_cut(scope, name):
                    found[name] = list(dict.fromkeys((*found.get(name, ()), *kinds)))
    return {"aggfunc": found} if found else {}


_UNDERNEATH = {"std": ("std",), "var": ("std",), "count": ("count",), "mean": ("sum", "count")}
"""What each statistic follows from, beside sums: a mean tells how many have a value too."""


def _free(name: str, taken: dict[str, str], scope: Scope) -> str:
    while name in taken or name in scope.metadata.columns or name in scope.metadata.groupings:
        name += "_"
    return name

"""Outputs of one request that are about nearly the same units, or divide them in more than one way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from output_checker.apart import rows_apart
from output_checker.crossing import is_safe_together
from output_checker.cuts import Cut, Cuts, cut_of, cuts_of, is_cut, is_reshaped
from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.errors import QueryError
from output_checker.expressions import Scope, sources
from output_checker.kinds.model.population import population_of
from output_checker.kinds.model.query import ModelQuery
from output_checker.kinds.table.query import TableQuery
from output_checker.plan import narrow, scope_of
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.differencing import DifferenceEvidence


@dataclass(frozen=True)
class _Pair:
    """Two queries whose outputs can be subtracted, and in how many units their populations differ."""

    places: tuple[int, int]
    units: int


def differences(
    queries: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits
) -> list[DifferenceEvidence]:
    """For each query, by how few units its population differs from that of another, and whether they are cut otherwise.

    The dataset has the own variables of all queries. Populations with the same conditions are not compared, so that an
    ordinary request takes no time. Outputs that follow from one safe table can be subtracted without harm.

    Raises:
        QueryError: a query does not make sense for this view of the dataset.
        EvidenceError: the units could not be counted within the limits.
    """
    pairs = [*_pairs(queries, dataset, policy, limits), *_within(queries, dataset)]
    unsafe: set[int] = set()
    for group in _groups([pair.places for pair in pairs]):
        if not is_safe_together([queries[place] for place in sorted(group)], dataset, policy, limits):
            unsafe |= group
    return [
        DifferenceEvidence(
            dataset.metadata.unit_label(query.numbers.unit),
            min((pair.units for pair in pairs if place in pair.places and pair.units), default=None),
            cut_otherwise=place in unsafe,
            compared=len(queries) > 1 or bool(pairs),
        )
        for place, query in enumerate(queries)
    ]


def _pairs(queries: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits) -> Iterator[_Pair]:
    """The pairs of which one can be subtracted from the other."""
    if len(queries) < 2:
        return
    cuts = [cuts_of(query.numbers, dataset) for query in queries]
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        populations = [population_of(query.numbers, dataset, engine, policy) for query in queries]
        known = _apart(list(dict.fromkeys(populations)), dataset, engine)
        for one, other in combinations(range(len(queries)), 2):
            units = known.get(frozenset((populations[one], populations[other])), 0)
            units = units or _between_models(queries[one].numbers, queries[other].numbers, dataset, engine)
            if units or cuts[one].conflicts(cuts[other]):
                yield _Pair((one, other), units)


def _apart(populations: Sequence[str], dataset: Dataset, engine: Engine) -> dict[frozenset[str], int]:
    """By how many units each two of these populations differ, where they do: fewest of whichever kind of unit."""
    if len(populations) < 2:
        return {}
    rows = rows_apart(populations, engine)
    # Where each unit has one row, and there is no other kind, rows are units.
    counted = all(unit.one_row_per_unit for unit in dataset.metadata.units.values())
    return {
        frozenset((populations[one], populations[other])): int(rows[one, other])
        if counted
        else _fewest(populations[one], populations[other], dataset, engine)
        for one, other in combinations(range(len(populations)), 2)
        if rows[one, other]
    }


def _between_models(one: Query, other: Query, dataset: Dataset, engine: Engine) -> int:
    """On how few units rests what two models differ in, where both have a term of one column, not made alike."""
    if not (isinstance(one, ModelQuery) and isinstance(other, ModelQuery)):
        return 0
    mine, theirs = (_regressors(query, dataset) for query in (one, other))
    reshaped = any(cut.meets(twin) for cut in mine - theirs for twin in theirs)
    if not (reshaped or any(cut.meets(twin) for cut in theirs - mine for twin in mine)):
        return 0
    # Designs take NumPy, which a request for tables does without.
    from output_checker.kinds.model.neighbours import few_between

    try:
        return few_between(one, other, dataset, engine)
    except QueryError:
        # Nobody takes part in both, or nobody of a category that others are compared with.
        return 0


def _regressors(query: ModelQuery, dataset: Dataset) -> set[Cut]:
    """The terms of a model, by what they are made of."""
    scope = scope_of(query.derive, dataset)
    return {cut_of(scope, factor.name) for factor in query.parsed.factors}


def _within(queries: Sequence[Query], dataset: Dataset) -> Iterator[_Pair]:
    """Tables whose own measures can be subtracted: two yes-or-no variables, or who has one among all who are counted."""
    for place, query in enumerate(queries):
        table = query.numbers
        if isinstance(table, TableQuery) and len(table.measures) > 1 and _is_cut_within(table, dataset):
            yield _Pair((place, place), 0)


def _is_cut_within(table: TableQuery, dataset: Dataset) -> bool:
    scope = scope_of(table.derive, dataset)
    names = {name for measure in table.measures for name in (measure.values, measure.over) if name}
    made = {name: cut_of(scope, name) for name in sorted(names) if is_cut(scope, name)}
    if any(_is_capped(scope, name, names) for name in made):
        return True
    counted = {measure.values for measure in table.measures if measure.aggfunc == "count"}
    if counted & made.keys() and len(names) > 1:
        return True
    alone = [Cuts(frozenset({cut}), frozenset()) for cut in made.values()]
    return any(one.conflicts(other) for one, other in combinations(alone, 2))


def _is_capped(scope: Scope, name: str, names: set[str]) -> bool:
    """Whether values stand beside what they were made of, or another function of it, with most of them alike."""
    others = (other for other in names if other != name and is_reshaped(scope, name))
    mine = set(sources(scope.variable(name, name)))
    return any(mine & set(sources(scope.variable(other, other))) for other in others)


def _groups(pairs: Sequence[tuple[int, int]]) -> list[set[int]]:
    """The queries that hang together by pairs."""
    groups: list[set[int]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if group & set(pair)))
        groups = [group for group in groups if not group & joined] + [joined]
    return groups


def _fewest(one: str, other: str, dataset: Dataset, engine: Engine) -> int:
    """The distinct units that take part in one of two populations only, of the kind of which there are fewest."""
    counts = ", ".join(f'count(DISTINCT "{unit.key}")' for unit in dataset.metadata.units.values())
    sql = f"SELECT {counts} FROM {SOURCE} WHERE coalesce({one}, FALSE) <> coalesce({other}, FALSE)"  # noqa: S608 - rendered from checked expressions
    return int(min(engine.rows(sql)[0]))

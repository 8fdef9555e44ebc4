"""Told: the numbers of units that results tell, and by how few they differ where they are about the same units.

Readers see numbers, and subtract them. Of the units in a cell those with an income may be four fewer than those with
an age: what the two counts tell is a count of four.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.evidence import TableEvidence
from output_checker.expressions import Scope
from output_checker.inference import ExactGroups, InferenceEvidence
from output_checker.plan import narrow, scope_of
from output_checker.rules.missing_values import MissingEvidence
from output_checker.rules.survival_steps import SurvivalEvidence
from output_checker.verdict import ALL, MISSING, Table

if TYPE_CHECKING:
    from output_checker.examination import Examination
    from output_checker.kinds.base import Part
    from output_checker.query import Query

Labels = frozenset[tuple[str, str]]
"""The label of each axis (a rendered expression) of a cell or total; of everybody, none."""


def telling(parts: Sequence[Part]) -> list[tuple[Part, TableEvidence]]:
    """The parts of tables that tell how many units have a value, or how much they weigh.

    A mean of exact amounts is a fraction, of which the denominator can be found; of weights it takes the sum too.
    """
    tables = [
        (part, part.evidence)
        for part in parts
        if isinstance(part.evidence, TableEvidence) and not isinstance(part.evidence, ExactGroups)
    ]
    summed = {evidence.measured for _, evidence in tables if evidence.statistic == "sum"}
    return [
        (part, evidence)
        for part, evidence in tables
        if evidence.additive and _tells(evidence, beside_sum=evidence.measured in summed)
    ]


def _tells(evidence: TableEvidence, *, beside_sum: bool) -> bool:
    weighted = evidence.measured[1] is not None
    return evidence.statistic in ("count", "weighted_count") or (
        evidence.statistic == "mean" and (beside_sum or not weighted)
    )


def missing_within(parts: Sequence[Part], *, all_units: bool = False) -> MissingEvidence | None:
    """By how few units the measures of one table differ, None where it does not tell two numbers.

    With ``all_units`` readers know how many units there are in each cell.
    """
    told = telling(parts)
    numbers = {evidence.measured for _, evidence in told}
    if len(numbers) + all_units < 2 or not told:
        return None
    frame = told[0][1].frame
    same = [(part, evidence) for part, evidence in told if evidence.frame == frame]
    found: dict[int, int] = {}
    for cell in range(len(frame.rows) * len(frame.columns)):
        found |= _of_cell(cell, same, all_units=all_units)
    return MissingEvidence(told[0][1].unit, found)


def _of_cell(cell: int, told: list[tuple[Part, TableEvidence]], *, all_units: bool) -> dict[int, int]:
    """The places in the table of one cell's measures, with their smallest difference above zero."""
    counts = [evidence.basis(evidence.cells[cell]) for _, evidence in told]
    known = {*counts, told[0][1].cells[cell].units} if all_units else set(counts)
    if len(known) < 2:
        return {}
    ascending = sorted(known)
    least = min(high - low for low, high in pairwise(ascending))
    return {part.place(cell): least for part, _ in told}


@dataclass(frozen=True)
class _Told:
    """Units by labels, as one part of a result tells them: ``by`` set of axes, of which ``finest`` has all.

    ``population`` says of whom: the kind of unit, a number that alike conditions share, and the weight. ``unknown`` are
    the labels of what is hidden. ``disjoint`` says that no unit is in two cells, so that readers can add them up;
    ``implied`` gives for an axis the labels of coarser ones.
    """

    population: tuple[object, ...]
    finest: frozenset[str]
    by: Mapping[frozenset[str], Mapping[Labels, int]]
    unknown: frozenset[Labels]
    disjoint: bool
    implied: Mapping[str, Mapping[str, Mapping[str, str]]]

    def axes(self) -> frozenset[str]:
        """Its own axes, and the public groupings of those."""
        return self.finest.union(*(self.implied.get(axis, {}) for axis in self.finest))

    def added(self, axes: frozenset[str]) -> dict[Labels, int]:
        """What readers can add up to these axes; where something is hidden, they cannot."""
        sums: dict[Labels, int] = defaultdict(int)
        spoilt = {self._coarser(labels, axes) for labels in self.unknown if _axes(labels) == self.finest}
        for labels, units in self.by.get(self.finest, {}).items():
            sums[self._coarser(labels, axes)] += units
        return {labels: units for labels, units in sums.items() if labels not in spoilt}

    def _coarser(self, labels: Labels, axes: frozenset[str]) -> Labels:
        found = {(axis, label) for axis, label in labels if axis in axes}
        for axis, label in labels:
            for grouping, groups in self.implied.get(axis, {}).items():
                if grouping in axes and grouping not in dict(labels):
                    found.add((grouping, groups.get(label, MISSING)))
        return frozenset(found)


def nearly_told(
    examinations: Sequence[Examination],
    hidden: Sequence[Collection[int]],
    dataset: Dataset,
    limits: Limits,
) -> list[int | None]:
    """For each output of a request the smallest difference above zero of a number of units that it tells with one
    that another output tells of the same units, cell by cell; None where there is none.
    """
    if len(examinations) < 2:
        return [None] * len(examinations)
    numbers = _populations([one.query for one in examinations], dataset, limits)
    told = [
        list(_told(one, cells, number, dataset))
        for one, cells, number in zip(examinations, hidden, numbers, strict=True)
    ]
    least: list[int | None] = [None] * len(told)
    for (one, first), (other, second) in combinations(enumerate(told), 2):
        found = [d for mine in first for theirs in second if (d := _difference(mine, theirs)) is not None]
        for place in (one, other):
            least[place] = min([*found, *filter(None, [least[place]])], default=None)
    return least


def _populations(queries: Sequence[Query], dataset: Dataset, limits: Limits) -> list[int]:
    """For each query a number that queries share whose conditions hold for the same rows, however they are written."""
    written = [_conditions(query, dataset) for query in queries]
    different = list(dict.fromkeys(written))
    if len(different) < 2:
        return [0] * len(queries)
    apart = (
        f"count(*) FILTER (coalesce({one}, FALSE) <> coalesce({other}, FALSE))"
        for one, other in combinations(different, 2)
    )
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        (counts,) = engine.rows(f"SELECT {', '.join(apart)} FROM {SOURCE}")  # noqa: S608 - rendered from checked expressions
    first = {one: place for place, one in enumerate(different)}
    for (one, other), rows in zip(combinations(different, 2), counts, strict=True):
        if not rows:
            first[other] = min(first[one], first[other])
    return [first[one] for one in written]


def _conditions(query: Query, dataset: Dataset) -> str:
    scope = scope_of(query.derive, dataset)
    rendered = sorted(scope.render(scope.parse(text, "where")) for text in query.where)
    return " AND ".join(f"({condition})" for condition in rendered) or "TRUE"


def _difference(one: _Told, other: _Told) -> int | None:
    if one.population != other.population:
        return None
    common = one.axes() & other.axes()
    pairs = [(one.by[axes], other.by[axes]) for axes in one.by.keys() & other.by.keys()]
    if _can_add(one, common) and _can_add(other, common):
        pairs.append((one.added(common), other.added(common)))
    apart = (
        abs(mine[labels] - theirs[labels]) for mine, theirs in pairs for labels in mine.keys() & theirs.keys()
    )
    return min((units for units in apart if units), default=None)


def _can_add(told: _Told, axes: frozenset[str]) -> bool:
    return told.disjoint or axes == told.finest


def _axes(labels: Labels) -> frozenset[str]:
    return frozenset(axis for axis, _ in labels)


def _told(
    examination: Examination, hidden: Collection[int], population: int, dataset: Dataset
) -> Iterator[_Told]:
    """What each part of one output tells; of inferences, how many take part."""
    query = examination.query
    scope = scope_of(query.derive, dataset)
    of = (query.unit or dataset.metadata.default_unit, population)
    for part, evidence in telling(examination.computed.parts):
        yield _of_table(part, evidence, (*of, evidence.measured[1]), hidden, scope, query)
    for part in examination.computed.parts:
        if isinstance(part.evidence, InferenceEvidence):
            everybody = {frozenset[str](): {frozenset[tuple[str, str]](): part.evidence.units}}
            yield _Told((*of, None), frozenset(), everybody, frozenset(), True, {})
        if isinstance(part.evidence, SurvivalEvidence):
            yield _of_curves(examination.computed.table, part.evidence, (*of, None), scope)


def _of_curves(
    table: Table, evidence: SurvivalEvidence, population: tuple[object, ...], scope: Scope
) -> _Told:
    """Who is at risk when a curve begins has a duration; the curve itself is a fraction of them."""
    *names, _ = table.row_names
    meanings = [scope.render(scope.variable(name, "by")) for name in names]
    begun: dict[Labels, int] = {}
    for place, line in enumerate(table.rows):
        labels = frozenset(zip(meanings, line[:-1], strict=True))
        begun.setdefault(labels, evidence.cells[place * len(table.columns)].at_risk)
    finest = frozenset(meanings)
    return _Told(population, finest, {finest: begun}, frozenset(), True, _implied(scope))


def _meanings(scope: Scope, evidence: TableEvidence, query: Query) -> dict[str, str]:
    """What each classification is computed from; the bins of a histogram are its own."""
    known = {*scope.derived, *scope.metadata.columns, *scope.metadata.groupings}
    names = (*evidence.frame.row_names, *evidence.frame.column_names)
    return {
        name: scope.render(scope.variable(name, "index")) if name in known else f"{name} of {query.digest}"
        for name in names
    }


def _implied(scope: Scope) -> dict[str, dict[str, dict[str, str]]]:
    """For each registered variable the group of each of its codes, by its public groupings."""
    implied: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for name, (variable, grouping) in scope.metadata.groupings.items():
        groups = {code: group for group, told in grouping.groups.items() for code in told.codes}
        finer, coarser = (scope.render(scope.variable(one, "index")) for one in (variable.name, name))
        implied[finer][coarser] = groups
    return implied


def _of_table(
    part: Part,
    evidence: TableEvidence,
    population: tuple[object, ...],
    hidden: Collection[int],
    scope: Scope,
    query: Query,
) -> _Told:
    meanings = _meanings(scope, evidence, query)
    by: dict[frozenset[str], dict[Labels, int]] = defaultdict(dict)
    unknown: set[Labels] = set()
    for place, cell in enumerate(evidence.cells):
        told = evidence.labels(place).items()
        labels = frozenset((meanings[name], label) for name, label in told if label != ALL)
        if part.place(place) in hidden:
            unknown.add(labels)
        else:
            by[_axes(labels)][labels] = evidence.basis(cell)
    finest = frozenset(meanings.values())
    return _Told(population, finest, by, frozenset(unknown), evidence.disjoint, _implied(scope))

"""Histograms as a kind of statistic: frequency tables over public bins, judged as such."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.evidence import Structure, TableEvidence
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.grouped import GroupedQuery, names_of
from output_checker.kinds.histogram.query import HistogramQuery
from output_checker.kinds.histogram.structure import structure_of
from output_checker.kinds.table.kind import TableKind
from output_checker.kinds.table.query import TableQuery
from output_checker.numbers import stable
from output_checker.plan import number_of
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import MISSING, Cell, Table

HEADING = Text(nl="klasse", en="bin")


@dataclass(frozen=True)
class HistogramPlan:
    """The table of counts underneath, and the name and edges of the bins."""

    query: TableQuery
    plan: Any
    name: str
    edges: tuple[str, ...]

    @property
    def bins(self) -> list[str]:
        """Labels: below the edges, each bin, above the edges."""
        return bin_labels(self.edges)

    @property
    def widths(self) -> list[float]:
        """The width of each bin between the edges."""
        return [float(high) - float(low) for low, high in pairwise(self.edges)]


def bin_labels(edges: tuple[str, ...]) -> list[str]:
    """Labels of the bins with these edges: below them, between each pair, above them."""
    pairs = list(pairwise(edges))
    inside = [f"[{low}, {high})" for low, high in pairs[:-1]] + [f"[{pairs[-1][0]}, {pairs[-1][1]}]"]
    return [f"< {edges[0]}", *inside, f"> {edges[-1]}"]


class HistogramKind(Kind):
    """Counts, shares or densities per public bin."""

    query: ClassVar[type[Query]] = HistogramQuery

    def plan(self, query: HistogramQuery, dataset: Dataset, engine: Engine, policy: Policy) -> HistogramPlan:
        """A plan of the table of counts underneath."""
        number_of(names_of(query, dataset), query.values, "values", engine)
        table, name = counted(query, dataset)
        plan = TableKind().plan(table, dataset, engine, policy)
        return HistogramPlan(table, plan, name, query.edges(dataset.visible))

    def compute(
        self, query: HistogramQuery, plan: HistogramPlan, dataset: Dataset, engine: Engine
    ) -> Computed:
        """Count, and put every bin between the edges in the table, empty ones too."""
        found = TableKind().compute(plan.query, plan.plan, dataset, engine)
        bins, places = _placed(found.table, plan, bool(query.by))
        table = _table(found.table, plan, bins, places, query)
        known = structure_of(query, plan.name, plan.edges, dataset.visible)
        return Computed(table, tuple(_moved(part, places, known) for part in found.parts))


def counted(query: HistogramQuery, dataset: Dataset) -> tuple[TableQuery, str]:
    """The table of counts underneath a histogram, and the name of its bins.

    Raises:
        QueryError: there are no public bounds to divide, or an edge is no round number.
    """
    name = free_name(query, dataset)
    document = {
        "dataset": query.dataset,
        "where": query.where,
        "derive": {**query.derive, name: binned(query.values, query.edges(dataset.visible))},
        "unit": query.unit,
        "index": query.by or (name,),
        "columns": (name,) if query.by else (),
    }
    return TableQuery.parse(document), name


def _moved(part: Part, places: list[int], known: Structure) -> Part:
    """A part of the counted table, told where its cells went, and what everybody knows of its bins."""
    assert isinstance(part.evidence, TableEvidence)  # noqa: S101 - made by a table
    structure = replace(
        part.evidence.structure,
        zeros=(*part.evidence.structure.zeros, *known.zeros),
        domains=part.evidence.structure.domains | known.domains,
    )
    evidence = replace(part.evidence, structure=structure)
    return Part(evidence, tuple(places[place] for place in part.places or range(len(places))))


def free_name(query: GroupedQuery, dataset: Dataset) -> str:
    """A name for the bins that nothing else has."""
    taken = {name.lower() for name in (*dataset.metadata.columns, *dataset.metadata.groupings, *query.derive)}
    name = "bin"
    while name in taken:
        name += "_"
    return name


def binned(values: str, edges: tuple[str, ...]) -> str:
    """The number of the bin of a value; what is no number has none. Only the last bin holds its right edge."""
    below = [f"WHEN {values} < {edge} THEN {place}" for place, edge in enumerate(edges[:-1])]
    last = len(edges) - 1
    ends = f"WHEN {values} <= {edges[-1]} THEN {last} ELSE {last + 1}"
    return f"CASE WHEN ({values} - {values} = 0) IS NOT TRUE THEN NULL {' '.join(below)} {ends} END"


def _placed(counted: Table, plan: HistogramPlan, grouped: bool) -> tuple[list[str], list[int]]:
    """The bins to show, and where each counted cell goes: every bin between the edges, others when occupied.

    Cells are in the same order whether bins are columns beside groups or the rows of one group.
    """
    spelled = {str(number): label for number, label in enumerate(plan.bins)} | {MISSING: MISSING}
    seen = [spelled[code] for (code,) in (counted.columns if grouped else counted.rows)]
    bins = [label for label in [*plan.bins, MISSING] if label in seen or label in plan.bins[1:-1]]
    moved = [bins.index(label) for label in seen]
    cells = (divmod(place, len(seen)) for place in range(len(counted.cells)))
    return bins, [group * len(bins) + moved[old] for group, old in cells]


def _table(
    counted: Table, plan: HistogramPlan, bins: list[str], places: list[int], query: HistogramQuery
) -> Table:
    found = dict(zip(places, counted.cells, strict=True))
    width = len(bins) if query.by else 1
    values: list[float | None] = []
    groups = len(counted.rows) if query.by else 1
    for group in range(groups):
        counts = [
            found[place].units if (place := group * len(bins) + at) in found else 0 for at in range(len(bins))
        ]
        values += _measured(counts, bins, plan, query.stat)
    cells = tuple(_cell(place, width, value, found.get(place)) for place, value in enumerate(values))
    lines = tuple((label,) for label in bins)
    changes: dict[str, Any] = {
        "columns" if query.by else "rows": lines,
        "cells": cells,
        "headings": counted.headings | {plan.name: HEADING},
        "labels": {name: words for name, words in counted.labels.items() if name != plan.name},
    }
    return counted.model_copy(update=changes)


def _cell(place: int, width: int, value: float | None, counted: Cell | None) -> Cell:
    row, column = divmod(place, width)
    units, status = (counted.units, counted.status) if counted else (0, "empty")
    return Cell(row=row, column=column, value=value, units=units, status=status)


def _measured(counts: list[int], bins: list[str], plan: HistogramPlan, stat: str) -> list[float | None]:
    """Counts of one group as they are, as shares of all of it, or as densities over those inside the edges."""
    if stat == "count":
        return list(counts)
    if stat == "proportion":
        return [stable(count / sum(counts)) for count in counts]
    widths = dict(zip(plan.bins[1:-1], plan.widths, strict=True))
    inside = sum(count for count, label in zip(counts, bins, strict=True) if label in widths)
    return [
        stable(count / inside / widths[label]) if inside and label in widths else None
        for count, label in zip(counts, bins, strict=True)
    ]

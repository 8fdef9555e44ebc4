"""Tables as a kind of statistic."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.evidence import CellEvidence
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.table.assembly import Assembly
from output_checker.kinds.table.counts import Key
from output_checker.kinds.table.gather import gather
from output_checker.kinds.table.plan import PlannedMeasure, TablePlan, make_plan
from output_checker.kinds.table.query import TableQuery
from output_checker.numbers import stable
from output_checker.plan import Classification
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Cell, Table

Number = int | float | None

_HEADING = Text(nl="statistiek", en="statistic")


class TableKind(Kind):
    """Cross tables of counts, sums, means, dispersion, ratios, shares and index numbers."""

    query: ClassVar[type[Query]] = TableQuery

    def plan(self, query: TableQuery, dataset: Dataset, engine: Engine, policy: Policy) -> TablePlan:
        """Resolve classifications, conditions and values; learn from the policy how far units must be counted."""
        enough, crowded = _limits(policy)
        return make_plan(query, dataset, engine, policy.largest_table, enough, crowded)

    def compute(self, query: TableQuery, plan: TablePlan, dataset: Dataset, engine: Engine) -> Computed:
        """One grouped pass, and the evidence of each measure in one or two parts: numerator and denominator."""
        assembly = Assembly(plan, dataset, gather(plan, dataset.metadata.units, engine))
        computed = [_Measured(assembly, planned) for planned in plan.measures]
        parts = [part for place, measured in enumerate(computed) for part in measured.parts(place)]
        return Computed(_table(query, assembly, computed), tuple(parts))


def _limits(policy: Policy) -> tuple[int, float]:
    """The most units that any rule asks for, and the smallest share of a line that one objects to."""
    parameters = [rule.model_dump() for rule in policy.rules.values()]
    enough = max(number for one in parameters for name, number in one.items() if name == "minimum_units")
    return enough, policy.rules["group_disclosure"].model_dump()["largest_share"]


class _Measured:
    """One measure of an assembled table: its evidence, and its numbers."""

    def __init__(self, assembly: Assembly, planned: PlannedMeasure) -> None:
        self._assembly = assembly
        self._planned = planned
        quantities = [planned.quantity, *([planned.over] if planned.over is not None else [])]
        beneath = (assembly.denominators(planned, quantity) for quantity in quantities)
        self.evidence = [assembly.evidence(planned, quantity) for quantity in quantities]
        self._beneath = [evidence for evidence in beneath if evidence is not None]

    def parts(self, place: int) -> Iterator[Part]:
        """The evidence with the places of its cells in the whole table."""
        step, cells = len(self._assembly.plan.measures), len(self._assembly.keys)
        places = None if step == 1 else tuple(range(place, cells * step, step))
        yield from (Part(evidence, places) for evidence in (*self.evidence, *self._beneath))

    def values(self) -> list[Number]:
        """The published numbers, cell by cell."""
        keys, measure = self._assembly.keys, self._planned.measure
        whole_of = self._assembly.denominator(measure)
        if whole_of is None:
            return [self._value(key) for key in keys]
        wholes = {key: self._value(key) for key in {whole_of(key) for key in keys}}
        factor = 100 if measure.base else 1
        return [_divided(self._value(key), wholes[whole_of(key)], factor) for key in keys]

    def units(self) -> list[int]:
        """The units behind each number: behind the smaller of its two sums when it is a ratio."""
        counts = [[evidence.basis(cell) for cell in evidence.cells] for evidence in self.evidence]
        return counts[0] if len(counts) == 1 else [min(pair) for pair in zip(*counts, strict=True)]

    def _value(self, key: Key) -> Number:
        planned, plan = self._planned, self._assembly.plan
        cell = self._assembly.cell(key, planned.quantity)
        if planned.quantity is None:
            return cell.units
        if plan.quantities[planned.quantity].whole and plan.weight is None and planned.measure.adds_up:
            return None if cell.total is None else int(cell.total)
        value = _STATISTICS[planned.measure.aggfunc](cell)
        if planned.over is None:
            return value
        return _divided(value, self._assembly.cell(key, planned.over).total)


def _divided(value: Number, whole: Number, factor: int = 1) -> Number:
    return None if value is None or not whole else stable(factor * value / whole)


def _sum(cell: CellEvidence) -> Number:
    return None if cell.total is None else stable(cell.total)


def _count(cell: CellEvidence) -> Number:
    """The units with a value, or the sum of their weights."""
    return cell.contributing if cell.weight is None else _sum(cell)


def _mean(cell: CellEvidence) -> Number:
    """Per unit that has a value, or per unit of weight."""
    return _divided(cell.total, cell.contributing if cell.weight is None else cell.weight)


def _variance(cell: CellEvidence) -> Number:
    """With n - 1 in the denominator, as pandas."""
    return _divided(cell.deviance, cell.contributing - 1) if cell.contributing > 1 else None


def _deviation(cell: CellEvidence) -> Number:
    variance = _variance(cell)
    return None if variance is None else stable(math.sqrt(variance))


_STATISTICS: dict[str, Callable[[CellEvidence], Number]] = {
    "count": _count,
    "sum": _sum,
    "ratio": _sum,
    "mean": _mean,
    "var": _variance,
    "std": _deviation,
}


def _table(query: TableQuery, assembly: Assembly, computed: Sequence[_Measured]) -> Table:
    """The numbers in the layout; several measures are a last level of the columns, as in pandas."""
    plan, frame = assembly.plan, assembly.frame
    several = len(computed) > 1
    name = _free_name(query)
    codes = [(planned.measure.name,) if several else () for planned in plan.measures]
    words = _words(query, assembly) if several else {}
    return Table(
        row_names=frame.row_names,
        column_names=(*frame.column_names, *([name] if several else [])),
        rows=frame.rows,
        columns=tuple((*column, *code) for column in frame.columns for code in codes),
        cells=tuple(_cells(assembly, computed)),
        headings={item.name: item.heading for item in plan.classifications}
        | ({name: _HEADING} if several else {}),
        labels={item.name: _used(item, assembly) for item in plan.classifications} | words,
    )


def _cells(assembly: Assembly, computed: Sequence[_Measured]) -> Iterator[Cell]:
    """Cells row by row, measure by measure within a column."""
    width = len(assembly.frame.columns)
    values = [measured.values() for measured in computed]
    units = [measured.units() for measured in computed]
    for place, key in enumerate(assembly.keys):
        row, column = divmod(place, width)
        for at in range(len(computed)):
            yield Cell(
                row=row,
                column=column * len(computed) + at,
                value=values[at][place],
                units=units[at][place],
                status="pass" if key in assembly.gathered.found else "empty",
            )


def _free_name(query: TableQuery) -> str:
    """A name for the level of measures that no classification has."""
    name = "measure"
    while name in query.classifications:
        name += "_"
    return name


def _words(query: TableQuery, assembly: Assembly) -> dict[str, dict[str, Text]]:
    metadata = assembly.dataset.visible
    units = metadata.unit_label(query.unit)
    measures = [planned.measure for planned in assembly.plan.measures]
    return {_free_name(query): {measure.name: measure.words(metadata, units) for measure in measures}}


def _used(item: Classification, assembly: Assembly) -> dict[str, Text]:
    """The public words of the labels that are in the table."""
    frame = assembly.frame
    lines = frame.rows if item.name in frame.row_names else frame.columns
    names = frame.row_names if item.name in frame.row_names else frame.column_names
    seen = {line[names.index(item.name)] for line in lines}
    return {label: words for label, words in item.labels.items() if label in seen}

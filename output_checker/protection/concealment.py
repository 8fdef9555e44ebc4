"""Hiding the cells of a request: who is hidden, what each needs, and whether readers can work it out all the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.evidence import TableEvidence
from output_checker.examination import Examination, Found
from output_checker.kinds.base import Part
from output_checker.protection.audit import Interval, audit
from output_checker.protection.beside import told_beside
from output_checker.protection.evidence import Exposure, ProtectionEvidence
from output_checker.protection.link import impossible_pairs
from output_checker.protection.parts import PartTable, part_tables
from output_checker.protection.query import hidden_cells
from output_checker.rules.base import ProtectionLevel
from output_checker.rules.hidden_cells import HiddenCells
from output_checker.text import Text
from output_checker.verdict import Outcome

Objection = Literal[Outcome.FAIL, Outcome.REVIEW]

Place = tuple[int, int]
"""A part of a result, and a cell of its evidence."""


@dataclass(frozen=True)
class Need:
    """What a hidden cell would have had, were it published, and the uncertainty that it needs."""

    outcome: Objection
    level: ProtectionLevel


@dataclass(frozen=True)
class Concealed:
    """What a query hides, by place in its table, and the evidence about those cells that need it."""

    cells: frozenset[int]
    evidence: ProtectionEvidence


def conceal(
    examinations: Sequence[Examination], dataset: Dataset, rule: HiddenCells, limits: Limits
) -> list[Concealed]:
    """What each query of a request hides, audited over all of them together.

    Raises:
        QueryError: a query hides a cell that is not in its table.
        EvidenceError: the tables are too large to be audited.
    """
    hidden = [_hidden(examination) for examination in examinations]
    needs = [_needs(one, cells) for one, cells in zip(examinations, hidden, strict=True)]
    units = [dataset.metadata.unit_label(examination.query.unit) for examination in examinations]
    if not any(needs):
        return [_concealed(unit, cells, [], beside=False) for unit, cells in zip(units, hidden, strict=True)]
    tables = [
        table
        for number, examination in enumerate(examinations)
        for table in _tables(number, examination, hidden[number], needs[number], dataset, rule)
    ]
    exposed = _exposed(tables, needs, dataset, limits)
    queries = [examination.query for examination in examinations]
    return [
        _concealed(
            unit,
            hidden[number],
            exposed[number],
            beside=bool(needs[number]) and told_beside(number, queries, tables),
        )
        for number, unit in enumerate(units)
    ]


def _concealed(unit: Text, cells: set[int], exposed: list[Exposure], *, beside: bool) -> Concealed:
    return Concealed(frozenset(cells), ProtectionEvidence(unit, tuple(_worst(exposed)), beside))


def puzzle(
    examination: Examination, hidden: set[int], dataset: Dataset, rule: HiddenCells
) -> list[PartTable]:
    """What an intruder would be told of one result, were these cells of its table hidden."""
    return list(_tables(0, examination, hidden, _needs(examination, hidden), dataset, rule))


def _tables(
    number: int,
    examination: Examination,
    hidden: set[int],
    needs: dict[Place, Need],
    dataset: Dataset,
    rule: HiddenCells,
) -> Iterator[PartTable]:
    levels = {place: need.level for place, need in needs.items()}
    return part_tables(number, examination, hidden, levels, dataset, rule)


def _hidden(examination: Examination) -> set[int]:
    failing = examination.objected(Outcome.FAIL)
    return hidden_cells(examination.query, examination.computed.table, failing)


def _needs(examination: Examination, hidden: set[int]) -> dict[Place, Need]:
    """What the hidden cells that a rule objects to need."""
    needs: dict[Place, Need] = {}
    for found in examination.found:
        part = examination.computed.parts[found.part]
        for cell in found.finding.cells:
            if part.place(cell) in hidden:
                place = (_summand(examination, found.part), cell)
                needs[place] = _more(needs.get(place), found, part, cell)
    return needs


def _summand(examination: Examination, number: int) -> int:
    """The part whose cells add up, of the same numbers: a share is as unknown as what it is a share of."""
    parts = examination.computed.parts
    part = parts[number]
    if not isinstance(part.evidence, TableEvidence) or part.evidence.additive:
        return number
    return next(at for at, other in enumerate(parts) if other.places == part.places)


def _more(need: Need | None, found: Found, part: Part, cell: int) -> Need:
    outcome = found.finding.outcome
    level = found.rule.protection(part.evidence, cell)
    if need is None:
        return Need(outcome, level)
    worst: Objection = Outcome.FAIL if Outcome.FAIL in (need.outcome, outcome) else Outcome.REVIEW
    return Need(worst, need.level.with_(level))


def _exposed(
    tables: list[PartTable], needs: list[dict[Place, Need]], dataset: Dataset, limits: Limits
) -> dict[int, list[Exposure]]:
    """What an intruder learns of each cell that needs to stay unknown, by query."""
    audited = [table.audited for table in tables]
    exposed: dict[int, list[Exposure]] = defaultdict(list)
    for interval in audit(audited, impossible_pairs(audited, dataset, limits)):
        table = tables[interval.table]
        need = needs[table.query][table.part, interval.cell]
        exposed[table.query].append(_exposure(table, need, interval))
    return exposed


def _exposure(table: PartTable, need: Need, interval: Interval) -> Exposure:
    """In the unit of the published number: of a mean, the sum divided by the units that have a value.

    Where nothing adds up there is no interval: the number is unknown, or published somewhere else.
    """
    shares = table.divisor(interval.cell) or 1
    if not table.adds_up:
        return Exposure(
            cell=table.place(interval.cell),
            outcome=need.outcome,
            protected=interval.protected and table.auditable,
            audited=table.auditable,
        )
    return Exposure(
        cell=table.place(interval.cell),
        outcome=need.outcome,
        lower=interval.lower / shares,
        upper=interval.upper / shares,
        protected=interval.protected,
        by_one=interval.by_one,
    )


def _worst(exposed: list[Exposure]) -> Iterator[Exposure]:
    """One exposure for each place of the table: that which is not protected, where parts differ."""
    ascending = sorted(exposed, key=lambda one: (not one.protected, one.outcome is Outcome.FAIL))
    by_place = {one.cell: one for one in ascending}
    return (by_place[place] for place in sorted(by_place))

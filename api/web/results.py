"""A judged table as it is shown: numbers with their status, numbered notes, and how many units stand behind the cells."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from api.requests.verdicts import title_of
from api.web.labels import MARKED
from api.web.windows import Windows, windows_of
from output_checker.noise import intervals
from output_checker.text import Language, Text
from output_checker.verdict import (
    ALL,
    Cell,
    CellStatus,
    Finding,
    Interval,
    Outcome,
    Place,
    Table,
    Verdict,
)

CLASS_STARTS: Final = (0, 1, 10, 30, 100, 1_000, 10_000)
Evidence = float | str | tuple[float | None, ...]
MOST_PLACES: Final = 200
"""Cells of one finding that are listed; beyond these people open the cell that they want to know about."""


@dataclass(frozen=True)
class ShownCell:
    """One number of the table and the notes (1-based numbers of findings) that mark it.

    `interval` is where the truth lies, for numbers with noise only.
    """

    value: int | float | None
    units: int
    status: CellStatus
    notes: tuple[int, ...]
    total: bool
    interval: Interval | None = None


@dataclass(frozen=True)
class ShownRow:
    """A row: its number in the whole table (1 is the first), its label, whether it is a margin, and its cells."""

    number: int
    label: str
    total: bool
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True)
class ShownTable:
    """The shown part of a table in one language, its numbers with so many decimals; `total` rows in the whole table."""

    corner: str
    headings: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    windows: Windows
    total: int
    decimals: int

    @property
    def omitted(self) -> int:
        """How many rows of what is asked for are in other parts."""
        return sum(len(part.rows) for part in (*self.windows.before, *self.windows.after))


@dataclass(frozen=True)
class UnitClass:
    """How many cells rest on `start` to `end` units (`end` None: and more), by status."""

    start: int
    end: int | None
    passed: int
    review: int
    failed: int

    @property
    def cells(self) -> int:
        """All cells of this class."""
        return self.passed + self.review + self.failed


@dataclass(frozen=True)
class ShownEvidence:
    """What a finding rests on: its limits, and per cell (by label) the values that were held against them.

    `more` cells are not listed.
    """

    limits: dict[str, Evidence]
    names: tuple[str, ...]
    cells: tuple[tuple[str, tuple[Evidence | None, ...]], ...]
    more: int = 0


@dataclass(frozen=True)
class ShownFinding:
    """One finding: the rule, how many cells it is about; `evidence` is None for people outside the enclave."""

    title: Text
    outcome: Outcome
    cells: int
    reason: Text
    remedy: Text
    evidence: ShownEvidence | None
    places: tuple[Place, ...] = ()


def shown_findings(verdict: Verdict, language: Language) -> list[ShownFinding]:
    """Return the findings of a verdict with their evidence, in the order in which cells refer to them."""
    return [
        ShownFinding(
            title_of(one.rule),
            one.outcome,
            len(one.cells),
            one.reason,
            one.remedy,
            None if verdict.file else _evidence(one, verdict.table, language),
            one.places,
        )
        for one in verdict.findings
    ]


def _evidence(finding: Finding, table: Table, language: Language) -> ShownEvidence:
    limits: dict[str, Evidence] = {}
    lists: dict[str, tuple[float | None, ...]] = {}
    for name, value in finding.evidence.items():
        if isinstance(value, tuple) and len(value) == len(finding.cells):
            lists[name] = value
        else:
            limits[name] = value
    listed = finding.cells[:MOST_PLACES]
    labels = (place_of(table, cell, language) for cell in listed)
    places = tuple(zip(labels, zip(*lists.values(), strict=True), strict=False))
    return ShownEvidence(limits, tuple(lists), places, len(finding.cells) - len(listed) if lists else 0)


def place_of(table: Table, cell: int, language: Language) -> str:
    """Return the labels of a cell (its index, row by row) in words."""
    row, column = divmod(cell, len(table.columns))
    parts = (
        _label(table, table.row_names, table.rows[row], language),
        _label(table, table.column_names, table.columns[column], language),
    )
    return " · ".join(part for part in parts if part)


def findings_in_words(documents: Iterable[Mapping[str, Any]]) -> list[ShownFinding]:
    """Return findings as they may be told outside (see api.review.visibility): no evidence, no places of cells."""
    return [
        ShownFinding(
            title_of(one["rule"]),
            Outcome(one["outcome"]),
            one["cells"],
            Text(**one["reason"]),
            Text(**one["remedy"]),
            None,
        )
        for one in documents
    ]


@dataclass(frozen=True)
class Beside:
    """What stands beside the numbers of a table, by cell: numbers of findings, and where the truth lies."""

    notes: Mapping[int, tuple[int, ...]]
    intervals: Mapping[int, Interval]
    verdict: Verdict


def shown_table(
    verdict: Verdict, language: Language, start: int = 0, *, only_marked: bool = False
) -> ShownTable:
    """Return the table of a verdict in one language, each failing cell with the numbers of its findings.

    Of a long table it is the part with the row at `start` (0-based), counted among marked rows if only those are asked.
    """
    table = verdict.table
    beside = Beside(notes_of(verdict.findings), {one.cell: one for one in verdict.intervals}, verdict)
    wanted = _marked_rows(table) if only_marked else range(len(table.rows))
    windows = windows_of(wanted, len(table.columns), start)
    rows = tuple(_row(table, position, beside, language) for position in windows.shown.rows)
    headings = tuple(_label(table, table.column_names, codes, language) for codes in table.columns)
    corner = " × ".join(table.heading(name, language) for name in (*table.row_names, *table.column_names))
    return ShownTable(corner, headings, rows, windows, len(table.rows), _decimals(table))


def unit_classes(table: Table) -> tuple[UnitClass, ...]:
    """Return how many cells rest on few and on many units; margins count as cells, empty cells too."""
    counts = Counter((bisect_right(CLASS_STARTS, cell.units) - 1, cell.status) for cell in table.cells)
    edges = (*pairwise(CLASS_STARTS), (CLASS_STARTS[-1], None))
    return tuple(
        UnitClass(
            start,
            None if after is None else after - 1,
            counts[position, "pass"] + counts[position, "empty"] + counts[position, "hidden"],
            counts[position, "review"],
            counts[position, "fail"],
        )
        for position, (start, after) in enumerate(edges)
    )


def _decimals(table: Table) -> int:
    whole = all(cell.value is None or float(cell.value).is_integer() for cell in table.cells)
    return 0 if whole else 2


def notes_of(findings: tuple[Finding, ...]) -> dict[int, tuple[int, ...]]:
    """Return the numbers (1-based) of the findings about each cell that has any."""
    notes: dict[int, tuple[int, ...]] = {}
    for number, finding in enumerate(findings, start=1):
        for cell in finding.cells:
            notes[cell] = (*notes.get(cell, ()), number)
    return notes


def _row(table: Table, row: int, beside: Beside, language: Language) -> ShownRow:
    width = len(table.columns)
    total = ALL in table.rows[row]
    cells = tuple(
        _cell(
            table.cell(row, column),
            beside,
            row * width + column,
            total=total or ALL in table.columns[column],
        )
        for column in range(width)
    )
    return ShownRow(row + 1, _label(table, table.row_names, table.rows[row], language), total, cells)


def _cell(cell: Cell, beside: Beside, place: int, *, total: bool) -> ShownCell:
    notes, interval = beside.notes.get(place, ()), beside.intervals.get(place)
    shown = for_reading(interval, beside.verdict) if interval else None
    return ShownCell(cell.value, cell.units, cell.status, notes, total, shown)


def for_reading(interval: Interval, verdict: Verdict) -> Interval:
    """Return an interval of a verdict as people read it: without what cannot be, such as fewer than nobody.

    Files hold the whole of it.
    """
    lower, upper = intervals.for_reading(interval.lower, interval.upper, verdict.least)
    return interval.model_copy(update={"lower": lower, "upper": upper})


def _marked_rows(table: Table) -> list[int]:
    """Return the rows with a cell that fails, that people must judge or that is hidden."""
    return sorted({cell.row for cell in table.cells if cell.status in MARKED})


def _label(table: Table, names: tuple[str, ...], codes: tuple[str, ...], language: Language) -> str:
    return " · ".join(table.label(name, code, language) for name, code in zip(names, codes, strict=False))

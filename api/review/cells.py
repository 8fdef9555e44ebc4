"""One cell of a judged table: what is known of it, every rule that speaks of it, and the marked cells beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.errors import NotFoundError
from api.requests.verdicts import title_of
from api.review.comments import Mention
from api.web.labels import MARKED
from api.web.results import Evidence, for_reading, place_of
from output_checker.text import Language, Text
from output_checker.verdict import Cell, Finding, HiddenCell, Interval, Outcome, Verdict

_PLACE: Final = re.compile(r"(\d{1,3})\.(\d{1,6})\.(\d{1,6})")


@dataclass(frozen=True)
class CellFinding:
    """What one rule says of a cell: the reason, the way out, and the numbers it rests on, by name."""

    number: int
    title: Text
    outcome: Outcome
    reason: Text
    remedy: Text
    evidence: dict[str, Evidence | None]


@dataclass(frozen=True)
class ShownPlace:
    """A cell with its labels and, when it is hidden, the interval that an intruder gets for it; `noise` where it has any.

    `before` and `after` are the nearest marked cells as places (1.2.3), None at the ends.
    """

    place: str
    label: str
    cell: Cell
    findings: list[CellFinding]
    interval: HiddenCell | None
    noise: Interval | None
    before: str | None
    after: str | None


def place_in(text: str) -> Mention:
    """Return the cell that an address names as table.row.column, counted from 1.

    Raises NotFoundError when it names none.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise _no_cell()
    return Mention(int(found[1]), int(found[2]) - 1, int(found[3]) - 1)


def shown_place(verdict: Verdict, mention: Mention, language: Language) -> ShownPlace:
    """Return a cell of the table of `verdict` with everything that the verdict says of it.

    Raises NotFoundError when the table has no such cell.
    """
    table = verdict.table
    width = len(table.columns)
    if not (0 <= mention.row < len(table.rows) and 0 <= mention.column < width):
        raise _no_cell()
    index = mention.row * width + mention.column
    return ShownPlace(
        _place(mention.output, index, width),
        place_of(table, index, language),
        table.cells[index],
        [
            _finding(number, one, index)
            for number, one in enumerate(verdict.findings, 1)
            if index in one.cells
        ],
        next((one for one in verdict.hidden if one.cell == index), None),
        next((for_reading(one, verdict) for one in verdict.intervals if one.cell == index), None),
        _nearest(verdict, mention.output, range(index - 1, -1, -1)),
        _nearest(verdict, mention.output, range(index + 1, len(table.cells))),
    )


def _nearest(verdict: Verdict, position: int, order: Iterable[int]) -> str | None:
    table = verdict.table
    found = next((index for index in order if table.cells[index].status in MARKED), None)
    return None if found is None else _place(position, found, len(table.columns))


def _place(position: int, index: int, width: int) -> str:
    row, column = divmod(index, width)
    return f"{position}.{row + 1}.{column + 1}"


def _finding(number: int, finding: Finding, index: int) -> CellFinding:
    """Return what a finding says of one cell: of lists with a value for each of its cells, only the one."""
    at = finding.cells.index(index)
    evidence: dict[str, Evidence | None] = {}
    for name, value in finding.evidence.items():
        one_each = isinstance(value, tuple) and len(value) == len(finding.cells)
        evidence[name] = value[at] if one_each and isinstance(value, tuple) else value
    return CellFinding(
        number, title_of(finding.rule), finding.outcome, finding.reason, finding.remedy, evidence
    )


def _no_cell() -> NotFoundError:
    return NotFoundError(
        "no_cell",
        Text("Deze tabel heeft die cel niet.", "This table does not have that cell."),
        remedy=Text(
            "Schrijf een cel als tabel.rij.kolom, zoals 1.2.3.",
            "Write a cell as table.row.column, such as 1.2.3.",
        ),
    )

"""What a figure may show of a table: numbers that may be published, with the public words of their lines."""

import math
from dataclasses import dataclass
from functools import cached_property

from output_checker.kinds.figure.query import FigureQuery
from output_checker.text import Language
from output_checker.verdict import Cell, Table

DRAWN = frozenset({"pass", "review"})
"""Statuses of cells that are drawn; a reviewed cell leaves only after people agreed."""


@dataclass(frozen=True)
class Shown:
    """A table as a figure sees it: lines of numbers, NaN where nothing may be drawn."""

    table: Table
    query: FigureQuery
    language: Language

    @property
    def title(self) -> str:
        """What the numbers are, and of which classifications."""
        names = (*self.table.row_names, *self.table.column_names)
        headings = " × ".join(self.table.heading(name, self.language) for name in names)
        return f"{self.query.result_name} ({headings})"

    @property
    def left_out(self) -> int:
        """Cells that are not drawn though somebody is in them, or a number is withheld."""
        return sum(cell.status not in (*DRAWN, "empty") for cell in self.table.cells)

    @cached_property
    def rows(self) -> list[str]:
        """The words of each row."""
        return [self._words(self.table.row_names, line) for line in self.table.rows]

    @cached_property
    def columns(self) -> list[str]:
        """The words of each column; what is measured when there are no classifications in the columns."""
        if not self.table.column_names:
            return [self.query.result_name]
        return [self._words(self.table.column_names, line) for line in self.table.columns]

    def _words(self, names: tuple[str, ...], line: tuple[str, ...]) -> str:
        return " / ".join(
            self.table.label(name, code, self.language) for name, code in zip(names, line, strict=True)
        )

    def number(self, row: int, column: int) -> float:
        """One number; NaN where nothing may be drawn."""
        return drawn(self.table.cell(row, column))

    def column(self, column: int) -> list[float]:
        """The numbers of one column, top to bottom."""
        return [self.number(row, column) for row in range(len(self.table.rows))]

    def groups(self) -> dict[str, dict[str, float]]:
        """Numbers by group and measure, for statistics whose measures are rows when there are no groups."""
        if not self.table.column_names:
            return {"": {line[0]: self.number(row, 0) for row, line in enumerate(self.table.rows)}}
        codes = [line[-1] for line in self.table.columns]
        return {
            words: {code: self.number(row, column) for column, code in enumerate(codes)}
            for row, words in enumerate(self.rows)
        }


def drawn(cell: Cell) -> float:
    """The number of a cell that may be drawn; NaN otherwise."""
    return float(cell.value) if cell.status in DRAWN and cell.value is not None else math.nan

"""The evidence behind a table: for each cell, who is behind the number."""

from collections.abc import Iterator
from dataclasses import dataclass

from output_checker.text import Text


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """Who is behind one cell. Counts are of distinct units; contributions are summed per unit first.

    ``contributing`` units have a value, ``other_units`` counts the other kinds of unit. ``total`` is the sum of the
    values, ``absolute`` the sum of the sizes of the contributions, of which ``largest`` and ``second`` are the
    largest two; ``minimum`` and ``maximum`` are of single values. All in the unit of measure of the values.
    """

    rows: int = 0
    units: int = 0
    contributing: int = 0
    total: float | None = None
    absolute: float = 0.0
    largest: float = 0.0
    second: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    other_units: tuple[int, ...] = ()


NOBODY = CellEvidence()


@dataclass(frozen=True)
class Frame:
    """The rows and columns of a table: codes per classification, and whether totals come last."""

    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    margins: bool

    def position(self, row: int, column: int) -> int:
        """The place of a cell in ``Table.cells``."""
        return row * len(self.columns) + column

    def positions(self) -> Iterator[tuple[int, int]]:
        """Row and column of each cell, row by row."""
        return ((row, column) for row in range(len(self.rows)) for column in range(len(self.columns)))


@dataclass(frozen=True)
class Evidence:
    """The evidence of a whole table; totals of rows and columns are known whether or not they are published.

    ``unit`` is the kind of unit that counts, ``other_units`` the kinds counted beside it. ``classifications`` has the
    public name of each classification with the number of its categories in the table.
    """

    unit: Text
    other_units: tuple[Text, ...]
    statistic: str
    has_values: bool
    classifications: tuple[tuple[Text, int], ...]
    frame: Frame
    cells: tuple[CellEvidence, ...]
    row_totals: tuple[CellEvidence, ...]
    column_totals: tuple[CellEvidence, ...]

    def behind(self, row: int, column: int) -> CellEvidence:
        """The evidence of one cell."""
        return self.cells[self.frame.position(row, column)]

    def filled(self) -> Iterator[tuple[int, CellEvidence]]:
        """Position and evidence of each cell that somebody is in."""
        return ((position, cell) for position, cell in enumerate(self.cells) if cell.rows)

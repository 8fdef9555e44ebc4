"""The evidence behind a result: for each cell, who is behind the number."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import ALL


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

STATBARN_OF = {
    "count": Statbarn.FREQUENCIES,
    "sum": Statbarn.LINEAR_AGGREGATIONS,
    "mean": Statbarn.LINEAR_AGGREGATIONS,
}


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

    def sizes(self) -> dict[str, int]:
        """The number of categories in the table of each classification, totals not counted."""
        lines = [(self.row_names, self.rows), (self.column_names, self.columns)]
        return {
            name: len({line[place] for line in labels} - {ALL})
            for names, labels in lines
            for place, name in enumerate(names)
        }

    def positions(self) -> Iterator[tuple[int, int]]:
        """Row and column of each cell, row by row."""
        return ((row, column) for row in range(len(self.rows)) for column in range(len(self.columns)))


class Evidence(ABC):
    """What the rules look at: one statistic of a result. Each kind of statistic has evidence of its own shape."""

    unit: Text

    @property
    @abstractmethod
    def statbarn(self) -> Statbarn:
        """The family of the statistic, which says which rules concern it."""


@dataclass(frozen=True)
class TableEvidence(Evidence):
    """The evidence of a table; totals of rows and columns are known whether or not they are published.

    ``unit`` is the kind of unit that counts, ``other_units`` the kinds counted beside it, ``headings`` the public
    names of the classifications.
    """

    unit: Text
    other_units: tuple[Text, ...]
    statistic: str
    has_values: bool
    headings: dict[str, Text]
    frame: Frame
    cells: tuple[CellEvidence, ...]
    row_totals: tuple[CellEvidence, ...]
    column_totals: tuple[CellEvidence, ...]

    @property
    def statbarn(self) -> Statbarn:
        """The family of the statistic; a mean has the risks of the sum underneath it."""
        return STATBARN_OF[self.statistic]

    def basis(self, cell: CellEvidence) -> int:
        """The units that a published number of this cell is about."""
        return cell.contributing if self.has_values else cell.units

    def count(self, row: int, column: int) -> int:
        """The units that the published number at a position is about."""
        return self.basis(self.cells[self.frame.position(row, column)])

    def filled(self) -> Iterator[tuple[int, CellEvidence]]:
        """Position and evidence of each cell that somebody is in."""
        return ((position, cell) for position, cell in enumerate(self.cells) if cell.rows)

    def coarser(self) -> Text:
        """The way out of too little behind a cell: less detail in the finest classification."""
        sizes = self.frame.sizes()
        finest = max(sizes, key=lambda name: sizes[name])
        heading = self.headings[finest]
        merge = Text(
            nl=f"Voeg categorieën van {heading.nl} samen met hun buren ({sizes[finest]} categorieën nu)",
            en=f"Merge categories of {heading.en} with their neighbours ({sizes[finest]} categories now)",
        )
        if len(sizes) == 1:
            return Text(nl=f"{merge.nl}.", en=f"{merge.en}.")
        return Text(nl=f"{merge.nl}, of laat {heading.nl} weg.", en=f"{merge.en}, or drop {heading.en}.")

    def without(self, names: tuple[str, ...]) -> Text:
        """The way out of a group that is all alike: another grouping of these classifications, or none."""
        dutch = " × ".join(self.headings[name].nl for name in names)
        english = " × ".join(self.headings[name].en for name in names)
        return Text(
            nl=f"Kies een andere indeling van {dutch}, of laat {dutch} weg.",
            en=f"Choose another grouping of {english}, or drop {english}.",
        )

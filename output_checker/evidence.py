"""The evidence behind a result: for each cell, who is behind the number."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import ALL


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """Who is behind one cell. Counts are of distinct units; contributions are summed per unit first.

    ``contributing`` units have a value. ``total`` is the sum of the contributions, ``absolute`` the sum of their sizes,
    ``top`` the largest sizes in descending order, of which ``largest`` and ``second`` are the first two; with weights a
    contribution is the value times the weight, and ``weight`` the sum of weights. ``minimum`` and ``maximum`` are of
    single values, ``lowest`` and ``highest`` of values summed per unit, before weighting. ``deviance`` is the sum of
    their squared deviations from their mean; where they take two values only, ``ones`` units have the higher.
    ``nonzero`` contributions are not zero, None where nobody looked. ``unusual`` units have another value than the most
    common one, or than the lowest and the highest, None where they are many. Of few different values ``solved`` are
    the units with the one of which readers can best compute how many have it (see ``solving``).

    ``other_units`` counts the other kinds of unit and ``other_shares`` tells the share of the largest unit of each in
    the total. ``at_least`` says that ``units``, ``contributing`` and ``absolute`` may be more than told here, and that
    ``largest``, ``second`` and ``top`` may be less: bounds that make every rule stricter. ``valued`` rows have a value.
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
    top: tuple[float, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    deviance: float | None = None
    ones: int | None = None
    weight: float | None = None
    nonzero: int | None = None
    unusual: int | None = None
    solved: int | None = None
    other_shares: tuple[float, ...] = ()
    valued: int = 0
    at_least: bool = False


NOBODY = CellEvidence()

STATBARN_OF = {
    "count": Statbarn.FREQUENCIES,
    "sum": Statbarn.LINEAR_AGGREGATIONS,
    "mean": Statbarn.LINEAR_AGGREGATIONS,
    "weighted_count": Statbarn.LINEAR_AGGREGATIONS,
    "std": Statbarn.SHAPE,
    "var": Statbarn.SHAPE,
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
class Structure:
    """Combinations of labels that nobody can have, as everybody knows: declared ones, and those of public groupings.

    ``zeros`` holds declared combinations, ``within`` for a grouping and the variable that it groups the group of each
    code, ``domains`` the public labels of each classification.
    """

    zeros: tuple[dict[str, frozenset[str]], ...] = ()
    within: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    domains: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def impossible(self, labels: dict[str, str]) -> bool:
        """Whether nobody can have all these labels; totals and missing say nothing."""
        declared = (all(labels.get(name) in codes for name, codes in zero.items()) for zero in self.zeros)
        return any(declared) or any(
            labels[variable] in groups and labels[grouping] not in (ALL, groups[labels[variable]])
            for (grouping, variable), groups in self.within.items()
            if grouping in labels and variable in labels
        )

    def settled(self, labels: dict[str, str], name: str) -> bool:
        """Whether everybody knows that who has the other labels can only have this one for ``name``."""
        others = (label for label in self.domains.get(name, ()) if label != labels[name])
        return name in self.domains and all(self.impossible({**labels, name: label}) for label in others)


@dataclass(frozen=True)
class TableEvidence(Evidence):
    """The evidence of a table; totals of rows and columns are known whether or not they are published.

    ``unit`` is the kind of unit that counts, ``other_units`` the kinds counted beside it, ``headings`` the public
    names of the classifications. ``wholes`` has for each classification the total over it that each cell is a part of;
    empty where rows and columns tell enough. ``additive`` says that cells are parts of their totals at all: what shares
    are taken of is not. ``indicator`` says that the values are of two kinds only, so that sums and means are counts;
    ``composed`` that the researcher made the values of more than one column or constant. ``measured`` is what is added
    up: the rendered values and weight, None for the units themselves.
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
    wholes: dict[str, tuple[CellEvidence, ...]] = field(default_factory=dict)
    structure: Structure = field(default_factory=Structure)
    additive: bool = True
    indicator: bool = False
    composed: bool = False
    measured: tuple[str | None, str | None] = (None, None)

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

    def most(self, cell: CellEvidence) -> int:
        """The largest number of units that ``basis`` can be."""
        if not cell.at_least:
            return self.basis(cell)
        return cell.valued if self.has_values else cell.rows

    @property
    def describes_values(self) -> bool:
        """Whether the published number tells something about the values, not only whether there are any."""
        return self.has_values and self.statistic not in ("count", "weighted_count")

    @property
    def disjoint(self) -> bool:
        """Whether counts add up to the totals of their rows and columns: nobody is in two cells."""
        frame = self.frame
        rows = [row for row, line in enumerate(frame.rows) if ALL not in line]
        columns = [column for column, line in enumerate(frame.columns) if ALL not in line]
        in_rows = [sum(self.count(row, column) for column in columns) for row in rows]
        in_columns = [sum(self.count(row, column) for row in rows) for column in columns]
        return in_rows == [self.basis(self.row_totals[row]) for row in rows] and in_columns == [
            self.basis(self.column_totals[column]) for column in columns
        ]

    def labels(self, position: int) -> dict[str, str]:
        """The labels of a cell by classification."""
        row, column = divmod(position, len(self.frame.columns))
        names = (*self.frame.row_names, *self.frame.column_names)
        return dict(zip(names, (*self.frame.rows[row], *self.frame.columns[column]), strict=True))

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

"""Key sets: the cells that exist, from public lists alone, those that hold nobody too.

A cell that is left out because nobody is in it tells that nobody is in it. So every combination of public labels has a
number, "missing" included; only what everybody knows to be impossible is left out: a neighbourhood outside its
municipality, and declared structural zeros.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from output_checker.metadata import DatasetMetadata
from output_checker.noise.errors import NoiseError
from output_checker.plan import Classification
from output_checker.text import Text
from output_checker.verdict import ALL, MISSING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CELLS = 2_000_000

Set = tuple[int, ...]
"""Places of the classifications that are not summed over."""


@dataclass(frozen=True, eq=False)
class KeySet:
    """All inner cells. ``codes`` has for each classification the place of each cell's label, shape (cells,).

    ``told_by`` has for each public grouping the variable that it is a grouping of.
    """

    classifications: tuple[Classification, ...]
    codes: tuple["NDArray[np.int64]", ...]
    told_by: Mapping[str, str]

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each classification, missing last."""
        return tuple((*item.labels, MISSING) for item in self.classifications)

    @property
    def cells(self) -> int:
        """The number of inner cells."""
        return len(self.codes[0])

    def _numbered(self, codes: Sequence["NDArray[np.int64]"], kept: Set) -> "NDArray[np.int64]":
        """Each cell as one number; zero for all of them when everything is summed over."""
        import numpy

        number = numpy.zeros(len(codes[0]), dtype=numpy.int64)
        for place in kept:
            number = number * len(self.labels[place]) + codes[place]
        return number

    def level(self, kept: Set) -> "Level":
        """The cells of a set, in public order, and in which of them each inner cell is."""
        import numpy

        numbers = self._numbered(self.codes, kept)
        cells, first, of_cell = numpy.unique(numbers, return_index=True, return_inverse=True)
        return Level(kept, cells, first, of_cell.astype(numpy.int64))

    def telling(self, kept: Set) -> Set:
        """Those of a set that tell the others: a neighbourhood tells its municipality, so nobody has to ask."""
        names = {self.classifications[place].name for place in kept}
        return tuple(
            place for place in kept if self.told_by.get(self.classifications[place].name) not in names
        )

    def places(self, telling: Set, rows: Sequence[Sequence[str]], level: "Level") -> "NDArray[np.int64]":
        """In which cell of a level groups with these labels fall, shape (rows,); -1 for what cannot be.

        ``rows`` has the labels of what tells the others.
        """
        import numpy

        asked = self.level(telling)
        codes = [numpy.zeros(len(rows), dtype=numpy.int64) for _ in self.classifications]
        for column, place in enumerate(telling):
            known = {label: code for code, label in enumerate(self.labels[place])}
            last = len(known) - 1
            codes[place] = numpy.array([known.get(row[column], last) for row in rows], dtype=numpy.int64)
        numbers = self._numbered(codes, telling)
        found = numpy.minimum(numpy.searchsorted(asked.cells, numbers), asked.size - 1)
        return numpy.where(asked.cells[found] == numbers, level.of_cell[asked.first[found]], -1)

    def lines(self, level: "Level") -> list[tuple[str, ...]]:
        """The labels of each cell of a level, "All" for what is summed over."""
        columns = [
            [self.labels[place][code] for code in self.codes[place][level.first].tolist()]
            if place in level.kept
            else [ALL] * level.size
            for place in range(len(self.classifications))
        ]
        return list(zip(*columns, strict=True))


@dataclass(frozen=True, eq=False)
class Level:
    """The cells of one set: ``first`` is an inner cell of each, ``of_cell`` the cell that each inner cell is in."""

    kept: Set
    cells: "NDArray[np.int64]"
    first: "NDArray[np.int64]"
    of_cell: "NDArray[np.int64]"

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.cells)

    @cached_property
    def is_inner(self) -> bool:
        """Whether its cells are the inner cells, in the same order."""
        import numpy

        return bool(numpy.array_equal(self.of_cell, numpy.arange(self.size)))

    def sums(self, inner: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Numbers of inner cells, added up per cell, shape (size,)."""
        import numpy

        if self.is_inner:
            return inner
        summed: NDArray[np.float64] = numpy.bincount(self.of_cell, weights=inner, minlength=self.size).astype(
            float
        )
        return summed


def key_set(
    classifications: tuple[Classification, ...], metadata: DatasetMetadata, most: int = MOST_CELLS
) -> KeySet:
    """Every combination of public labels that is possible, ``most`` of them at most.

    Raises:
        NoiseError: there are more than can be answered.
    """
    import numpy

    families = _families(classifications, metadata)
    combinations = [_combinations(family, classifications, metadata) for family in families]
    _check(math.prod(len(one) for one in combinations), most)
    codes: list[NDArray[np.int64]] = [numpy.zeros(0, dtype=numpy.int64) for _ in classifications]
    picked = numpy.indices([len(one) for one in combinations]).reshape(len(combinations), -1)
    for family, chosen, cells in zip(families, combinations, picked, strict=True):
        for column, place in enumerate(family):
            codes[place] = chosen[cells, column]
    told_by = {name: variable.name for name, (variable, _) in metadata.groupings.items()}
    keys = KeySet(classifications, tuple(codes), told_by)
    possible = _possible(keys, metadata)
    return KeySet(classifications, tuple(one[possible] for one in codes), told_by)


def _check(cells: int, most: int) -> None:
    if cells > most:
        message = Text(
            nl=f"Deze tabel heeft {cells} cellen; met ruis hebben ze allemaal een getal, en hoogstens {most} mag.",
            en=f"This table has {cells} cells; with noise all have a number, and at most {most} are allowed.",
        )
        remedy = Text(nl="Gebruik minder of grovere indelingen.", en="Use fewer or coarser classifications.")
        raise NoiseError(message, field="index", remedy=remedy)


def _families(classifications: tuple[Classification, ...], metadata: DatasetMetadata) -> list[list[int]]:
    """Classifications of one variable belong together: each of its codes is in one category of each grouping."""
    families: dict[str, list[int]] = {}
    for place, item in enumerate(classifications):
        grouped = metadata.groupings.get(item.name)
        families.setdefault(grouped[0].name if grouped else item.name, []).append(place)
    return list(families.values())


def _combinations(
    family: list[int], classifications: tuple[Classification, ...], metadata: DatasetMetadata
) -> "NDArray[np.int64]":
    """The places of labels that go together, shape (combinations, classifications of the family), in order."""
    import numpy

    items = [classifications[place] for place in family]
    known = [{label: code for code, label in enumerate((*item.labels, MISSING))} for item in items]
    if len(items) == 1:
        return numpy.arange(len(known[0]), dtype=numpy.int64)[:, None]
    variable = metadata.groupings[next(item.name for item in items if item.name in metadata.groupings)][0]
    meanings = [_meaning(item.name, metadata) for item in items]
    rows = [
        [codes[meaning.get(code, MISSING)] for codes, meaning in zip(known, meanings, strict=True)]
        for code in (*variable.codes, MISSING)
    ]
    return numpy.unique(numpy.array(rows, dtype=numpy.int64), axis=0)


def _meaning(name: str, metadata: DatasetMetadata) -> Mapping[str, str]:
    """What each code of the variable underneath is called in a classification."""
    if name in metadata.groupings:
        groups = metadata.groupings[name][1].groups
        return {code: group for group, one in groups.items() for code in one.codes}
    return {code: code for code in metadata.columns[name].codes}


def _possible(keys: KeySet, metadata: DatasetMetadata) -> "NDArray[np.bool_]":
    """Which cells are no declared structural zero."""
    import numpy

    names = [item.name for item in keys.classifications]
    possible = numpy.ones(keys.cells, dtype=bool)
    for zero in metadata.structural_zeros:
        if zero.keys() <= set(names):
            meant = numpy.ones(keys.cells, dtype=bool)
            for name, codes in zero.items():
                place = names.index(name)
                wanted = [code for code, label in enumerate(keys.labels[place]) if label in codes]
                meant &= numpy.isin(keys.codes[place], wanted)
            possible &= ~meant
    return possible

"""Sensitivity: how far numbers can move when one unit, with all its rows, comes or goes.

Only facts of the catalogue enter: how many rows no unit exceeds, between which bounds a variable lies, how many cells
there are. They are public and verified when data is registered; what the data happens to look like never enters.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from output_checker.metadata import DatasetMetadata, Variable
from output_checker.noise.errors import NoiseError
from output_checker.text import Text

FINEST = 10_000
"""Steps into which bounds are divided at least, when they are closer together than that."""


@dataclass(frozen=True)
class Sensitivity:
    """The largest change of a vector of whole numbers: sum of sizes, and sum of squares."""

    l1: int
    l2_squared: int


def rows_per_unit(metadata: DatasetMetadata, unit: str) -> int:
    """The number of rows that no unit exceeds.

    Raises:
        NoiseError: the catalogue does not know it.
    """
    known = metadata.units[unit]
    if known.one_row_per_unit:
        return 1
    if known.most_rows is None:
        label = known.label
        message = Text(
            nl=f"Van {label.nl} staat niet in de catalogus hoeveel rijen er hoogstens bij één horen.",
            en=f"The catalogue does not say how many rows one of the {label.en} has at most.",
        )
        remedy = Text(
            nl="De databeheerder kan dit als openbare grens vastleggen (most_rows).",
            en="The data steward can declare this as a public limit (most_rows).",
        )
        raise NoiseError(message, field="unit", remedy=remedy)
    return known.most_rows


def of_units(rows: int, cells: int) -> Sensitivity:
    """Distinct units per cell: one unit is in at most as many cells as it has rows, once in each."""
    touched = min(rows, cells)
    return Sensitivity(touched, touched)


def of_sum(rows: int, largest: int) -> Sensitivity:
    """Sums of values of at most ``largest`` in size: all rows of one unit may be in one cell."""
    return Sensitivity(rows * largest, (rows * largest) ** 2)


@dataclass(frozen=True)
class Grid:
    """Whole steps between public bounds: a value is ``origin + step * k``, with k from ``low`` to ``high``.

    Sums are taken of whole numbers of steps, so that noise can be whole too.
    """

    origin: Fraction
    step: Fraction
    low: int
    high: int

    @property
    def largest(self) -> int:
        """The largest size of a number of steps."""
        return max(abs(self.low), abs(self.high))


def grid_of(variable: Variable, *, centred: bool = False) -> Grid:
    """The grid of a numeric variable within its public bounds; ``centred`` on their middle, for means.

    Raises:
        NoiseError: it has no public bounds.
    """
    low, high = bounds_of(variable)
    step = _step(high - low)
    origin = (low + high) / 2 if centred else Fraction(0)
    return Grid(origin, step, math.floor((low - origin) / step), math.ceil((high - origin) / step))


def bounds_of(variable: Variable) -> tuple[Fraction, Fraction]:
    """The public bounds of a variable; a yes or no lies between 0 and 1.

    Raises:
        NoiseError: it has none, or only one value is possible.
    """
    bounds = (0, 1) if variable.type == "boolean" else variable.bounds
    if bounds is None or bounds[0] == bounds[1]:
        message = Text(
            nl=f"{variable.name} heeft geen openbare grenzen.", en=f"{variable.name} has no public bounds."
        )
        remedy = Text(
            nl="Zonder grenzen is niet te zeggen hoeveel één eenheid uitmaakt; de databeheerder legt ze vast.",
            en="Without bounds nobody can say how much one unit matters; the data steward declares them.",
        )
        raise NoiseError(message, field="values", remedy=remedy)
    return Fraction(str(bounds[0])), Fraction(str(bounds[1]))


def _step(span: Fraction) -> Fraction:
    """One, or the tenth, hundredth, ... that divides a small span finely enough."""
    step = Fraction(1)
    while span / step < FINEST:
        step /= 10
    return step

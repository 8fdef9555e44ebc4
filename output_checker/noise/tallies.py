"""Tallies: the whole numbers that are counted per cell, and how far one unit can move them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from output_checker.metadata import DatasetMetadata, Variable
from output_checker.noise.errors import NoiseError
from output_checker.noise.sensitivity import Grid, Sensitivity, grid_of, of_sum, of_units
from output_checker.text import Text

LARGEST_STEPS = 1 << 31
"""Most steps of one value: with fewer rows than that, sums fit in 64 bits."""


@dataclass(frozen=True)
class Tally:
    """Distinct units per cell (those with a value of ``variable`` when there is one), or with a ``grid`` the sum of
    the steps of its values."""

    variable: str | None = None
    grid: Grid | None = None

    @property
    def name(self) -> str:
        """What is tallied, as one name: "units", "units with income", "sum of income"."""
        if self.variable is None:
            return "units"
        return f"sum of {self.variable}" if self.grid else f"units with {self.variable}"

    def adds_up(self, rows: int) -> bool:
        """Whether the tallies of cells add up to those of their totals: units with many rows are in many cells."""
        return self.grid is not None or rows == 1

    def sensitivity(self, rows: int, cells: int) -> Sensitivity:
        """For the unit that is counted, of which none has more than ``rows``."""
        return of_units(rows, cells) if self.grid is None else of_sum(rows, self.grid.largest)

    def sensitivity_of_others(self, rows: int) -> Sensitivity:
        """For another kind of unit: each of its rows may be the only one of somebody who is counted."""
        return of_sum(rows, 1 if self.grid is None else self.grid.largest)


@dataclass(frozen=True)
class Wanted:
    """One statistic that is asked: its name, and the places of its tallies (numerator, and denominator of a mean)."""

    name: str
    words: Text
    tally: int
    over: int | None = None


@dataclass(frozen=True)
class Question:
    """One measure in pandas' words, as far as noise can answer it."""

    name: str
    aggfunc: str
    values: str | None
    words: Text


def tallies_of(
    questions: Sequence[Question], metadata: DatasetMetadata, rows: int
) -> tuple[tuple[Tally, ...], tuple[Wanted, ...]]:
    """What has to be tallied, each tally once, and what becomes of it.

    Raises:
        NoiseError: a statistic has no noisy version, or its variable no public bounds.
    """
    known: dict[Tally, int] = {}
    wanted = []
    for question in questions:
        needed = _needed(question, metadata, rows)
        places = [known.setdefault(tally, len(known)) for tally in needed]
        wanted.append(Wanted(question.name, question.words, *places))
    return tuple(known), tuple(wanted)


def _needed(question: Question, metadata: DatasetMetadata, rows: int) -> list[Tally]:
    if question.aggfunc == "count":
        return [Tally(question.values)]
    if question.aggfunc not in ("sum", "mean"):
        raise NoiseError(_OTHER, field="aggfunc", remedy=_CHOOSE)
    if question.aggfunc == "mean" and rows > 1:
        raise NoiseError(_MEAN_OF_MANY, field="aggfunc", remedy=_SUM_INSTEAD)
    name = str(question.values)
    grid = grid_of(_registered(name, metadata), centred=question.aggfunc == "mean")
    if grid.largest > LARGEST_STEPS:
        raise NoiseError(_TOO_WIDE, field="values")
    return [Tally(name, grid), Tally(name)] if question.aggfunc == "mean" else [Tally(name, grid)]


def _registered(name: str, metadata: DatasetMetadata) -> Variable:
    """A variable of the catalogue: what is derived from it has no bounds that anybody verified."""
    variable = metadata.columns.get(name)
    if variable is None or not (variable.numeric or variable.type == "boolean"):
        message = Text(
            nl=f"{name} is geen geregistreerde getalsvariabele.", en=f"{name} is no registered number."
        )
        raise NoiseError(message, field="values", remedy=_COUNT_INSTEAD)
    return variable


def in_units(steps: float, grid: Grid | None) -> float:
    """A number of steps in the unit of the variable; counts are what they are."""
    return steps if grid is None else float(Fraction(steps) * grid.step)


_OTHER = Text(nl="Deze statistiek bestaat niet met ruis.", en="There is no noisy version of this statistic.")
_CHOOSE = Text(nl="Kies uit: count, sum, mean.", en="Choose from: count, sum, mean.")
_MEAN_OF_MANY = Text(
    nl="Een gemiddelde met ruis kan alleen als elke eenheid één rij heeft.",
    en="A mean with noise is possible only where each unit has one row.",
)
_SUM_INSTEAD = Text(nl="Vraag de som en het aantal.", en="Ask for the sum and the count.")
_COUNT_INSTEAD = Text(
    nl="Alleen van geregistreerde getallen zijn de grenzen openbaar; tellen kan altijd.",
    en="Only registered numbers have public bounds; counting is always possible.",
)
_TOO_WIDE = Text(
    nl="De openbare grenzen liggen te ver uit elkaar.", en="The public bounds are too far apart."
)

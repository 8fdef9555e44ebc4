"""What a query says about numbers that it does not want to publish as they are: cells to hide, and rounding."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.numbers import SIGNIFICANT, is_round
from output_checker.query import Name, Query
from output_checker.text import Language, Text
from output_checker.verdict import Table

MAX_HIDDEN = 10_000

FAILING: Literal["failing"] = "failing"

Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
HiddenCells = Annotated[dict[Name, Code], Field(min_length=1)]
"""Cells by their labels: all that have these codes; "All" names a total."""


class ProtectedQuery(Query):
    """A query whose cells may be hidden or rounded.

    ``hide`` lists cells by label; the word "failing" in it stands for the cells that fail a rule. ``rounding`` is the
    base: every published number becomes the nearest multiple of it, halves upwards.
    """

    hide: Annotated[tuple[Literal["failing"] | HiddenCells, ...], Field(max_length=MAX_HIDDEN)] = ()
    rounding: Annotated[int | float, Field(gt=0, allow_inf_nan=False)] | None = None

    @field_validator("hide", mode="before")
    @classmethod
    def _one_cell_is_a_list(cls, given: object) -> object:
        return [given] if isinstance(given, str | dict) else given

    @field_validator("rounding")
    @classmethod
    def _round_base(cls, given: float | None) -> float | None:
        """A base with many digits is written in every number that leaves."""
        if given is not None and not is_round(given):
            message = Text(
                nl=f"Een basis om op af te ronden heeft hoogstens {SIGNIFICANT} cijfers.",
                en=f"A base to round to has at most {SIGNIFICANT} digits.",
            )
            raise QueryError(message, field="rounding")
        return given

    @model_validator(mode="after")
    def _hides_what_it_classifies(self) -> "ProtectedQuery":
        for place, cells in enumerate(self.hide):
            unknown = sorted(set(cells) - set(self.classifications)) if isinstance(cells, dict) else []
            if unknown:
                message = Text(
                    nl=f"{unknown[0]} is geen indeling van deze tabel.",
                    en=f"{unknown[0]} is no classification of this table.",
                )
                raise QueryError(message, field=f"hide[{place}]", remedy=_choose(self.classifications))
        return self

    @property
    @abstractmethod
    def classifications(self) -> tuple[str, ...]:
        """The names by which cells are found."""

    @property
    @abstractmethod
    def relative(self) -> bool:
        """Whether numbers are shares, index numbers or ratios: rounded, they do not say how far the sums are."""

    def circumstances(self, language: Language) -> list[str]:
        """Also what is hidden or rounded."""
        return [*super().circumstances(language), *self._protections(language)]

    def _protections(self, language: Language) -> Iterator[str]:
        if self.hide:
            yield Text(nl="met verborgen cellen", en="with hidden cells").in_language(language)
        if self.rounding:
            yield Text(
                nl=f"afgerond op veelvouden van {self.rounding:g}",
                en=f"rounded to multiples of {self.rounding:g}",
            ).in_language(language)


def hidden_cells(query: Query, table: Table, failing: set[int]) -> set[int]:
    """The places in ``Table.cells`` of everything that a query hides; ``failing`` are the cells that fail a rule.

    Cells that hold nobody are never hidden: everybody would know what they hold.

    Raises:
        QueryError: there is no such cell in this table.
    """
    hidden: set[int] = set()
    for place, cells in enumerate(query.hide if isinstance(query, ProtectedQuery) else ()):
        found = set(failing) if cells == FAILING else _labelled(table, cells)
        if not found and cells != FAILING:
            message = Text(nl="Deze cel is niet in de tabel.", en="This cell is not in the table.")
            raise QueryError(message, field=f"hide[{place}]")
        hidden |= found
    return {place for place in hidden if table.cells[place].status != "empty"}


def rounded(value: int | float | None, query: Query) -> int | float | None:
    """A number as a query publishes it."""
    base = query.rounding if isinstance(query, ProtectedQuery) else None
    if base is None or value is None:
        return value
    from fractions import Fraction

    exact = Fraction(str(base))
    multiple = (Fraction(value) / exact + Fraction(1, 2)).__floor__() * exact
    return int(multiple) if multiple.denominator == 1 else float(multiple)


def _labelled(table: Table, cells: object) -> set[int]:
    wanted = cells.items() if isinstance(cells, dict) else ()
    names = (*table.row_names, *table.column_names)
    found = set()
    for place, cell in enumerate(table.cells):
        labels = zip(names, (*table.rows[cell.row], *table.columns[cell.column]), strict=True)
        if set(wanted) <= set(labels):
            found.add(place)
    return found


def _choose(names: tuple[str, ...]) -> Text:
    return Text(nl=f"Kies uit {', '.join(names)}.", en=f"Choose from {', '.join(names)}.")

"""Results as a table: one row per term or statistic, one column per kind of number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from output_checker.numbers import stable
from output_checker.text import Text
from output_checker.verdict import Cell, Table


@dataclass(frozen=True)
class Line:
    """One row: its codes, the public words of each, its numbers by column, and the distinct units behind them."""

    codes: tuple[str, ...]
    words: tuple[Text, ...]
    values: Mapping[str, float | int | None]
    units: int


def table_of(lines: Sequence[Line], columns: Mapping[str, Text], headings: Mapping[str, Text]) -> Table:
    """The table of these lines; ``headings`` are the public names of the codes, ``columns`` the words for numbers."""
    names = tuple(headings)
    cells = tuple(
        _cell(row, column, line.values.get(name), line.units)
        for row, line in enumerate(lines)
        for column, name in enumerate(columns)
    )
    labels = {
        name: {line.codes[place]: line.words[place] for line in lines} for place, name in enumerate(names)
    }
    return Table(
        row_names=names,
        column_names=(STATISTIC,),
        rows=tuple(line.codes for line in lines),
        columns=tuple((name,) for name in columns),
        cells=cells,
        headings={**headings, STATISTIC: Text(nl="Getal", en="Statistic")},
        labels={**labels, STATISTIC: dict(columns)},
    )


STATISTIC = "statistic"


def _cell(row: int, column: int, value: float | int | None, units: int) -> Cell:
    if value is None or not math.isfinite(value):
        return Cell(row=row, column=column, value=None, units=0, status="empty")
    number = value if isinstance(value, int) else stable(value)
    return Cell(row=row, column=column, value=number, units=units, status="pass")


def filled(table: Table) -> tuple[int, ...]:
    """The positions of the cells that hold a number."""
    return tuple(place for place, cell in enumerate(table.cells) if cell.value is not None)

"""Pairs of numbers: what correlations, and whatever follows from them, tell about units."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from output_checker.errors import QueryError
from output_checker.inference import CorrelationEvidence, Group
from output_checker.kinds.model.design import most_common
from output_checker.kinds.model.diagnostics import basis_of, together
from output_checker.kinds.model.inputs import Inputs
from output_checker.kinds.model.observations import Numbers, Observations
from output_checker.statbarns import Statbarn
from output_checker.text import Text

Cells = dict[tuple[str, str], tuple[int, ...]]
"""The cells of the table that tell about each pair of variables."""


def check_variation(inputs: Inputs, seen: Observations) -> None:
    """Raise QueryError when a variable is the same for everybody: it goes together with nothing."""
    for item in inputs.variables:
        if item.labels is None and np.ptp(seen.numbers[item.key]) == 0:
            message = Text(
                nl=f"{item.key} is voor iedereen hetzelfde.", en=f"{item.key} is the same for everybody."
            )
            raise QueryError(message, field="values", remedy=Text(nl="Laat haar weg.", en="Leave it out."))


def has_composed(inputs: Inputs, seen: Observations) -> bool:
    """Whether a number is composed that is more than yes or no."""
    made = (seen.numbers[item.key] for item in inputs.variables if item.composed)
    return any(not np.isin(values, (0, 1)).all() for values in made)


def correlations(
    numbers: dict[str, Numbers],
    inputs: Inputs,
    seen: Observations,
    cells: Cells,
    words: tuple[Text, tuple[Text, ...]],
    shown: tuple[int, ...],
    parameters: int,
) -> CorrelationEvidence:
    """The evidence behind correlations of ``numbers``; ``words`` are the unit and the others, ``shown`` all cells."""
    unit, others = words
    units, behind = seen.counts(seen.everybody)
    matrix = np.atleast_2d(np.corrcoef(np.vstack(list(numbers.values()))))
    names = list(numbers)
    return CorrelationEvidence(
        unit=unit,
        other_units=others,
        family=Statbarn.CORRELATION_COEFFICIENTS,
        cells=shown,
        units=units,
        degrees_of_freedom=min(seen.size, units) - parameters,
        groups=(Group(unit, units, behind, shown), *_groups(inputs, seen, cells)),
        together=_together(numbers, seen),
        coefficients=tuple(
            (float(matrix[names.index(one), names.index(other)]), where)
            for (one, other), where in cells.items()
        ),
        published=tuple(_solved(inputs, seen, cells)),
        composed=has_composed(inputs, seen),
    )


def _together(numbers: dict[str, Numbers], seen: Observations) -> tuple[float, ...]:
    """The worst of all variables: one far value decides about every correlation of its variable."""
    found = [
        together(basis_of(np.column_stack([np.ones(seen.size), values - values.mean()])), seen.units)
        for values in numbers.values()
    ]
    return tuple(float(share) for share in np.max(np.array(found), axis=0))


def _groups(inputs: Inputs, seen: Observations, cells: Cells) -> Iterator[Group]:
    """Those unlike most in a variable; of two binary variables, the cells of the table that they are."""
    for name in dict.fromkeys(name for pair in cells for name in pair):
        values = seen.numbers[name]
        about = tuple(sorted({cell for pair, where in cells.items() if name in pair for cell in where}))
        heading = inputs[name].heading
        unlike = Text(nl=f"{heading.nl}, anders dan de meesten", en=f"{heading.en}, unlike most")
        yield Group(unlike, *seen.counts(values != most_common(values)), about)
    binary = _binary(seen)
    for (one, other), where in cells.items():
        if {one, other} <= binary:
            yield from _table(one, other, inputs, seen, where)


def _solved(inputs: Inputs, seen: Observations, cells: Cells) -> Iterator[Group]:
    """Of yes and no beside few values: a correlation tells their sum among those who say yes, and so among the others."""
    binary = _binary(seen)
    for pair, where in cells.items():
        for one, other in (pair, pair[::-1]):
            if one not in binary:
                continue
            yes = seen.numbers[one] == seen.numbers[one].max()
            counts = (seen.fewest_solved(seen.numbers[other][rows], rows, 1) for rows in (yes, ~yes))
            told = [fewest for fewest in counts if fewest is not None]
            heading = inputs[other].heading
            name = Text(nl=f"{heading.nl}: één van enkele waarden", en=f"{heading.en}: one of a few values")
            yield from (Group(name, fewest, (), where) for fewest in told)


def _binary(seen: Observations) -> set[str]:
    """The numbers that are one of two things."""
    return {name for name, values in seen.numbers.items() if len(np.unique(values)) == 2}


def _table(
    one: str, other: str, inputs: Inputs, seen: Observations, cells: tuple[int, ...]
) -> Iterator[Group]:
    first, second = inputs[one].heading, inputs[other].heading
    name = Text(nl=f"{first.nl} × {second.nl}", en=f"{first.en} × {second.en}")
    for low in (True, False):
        for left in (True, False):
            rows = (seen.numbers[one] == seen.numbers[one].min()) == low
            rows &= (seen.numbers[other] == seen.numbers[other].min()) == left
            yield Group(name, *seen.counts(rows), cells)


def all_pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each pair of names once."""
    return list(combinations(names, 2))

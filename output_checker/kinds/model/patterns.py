"""Patterns: rows of a design that are alike, and how many there are of each where the numbers of a model tell it.

Standard errors are those of the inverse of X'X: of a column of the values 0, 1 and 2 two of them say how many have each
value. So do those of two classifications of how many are in both. Where there are more different rows than numbers (and
frequencies that anybody may publish), too much is left open: a model of somebody's age tells nothing of one year.
"""

from collections.abc import Collection, Iterator

import numpy as np

from output_checker.inference import Group
from output_checker.kinds.model.diagnostics import alike
from output_checker.kinds.model.observations import Numbers, Observations
from output_checker.text import Text

PUBLISHABLE = 10
"""Units of each value from which on the frequencies of a variable count as known."""

MOST_PATTERNS = 500
"""Different rows of which the numbers are still equations that somebody could solve."""


def solved_patterns(
    matrix: Numbers, terms: Collection[str], seen: Observations, cells: tuple[int, ...]
) -> Iterator[Group]:
    """The units of each different row, where there are as many numbers as there are different rows.

    ``terms`` are the variables that the columns are made of.
    """
    patterns, number = alike(matrix)
    if number <= MOST_PATTERNS and number - 1 <= matrix.shape[1] + sum(_known(terms, seen)):
        for place in range(number):
            yield Group(_ALIKE, seen.units.count(patterns == place), (), cells)


_ALIKE = Text(
    nl="zij die in alle termen hetzelfde zijn (dat volgt uit de standaardfouten)",
    en="those who are the same in every term (that follows from the standard errors)",
)


def solved_terms(terms: Collection[str], seen: Observations, cells: tuple[int, ...]) -> Iterator[Group]:
    """The units with one of few values of a number: its spread is nearly told where other terms explain little of it."""
    for term in terms:
        if term in seen.numbers:
            fewest = seen.fewest_solved(seen.numbers[term], seen.everybody, 2)
            if fewest is not None:
                yield Group(
                    Text(nl=f"{term}: één van enkele waarden", en=f"{term}: one of a few values"),
                    fewest,
                    (),
                    cells,
                )


def solved_outcomes(
    outcome: Numbers, matrix: Numbers, seen: Observations, cells: tuple[int, ...]
) -> Iterator[Group]:
    """The units with one of few values of the outcome, where the model is nothing but its mean and spread."""
    if matrix.shape[1] == 1 and not np.ptp(matrix[:, 0]):
        fewest = seen.fewest_solved(outcome, seen.everybody, 2)
        if fewest is not None:
            yield Group(_OUTCOME, fewest, (), cells)


def solved_counts(outcome: Numbers, seen: Observations, cells: tuple[int, ...]) -> Iterator[Group]:
    """The units with one of the counts up to 3: the likelihood holds the sum of the logarithms of their factorials."""
    found = np.unique(outcome)
    if len(found) > 2 and found[-1] <= _LARGEST_COUNT:
        for value in found:
            yield Group(_OUTCOME, seen.units.count(outcome == value), (), cells)


_LARGEST_COUNT = 3
_OUTCOME = Text(nl="uitkomst: één van enkele waarden", en="outcome: one of a few values")


def _known(terms: Collection[str], seen: Observations) -> Iterator[int]:
    """For each variable of which the frequencies may be published, how many numbers those are."""
    for term in terms:
        kind = seen.categories.get(term)
        values = seen.numbers[term] if kind is None else kind.codes
        sizes = np.unique(values, return_counts=True)[1]
        if sizes.min() >= PUBLISHABLE:
            yield len(sizes) - 1

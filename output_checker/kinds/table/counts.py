"""What the engine counted and summed for one cell or total."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

Key = tuple[str, ...]
"""The label of each classification of a cell, ``ALL`` where it is summed over."""


@dataclass(frozen=True, slots=True)
class Sums:
    """One quantity in one cell; the words are those of ``CellEvidence``.

    ``unit_limit`` is the sum of the sizes that a unit of few rows could have at most, unknown where units were summed;
    ``values`` is the sum of the values before weighting, ``nonzero`` counts contributions that are not zero, and
    ``either`` the units with the higher and those with the lower of two single values. ``unusual`` are the units with
    another value than the most common one, or than both ends, where they may be few; ``solved`` those
    with the value of which readers know best how many have it.
    """

    contributing: int
    total: float | None
    absolute: float
    unit_limit: float | None
    top: tuple[float, ...]
    lowest: float | None
    highest: float | None
    minimum: float | None
    maximum: float | None
    deviance: float | None
    values: float | None
    weight: float | None
    valued: int
    nonzero: int
    either: tuple[int, int] | None = None
    unusual: int | None = None
    solved: int | None = None

    @property
    def is_varied(self) -> bool:
        """Whether there are more than two different values."""
        return self.ones is None and self.lowest != self.highest

    @property
    def ones(self) -> int | None:
        """The units with the higher of two values; None when they have one value, or more than two.

        Of units with rows of both kinds, those that have either are counted, whichever are fewer. Otherwise: the
        deviance of values between two limits, of a given mean, is largest when all are at the limits (Bhatia and Davis
        2000), so only then are there two values.
        """
        if self.either is not None:
            highs, lows = self.either
            return highs if highs <= lows else self.contributing - lows
        if self.lowest is None or self.highest is None or self.lowest == self.highest:
            return None
        span = self.highest - self.lowest
        share = ((self.values or 0.0) / self.contributing - self.lowest) / span
        most = self.contributing * share * (1 - share)
        return (
            round(share * self.contributing)
            if (self.deviance or 0.0) / span**2 >= most * (1 - 1e-9)
            else None
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows and units in one cell, and its quantities. ``exact`` says whether units were counted or bounded from below."""

    rows: int
    units: int
    sums: tuple[Sums, ...]
    exact: bool = True

    def with_sums(self, place: int, **told: Any) -> "Counts":
        """The same with more told of one quantity."""
        known = replace(self.sums[place], **told)
        return replace(self, sums=(*self.sums[:place], known, *self.sums[place + 1 :]))


def sums_of(values: Sequence[Any]) -> Sums:
    """One quantity from the columns that both passes answer."""
    contributing, total, absolute, limit, top, low, high, deviance, plain, weight, valued, nonzero, either = (
        values
    )
    lowest, minimum = low if isinstance(low, list) else (low, low)
    highest, maximum = high if isinstance(high, list) else (high, high)
    return Sums(
        contributing=contributing or 0,
        total=total,
        absolute=absolute or 0.0,
        unit_limit=limit,
        top=tuple(top or ()),
        lowest=lowest,
        highest=highest,
        minimum=minimum,
        maximum=maximum,
        deviance=deviance,
        values=plain,
        weight=weight,
        valued=int(valued or 0),
        nonzero=int(nonzero or 0),
        either=tuple(either) if either else None,
    )

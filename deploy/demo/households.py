"""Joins the single persons of the census file into plausible households of one to six.

The survey's own households are not in the public file, only each person's place in one ("Householder", "Spouse of
householder", ...). Persons are put together by those places, survey year and age, so that couples are of like age and
parents older than their children. The households are inventions; the persons are not changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]
MOST_PERSONS = 6
# Children living in, per head of a family of working age: enough homes for all children of the file.
CHILDREN_OF_COUPLE = (0.30, 0.20, 0.30, 0.14, 0.06)
CHILDREN_OF_SINGLE = (0.12, 0.42, 0.28, 0.13, 0.05)
YEARS_BETWEEN_GENERATIONS = 28
AGE_NOISE = 4.0


def compose(census: pd.DataFrame, random: np.random.Generator) -> Integers:
    """Return for each row of `census` the number of its household (0, 1, ...); 1 to 6 rows share a number."""
    household = np.full(len(census), -1, dtype=np.int64)
    for year in sorted(census["year"].unique()):
        _Year(census, np.flatnonzero(census["year"] == year), random).fill(household)
    alone = household < 0
    household[alone] = household.max() + 1 + np.arange(alone.sum())
    return household


class _Year:
    """Composes the households of one survey year."""

    def __init__(self, census: pd.DataFrame, rows: Integers, random: np.random.Generator) -> None:
        self.random = random
        self.rows = rows
        self.age = census["age"].to_numpy()
        self.place = census["household_summary"].astype(str).to_numpy()
        self.family = census["household_family_status"].astype(str).to_numpy() == "Householder"
        marital = census["marital_status"].astype(str)
        self.couple = marital.isin(
            ["Married-civilian spouse present", "Married-A F spouse present"]
        ).to_numpy()
        self.heads = self._placed("Householder")
        self.size = np.ones(len(self.heads), dtype=np.int64)

    def fill(self, household: Integers) -> None:
        """Write household numbers for the persons of this year that belong with a householder."""
        numbers = household.max() + 1 + np.arange(len(self.heads))
        household[self.heads] = numbers
        children = self._placed(
            "Child 18 or older", "Child under 18 never married", "Child under 18 ever married"
        )
        for persons, homes in (
            self._spouses(),
            self._matched_by_age(children, self._homes_of_children(len(children))),
            self._anywhere(self._placed("Other relative of householder"), self.family[self.heads]),
            self._anywhere(self._placed("Nonrelative of householder"), ~self.family[self.heads]),
        ):
            household[persons] = numbers[homes]

    def _placed(self, *places: str) -> Integers:
        return self.rows[np.isin(self.place[self.rows], places)]

    def _noisy(self, ages: Integers) -> Integers:
        return np.argsort(ages + self.random.normal(0, AGE_NOISE, len(ages)), kind="stable")

    def _spouses(self) -> tuple[Integers, Integers]:
        homes = np.flatnonzero(self.couple[self.heads] & self.family[self.heads])
        return self._matched_by_age(self._placed("Spouse of householder"), homes)

    def _matched_by_age(self, persons: Integers, homes: Integers) -> tuple[Integers, Integers]:
        """Pair persons with homes, the oldest with the home of the oldest head; who is left over stays alone."""
        persons = persons[self._noisy(self.age[persons])]
        homes = homes[self._noisy(self.age[self.heads[homes]])]
        both = min(len(persons), len(homes))
        persons, homes = persons[len(persons) - both :], homes[len(homes) - both :]
        np.add.at(self.size, homes, 1)
        return persons, homes

    def _homes_of_children(self, children: int) -> Integers:
        """Return a home per child: parents of a fitting age, at most four children each."""
        family = self.family[self.heads]
        # A head past this age had children who have left.
        fitting = family & (self.age[self.heads] < YEARS_BETWEEN_GENERATIONS + 40)
        couple = self.couple[self.heads]
        wanted = np.where(
            couple,
            self.random.choice(5, len(self.heads), p=CHILDREN_OF_COUPLE),
            self.random.choice(5, len(self.heads), p=CHILDREN_OF_SINGLE),
        )
        homes = np.repeat(np.arange(len(self.heads)), np.where(fitting, wanted, 0))
        self.random.shuffle(homes)
        return homes[:children]

    def _anywhere(self, persons: Integers, allowed: npt.NDArray[np.bool_]) -> tuple[Integers, Integers]:
        """Place each person in an allowed home of its own that has room."""
        homes = np.flatnonzero(allowed & (self.size < MOST_PERSONS))
        homes = self.random.choice(homes, min(len(persons), len(homes)), replace=False)
        self.size[homes] += 1
        return persons[: len(homes)], homes

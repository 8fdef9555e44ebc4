"""Observations: the complete cases of an inference, as arrays out of the engine."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine
from output_checker.errors import DatasetError, QueryError
from output_checker.kinds.model.inputs import Input, Inputs
from output_checker.labels import label_of, ordered
from output_checker.solving import MOST_VALUES, fewest_solved
from output_checker.text import Text

Numbers = NDArray[np.float64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Categories:
    """One classification of the observations: the place of each in ``levels``, the labels that occur, in order."""

    codes: Codes
    levels: tuple[str, ...]
    words: tuple[Text, ...]


@dataclass(frozen=True)
class Keys:
    """Which unit each observation is of: a place among them, -1 when it has no key."""

    codes: Codes
    number: int

    def count(self, rows: Mask) -> int:
        """The distinct units among some rows; those without a key do not count."""
        return len(np.flatnonzero(np.bincount(self.codes[rows] + 1, minlength=self.number + 1)[1:]))

    def totals(self, values: Numbers) -> Numbers:
        """The sum of values over the rows of each unit that has any; rows without a key are left out."""
        rows = np.bincount(self.codes + 1, minlength=self.number + 1)[1:]
        return self.sums(values)[rows > 0]

    def sums(self, values: Numbers) -> Numbers:
        """The sum of values over the rows of each unit."""
        summed: Numbers = np.bincount(self.codes + 1, weights=values, minlength=self.number + 1)[1:].astype(
            float
        )
        return summed


@dataclass(frozen=True)
class Observations:
    """The rows that take part. ``left_out`` counts the units of whom no row is complete."""

    numbers: dict[str, Numbers]
    categories: dict[str, Categories]
    units: Keys
    others: tuple[Keys, ...]
    left_out: int

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.units.codes)

    @property
    def everybody(self) -> Mask:
        """All rows."""
        return np.ones(self.size, dtype=bool)

    def counts(self, rows: Mask) -> tuple[int, tuple[int, ...]]:
        """The distinct units among some rows: of the kind that counts, and of the other kinds."""
        return self.units.count(rows), tuple(other.count(rows) for other in self.others)

    def fewest_solved(self, values: Numbers, rows: Mask, moments: int) -> int | None:
        """Of these rows' values, where they are few: the units of the one that is told (see ``solving``)."""
        distinct = np.unique(values[: 10 * MOST_VALUES])
        if len(distinct) > MOST_VALUES or len(distinct := np.unique(values)) > MOST_VALUES:
            return None
        units = [self.units.count(_within(rows, values == value)) for value in distinct]
        return fewest_solved(distinct.tolist(), units, moments)


def _within(rows: Mask, chosen: Mask) -> Mask:
    """The rows of which some are chosen."""
    found = np.zeros(len(rows), dtype=bool)
    found[np.flatnonzero(rows)[chosen]] = True
    return found


def observe(inputs: Inputs, dataset: Dataset, engine: Engine) -> Observations:
    """The complete cases.

    Raises:
        QueryError: nobody satisfies the conditions with a value for every variable.
        DatasetError: the microdata holds a value that its metadata does not know.
        EvidenceError: it could not be fetched within the limits.
    """
    frame = engine.frame(_sql(inputs, dataset))
    columns = [frame[f"v{place}"] for place in range(len(inputs.variables))]
    complete = _complete(columns, len(frame))
    if not complete.any():
        message = Text(
            nl="Niemand voldoet aan deze voorwaarden met een waarde voor elke variabele.",
            en="Nobody satisfies these conditions with a value for every variable.",
        )
        raise QueryError(message, field="where", remedy=Text(nl="Verruim de voorwaarden.", en="Widen them."))
    keys = [_keys(frame[f"u{place}"][complete]) for place in range(len(dataset.metadata.units))]
    all_units = _keys(frame["u0"]).number
    chosen = list(zip(inputs.variables, (column[complete] for column in columns), strict=True))
    return Observations(
        numbers={item.key: np.asarray(v, dtype=float) for item, v in chosen if item.labels is None},
        categories={item.key: _categories(item, v) for item, v in chosen if item.labels is not None},
        units=keys[0],
        others=tuple(keys[1:]),
        left_out=all_units - keys[0].number,
    )


def _sql(inputs: Inputs, dataset: Dataset) -> str:
    """Variables v0, v1, ... and unit keys u0, u1, ...: first the unit that counts."""
    units = dataset.metadata.units
    keys = [units[inputs.unit].key, *(unit.key for name, unit in units.items() if name != inputs.unit)]
    wanted = [f"{_fetched(item)} AS v{place}" for place, item in enumerate(inputs.variables)]
    wanted += [f'"{key}" AS u{place}' for place, key in enumerate(keys)]
    conditions = " AND ".join(f"({condition})" for condition in inputs.conditions) or "TRUE"
    return f"SELECT {', '.join(wanted)} FROM {SOURCE} WHERE {conditions}"  # noqa: S608 - rendered from checked expressions


def _fetched(item: Input) -> str:
    if item.labels is not None:
        return item.sql
    return f"CASE WHEN {item.present} THEN CAST({item.sql} AS DOUBLE) END"


def _complete(columns: list[Any], rows: int) -> Mask:
    complete = np.ones(rows, dtype=bool)
    for column in columns:
        complete &= column.notna().to_numpy()
    return complete


def _keys(column: Any) -> Keys:
    codes, found = pd.factorize(column)
    return Keys(np.asarray(codes, dtype=np.intp), len(found))


def _categories(item: Input, column: Any) -> Categories:
    codes, found = pd.factorize(column)
    labels = [label_of(_plain(value)) for value in found]
    if not item.labels:
        return Categories(np.asarray(codes, dtype=np.intp), tuple(labels), ())
    order = ordered(item.labels, labels)
    if len(order) < len(set(labels)):
        message = Text(
            nl=f"{item.key} heeft in de microdata een waarde buiten de openbare lijst.",
            en=f"{item.key} has a value in the microdata outside its public list.",
        )
        remedy = Text(nl="Meld dit aan de databeheerder.", en="Tell the data steward.")
        raise DatasetError(message, field=item.key, remedy=remedy)
    ranks = np.array([order.index(label) for label in labels], dtype=np.intp)
    return Categories(ranks[codes], tuple(order), tuple(item.labels[label] for label in order))


def _plain(value: Any) -> object:
    """NumPy's scalars as Python's own."""
    return value.item() if isinstance(value, np.generic) else value

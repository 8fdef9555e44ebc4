"""How the values of an own variable lie over the registered units, for the people who judge what uses it."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from output_checker.dataset import OwnColumn
from output_checker.engine import SOURCE, Engine
from output_checker.labels import YES_NO
from output_checker.own.variable import OwnVariable
from output_checker.text import Text
from output_checker.verdict import OwnBin, OwnSummary

MOST_VALUES = 20
"""Numbers with more different values than this are shown in as many ranges of equal width."""


def summarise(name: str, told: OwnVariable, column: OwnColumn, unit: Text, engine: Engine) -> OwnSummary:
    """What people have to know of an own variable; counts are of distinct units of the view, each counted once.

    Raises:
        EvidenceError: the values could not be read.
    """
    values = _values(name, column)
    numeric = told.type in ("integer", "number") and not told.codes
    ((units, valued, different),) = engine.rows(
        f"SELECT count(*), count(value), count(DISTINCT value) FROM {values}"  # noqa: S608
    )
    return OwnSummary(
        name=name,
        label=told.label,
        type=told.type,
        unit=unit,
        sha256=told.sha256,
        code=told.code,
        code_sha256=hashlib.sha256(told.code.encode()).hexdigest(),
        units=valued,
        missing=units - valued,
        different=different,
        quartiles=_quartiles(values, engine) if numeric and valued else (),
        bins=_ranges(values, engine) if numeric and different > MOST_VALUES else _each(values, told, engine),
    )


def _values(name: str, column: OwnColumn) -> str:
    """Each unit of the view once, with its value."""
    key = f'"{column.key}"'
    return (
        f'(SELECT {key} AS unit, any_value("{name}") AS value FROM {SOURCE} '  # noqa: S608
        f"WHERE {key} IS NOT NULL GROUP BY {key})"
    )


def _quartiles(values: str, engine: Engine) -> tuple[float, ...]:
    """Minimum, quartiles and maximum."""
    ((found,),) = engine.rows(
        f"SELECT quantile_cont(CAST(value AS DOUBLE), [0, 0.25, 0.5, 0.75, 1]) FROM {values}"  # noqa: S608
    )
    return tuple(found)


def _each(values: str, told: OwnVariable, engine: Engine) -> tuple[OwnBin, ...]:
    found = engine.rows(
        f"SELECT CAST(value AS VARCHAR), count(*) FROM {values} WHERE value IS NOT NULL "  # noqa: S608
        "GROUP BY value ORDER BY value"
    )
    return tuple(
        OwnBin(value=value, label=told.codes.get(value) or YES_NO.get(value, Text.same(value)), units=units)
        for value, units in found
    )


def _ranges(values: str, engine: Engine) -> tuple[OwnBin, ...]:
    """Ranges of equal width from the smallest to the largest value, empty ones too; the last holds its upper end."""
    ((low, high),) = engine.rows(
        f"SELECT min(CAST(value AS DOUBLE)), max(CAST(value AS DOUBLE)) FROM {values}"  # noqa: S608
    )
    # Halved first: the distance between the two largest numbers there are is beyond all numbers.
    width = high / MOST_VALUES - low / MOST_VALUES
    place = f"least(floor((CAST(value AS DOUBLE) / {width!r}) - ({low / width!r})), {MOST_VALUES - 1})"
    found = dict(
        engine.rows(
            f"SELECT CAST(greatest({place}, 0) AS INTEGER), count(*) FROM {values} "  # noqa: S608
            "WHERE value IS NOT NULL GROUP BY 1"
        )
    )
    edges = [low + width * number for number in range(MOST_VALUES)] + [high]
    return tuple(
        _range(lower, upper, found.get(number, 0)) for number, (lower, upper) in enumerate(pairwise(edges))
    )


def _range(lower: float, upper: float, units: int) -> OwnBin:
    words = f"{lower:.6g} – {upper:.6g}"
    return OwnBin(value=words, label=Text(nl=words.replace(".", ","), en=words), units=units)

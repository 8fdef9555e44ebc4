"""Noisy questions of the town: with nearly no noise, what comes out is the truth."""

from typing import Any

from output_checker.noise.answer import answer
from output_checker.noise.documents import NoisyAnswer, NoisyColumn
from output_checker.query import Query
from tests.output_checker.town import Town, metadata_document

PRECISE = {"epsilon": 10}


def declared(**changes: Any) -> dict[str, Any]:
    """The metadata of the town, where a household has at most six rows."""
    document = metadata_document(**changes)
    document["units"]["household"]["most_rows"] = 6
    return document


def ask(town: Town, **query: Any) -> NoisyAnswer:
    return answer(Query.parse({"dataset": "town", "noise": PRECISE, **query}), town.dataset)


def column(found: NoisyAnswer, name: str | None = None) -> NoisyColumn:
    return next(one for one in found.table.columns if name in (None, one.name))


def shown(found: NoisyAnswer, name: str | None = None) -> dict[tuple[str, ...], int | float]:
    return dict(zip(found.table.lines, column(found, name).values, strict=True))


def covers(found: NoisyAnswer, truth: dict[tuple[str, ...], float], name: str | None = None) -> float:
    """The share of cells whose interval holds the truth."""
    one = column(found, name)
    limits = dict(zip(found.table.lines, zip(one.lower, one.upper, strict=True), strict=True))
    return sum(limits[line][0] <= value <= limits[line][1] for line, value in truth.items()) / len(truth)

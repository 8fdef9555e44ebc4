"""A town of 1,200 persons whose ordinary statistics are safe; attacks and false alarms bend it to their purpose."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from output_checker.judge import judge_together
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.verdict import Verdict
from tests.output_checker.town import Town, metadata_document, words

SIZE = 1_200
AREAS = "abcd"
SEED = 1899

Columns = dict[str, list[Any]]
Bend = Callable[[Columns], object]


@cache
def _usual() -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Households of two who live together; everything else is independent of where."""
    chance = random.Random(SEED)
    people = range(SIZE)
    columns: dict[str, Sequence[Any]] = {
        "person": people,
        "household": [person // 2 for person in people],
        "area": [AREAS[person // 2 % 4] for person in people],
        "sex": [chance.choice("fm") for _ in people],
        "age": [chance.randrange(20, 80) for _ in people],
        "income": [round(chance.lognormvariate(10, 0.4), 2) for _ in people],
        "hours": [chance.randrange(1, 41) for _ in people],
        "employed": [chance.random() < 0.5 for _ in people],
        "sector": [chance.choice((1, 2)) for _ in people],
        "weight": [round(chance.uniform(0.5, 2), 3) for _ in people],
    }
    return tuple((name, tuple(values)) for name, values in columns.items())


def columns(bend: Bend | None = None) -> Columns:
    """The microdata, changed by ``bend`` in place."""
    found = {name: list(values) for name, values in _usual()}
    if bend:
        bend(found)
    return found


def document(**changes: Any) -> dict[str, Any]:
    """The metadata; persons may have many rows."""
    found = metadata_document(**changes)
    area = next(one for one in found["variables"] if one["name"] == "area")
    area["groupings"]["quarter"]["groups"] = {
        "north": {"label": words("North", "Noord"), "codes": ["a", "b"]},
        "south": {"label": words("South", "Zuid"), "codes": ["c", "d", "e"]},
    }
    if "units" not in changes:
        found["units"] = {
            "person": {"key": "person", "label": words("persons", "personen")},
            "household": {"key": "household", "label": words("households", "huishoudens")},
        }
    return found


@dataclass(frozen=True)
class Case:
    """Questions about microdata made for them, published together."""

    name: str
    queries: tuple[dict[str, Any], ...]
    bend: Bend | None = None
    policy: str = "essnet"
    metadata: dict[str, Any] = field(default_factory=dict)

    def town(self, directory: Path) -> Town:
        """The microdata on disk."""
        return Town(directory, document(**self.metadata), **columns(self.bend))

    def asked(self) -> list[Query]:
        """The questions, as they are read."""
        return [Query.parse({"dataset": "town", **query}) for query in self.queries]

    def verdicts(self, directory: Path) -> list[Verdict]:
        """What the judge says; raises ``OutputCheckerError`` where it refuses."""
        return judge_together(self.asked(), self.town(directory).dataset, load_policy(self.policy))


def case(name: str, *queries: dict[str, Any], **more: Any) -> Case:
    """A case in one line."""
    return Case(name, queries, **more)

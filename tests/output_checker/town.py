"""A small made-up town, whose microdata each test bends to its purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from output_checker.dataset import Dataset
from output_checker.judge import judge
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy, load_policy
from output_checker.query import Query
from output_checker.verdict import Verdict

SIZE = 240
AREAS = ("a", "b", "c", "d")


def words(english: str, dutch: str | None = None) -> dict[str, str]:
    return {"nl": dutch or english, "en": english}


def variable(name: str, kind: str, role: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "role": role, "label": words(name), **more}


def metadata_document(**changes: Any) -> dict[str, Any]:
    quarter = {
        "label": words("quarter", "kwartier"),
        "groups": {
            "north": {"label": words("North", "Noord"), "codes": ["a", "b"]},
            "south": {"label": words("South", "Zuid"), "codes": ["c"]},
        },
    }
    document = {
        "name": "town",
        "version": "1",
        "title": words("A town"),
        "population": words("All inhabitants."),
        "source": words("Made up"),
        "licence": "CC0",
        "units": {
            "person": {"key": "person", "label": words("persons", "personen"), "one_row_per_unit": True},
            "household": {"key": "household", "label": words("households", "huishoudens")},
        },
        "variables": [
            variable("person", "integer", "identifier"),
            variable("household", "integer", "identifier"),
            variable("age", "integer", "quasi_identifier", bounds=[0, 99]),
            variable("sex", "category", "quasi_identifier", codes={"f": words("women"), "m": words("men")}),
            variable(
                "area",
                "category",
                "quasi_identifier",
                codes={area: words(f"Area {area}") for area in (*AREAS, "e")},
                groupings={"quarter": quarter},
            ),
            variable("income", "number", "measure", bounds=[-1e6, 1e6], missing_codes=[-9]),
            variable("employed", "boolean", "sensitive"),
            variable("hours", "integer", "measure"),
            variable("sector", "integer", "quasi_identifier", codes={"1": words("farm"), "2": words("shop")}),
            variable("weight", "number", "weight"),
        ],
    }
    return document | changes


def inhabitants(**columns: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Columns of microdata; those that are named replace the usual ones."""
    size = len(next(iter(columns.values()))) if columns else SIZE
    usual = {
        "person": range(size),
        "household": [person // 2 for person in range(size)],
        "age": [20 + person % 60 for person in range(size)],
        "sex": ["fm"[person // 2 % 2] for person in range(size)],
        "area": [AREAS[person // 4 % 4] for person in range(size)],
        "income": [1000.0 + person for person in range(size)],
        "employed": [person % 3 > 0 for person in range(size)],
        "hours": [person % 40 for person in range(size)],
        "sector": [1 + person % 2 for person in range(size)],
        "weight": [1.5] * size,
    }
    return {**usual, **columns}


class Town:
    """Microdata on disk with its metadata; ``judge`` asks a query of it."""

    def __init__(
        self, directory: Path, document: dict[str, Any] | None = None, **columns: Sequence[Any]
    ) -> None:
        self.path = directory / "town.parquet"
        pq.write_table(
            pa.table({name: list(column) for name, column in inhabitants(**columns).items()}), self.path
        )
        self.metadata = DatasetMetadata.parse(document or metadata_document())
        self.dataset = Dataset(self.metadata, self.path)

    def seen_through(self, **view: Any) -> Town:
        self.dataset = replace(self.dataset, **view)
        return self

    def judge(self, policy: Policy | None = None, **query: Any) -> Verdict:
        asked = Query.parse({"dataset": "town", **query})
        return judge(asked, self.dataset, policy or load_policy("essnet"))


def failing(verdict: Verdict, rule: str, outcome: str = "fail") -> set[tuple[str, ...]]:
    """The labels of the cells that a rule objects to."""
    table = verdict.table
    cells = [
        table.cells[cell]
        for finding in verdict.findings
        if finding.rule == rule and finding.outcome == outcome
        for cell in finding.cells
    ]
    return {(*table.rows[cell.row], *table.columns[cell.column]) for cell in cells}


def value(verdict: Verdict, *labels: str) -> int | float | None:
    """The number in the cell with these labels."""
    table = verdict.table
    places = ((row, column) for row in range(len(table.rows)) for column in range(len(table.columns)))
    at = next(place for place in places if (*table.rows[place[0]], *table.columns[place[1]]) == labels)
    return table.cell(*at).value

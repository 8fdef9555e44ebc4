"""A town with numbers as they occur, for models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from output_checker.verdict import Verdict
from tests.output_checker.town import AREAS, Town

SIZE = 400


def columns(**changes: Any) -> dict[str, Any]:
    """Inhabitants whose income follows from age, sex and area, with chance."""
    chance = np.random.default_rng(7)
    age = chance.integers(18, 80, SIZE)
    sex = chance.choice(["f", "m"], SIZE)
    area = chance.choice(AREAS, SIZE)
    income = 1000 + 12 * age + 90 * (sex == "m") + 40 * (area == "c") + chance.normal(0, 150, SIZE)
    risk = 1 / (1 + np.exp(-(age - 50) / 20))
    found = {
        "person": np.arange(SIZE),
        "household": np.arange(SIZE) // 2,
        "age": age,
        "sex": sex,
        "area": area,
        "income": income,
        "employed": chance.random(SIZE) < risk,
        "hours": chance.poisson(np.exp(1 + age / 60)),
        "sector": chance.integers(1, 3, SIZE),
        "weight": chance.uniform(0.5, 2, SIZE),
    }
    return {name: list(np.asarray(column).tolist()) for name, column in (found | changes).items()}


def make_town(directory: Path, document: dict[str, Any] | None = None, **changes: Any) -> Town:
    return Town(directory, document, **columns(**changes))


def frame(town: Town) -> pd.DataFrame:
    return pd.read_parquet(town.path)


def numbers(verdict: Verdict) -> dict[tuple[str, str], float]:
    """Every number of the table by term and statistic."""
    table = verdict.table
    return {
        (":".join(table.rows[cell.row]), table.columns[cell.column][0]): float(cell.value)
        for cell in table.cells
        if cell.value is not None
    }


def rules(verdict: Verdict, outcome: str = "fail") -> set[str]:
    return {finding.rule for finding in verdict.findings if finding.outcome == outcome}

"""What one unit changes in the true tallies is never more than the noise was made for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from output_checker.engine import Engine
from output_checker.noise.gather import gather
from output_checker.noise.plan import NoisePlan, make_noise_plan
from output_checker.query import Query
from tests.output_checker.noise.town import PRECISE, declared
from tests.output_checker.town import AREAS, Town

ROWS = 60


def rows(household: int | None, areas: Sequence[str] = AREAS) -> dict[str, Sequence[Any]]:
    """Sixty persons in households of up to six, without one household, or with all."""
    state = np.random.default_rng(7)
    people = {
        "person": np.arange(ROWS),
        "household": np.arange(ROWS) // 6,
        "age": state.integers(0, 100, ROWS),
        "sex": state.choice(["f", "m", None], ROWS),
        "area": state.choice([*areas, None], ROWS),
        "income": state.choice([-1e6, 1e6, -9.0, 3.5], ROWS),
        "employed": state.choice([True, False, None], ROWS),
        "hours": state.integers(0, 40, ROWS),
        "sector": state.integers(1, 3, ROWS),
        "weight": np.ones(ROWS),
    }
    kept = people["household"] != household
    return {name: values[kept].tolist() for name, values in people.items()}


def tallied(town: Town, query: Query) -> tuple[NoisePlan, list[Any]]:
    with Engine.over(town.dataset) as engine:
        plan = make_noise_plan(query, town.dataset, engine)
        return plan, gather(plan, town.metadata.units[plan.unit].key, engine)


THIRDS = "CASE WHEN age < 30 THEN 1.0 WHEN age < 60 THEN 2.0 ELSE 3.0 END"
"""The engine gives decimals for these."""

QUESTIONS: list[dict[str, Any]] = [
    {"index": "area", "columns": "sex", "margins": True},
    {"index": ["quarter", "area"], "subtotals": True, "margins": True, "noise": {"rho": 1}},
    {"index": "sex", "values": "income", "aggfunc": ["count", "sum"], "margins": True},
    {"index": "area", "values": "employed", "aggfunc": "sum"},
    {"kind": "histogram", "values": "age", "bins": [0, 50, 100], "by": "sex"},
    {"kind": "quantiles", "values": "age"},
    {"index": "part", "derive": {"part": THIRDS}, "noise": {"rho": 1}},
]


@pytest.mark.parametrize("areas", [AREAS, ("x", "y", "z")], ids=["known", "unknown"])
@pytest.mark.parametrize("household", [0, 4, 9])
@pytest.mark.parametrize("question", QUESTIONS)
def test_one_household_with_all_its_members(
    tmp_path: Path, question: dict[str, Any], household: int, areas: Sequence[str]
) -> None:
    query = Query.parse({"dataset": "town", "noise": PRECISE, "unit": "household", **question})
    directories = [tmp_path / name for name in ("with", "without")]
    for directory in directories:
        directory.mkdir()
    whole = Town(directories[0], declared(), **rows(None, areas))
    less = Town(directories[1], declared(), **rows(household, areas))
    plan, before = tallied(whole, query)
    _, after = tallied(less, query)
    moved = 0
    for measurement, first, second in zip(plan.measurements, before, after, strict=True):
        change = np.abs(first - second)
        bound = plan.tallies[measurement.tally].sensitivity(plan.rows, plan.level(measurement.kept).size)
        assert change.sum() <= bound.l1
        assert (change**2).sum() <= bound.l2_squared
        moved += int(change.sum())
    assert moved, "the test would show nothing if nobody were in the tables"


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_cells_are_the_same_whoever_is_there(tmp_path: Path, question: dict[str, Any]) -> None:
    query = Query.parse({"dataset": "town", "noise": PRECISE, "unit": "household", **question})
    (tmp_path / "less").mkdir()
    plans = [
        tallied(Town(tmp_path, declared(), **rows(None)), query)[0],
        tallied(Town(tmp_path / "less", declared(), **rows(3)), query)[0],
    ]
    lines = [[plan.keys.lines(plan.level(kept)) for kept in plan.asked.published] for plan in plans]
    assert lines[0] == lines[1]
    assert plans[0].measurements == plans[1].measurements

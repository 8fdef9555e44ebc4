"""Bounds to units with many rows: never on the loose side, and never in the way of what is published."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from output_checker.engine import Engine
from output_checker.kinds.table.bounds import largest_share, wholes_of, widths_of
from output_checker.kinds.table.counts import Counts, sums_of
from output_checker.kinds.table.gather import gather
from output_checker.kinds.table.plan import TablePlan, make_plan
from output_checker.kinds.table.query import TableQuery
from output_checker.policy import load_policy
from output_checker.verdict import ALL
from tests.output_checker.town import Town, failing, metadata_document

Build = Callable[..., Town]
ROWS = 12_000


@pytest.fixture
def large(build: Build) -> Town:
    """Twelve thousand persons of some four thousand households; those of area d are of two."""
    random = np.random.default_rng(11)
    document = metadata_document()
    document["units"]["household"]["most_rows"] = 20
    household = np.sort(random.integers(0, 4000, ROWS))
    area = random.choice(["a", "b", "c"], ROWS)
    area[-30:], household[-30:] = "d", [5000] * 15 + [5001] * 15
    return build(
        document=document,
        person=range(ROWS),
        household=household.tolist(),
        age=[40] * ROWS,
        sex=random.choice(["f", "m"], ROWS).tolist(),
        area=area.tolist(),
        income=np.round(random.lognormal(10, 0.5, ROWS), 2).tolist(),
        employed=[True] * ROWS,
        hours=[5] * ROWS,
        sector=[1] * ROWS,
        weight=[1.0] * ROWS,
    )


def plan_of(town: Town, engine: Engine, **query: Any) -> TablePlan:
    asked = TableQuery.parse({"dataset": "town", "index": "area", "columns": "sex", **query})
    return make_plan(asked, town.dataset, engine, 100_000)


def count_passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    passes: list[str] = []
    original = Engine.rows

    def rows(self: Engine, sql: str, parameters: Any = ()) -> Any:
        passes.append(sql)
        return original(self, sql, parameters)

    monkeypatch.setattr(Engine, "rows", rows)
    return passes


SUM = {"values": "income", "aggfunc": "sum", "unit": "household"}


def test_only_undecided_cells_are_counted_exactly(large: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = count_passes(monkeypatch)
    with Engine(large.path) as engine:
        found = gather(plan_of(large, engine, **SUM), large.metadata.units, engine).found
    assert len(passes) == 3
    exact = {key for key, counts in found.items() if counts.exact}
    assert exact == {("d", "f"), ("d", "m"), ("d", "All")}
    assert all(found[key].units == 2 for key in exact)


def test_a_bound_is_never_loose(large: Town) -> None:
    with Engine(large.path) as engine:
        frame = engine.frame("SELECT household AS hh, area, sex, income FROM microdata")
        found = gather(plan_of(large, engine, **SUM), large.metadata.units, engine).found
    for (area, sex), rows in frame.groupby(["area", "sex"]):
        counts = found[area, sex]
        sums = rows.groupby("hh")["income"].sum()
        assert counts.units <= len(sums)
        if not counts.exact:
            assert (counts.sums[0].unit_limit or 0.0) >= sums.max()
            assert counts.sums[0].total == pytest.approx(sums.sum(), rel=1e-9)


def test_bounded_or_exact_the_verdict_is_the_same(large: Town) -> None:
    """Without a public limit to the rows of a household everything is counted."""
    units = {name: unit.model_copy(update={"most_rows": None}) for name, unit in large.metadata.units.items()}
    bounded = large.judge(index="area", columns="sex", **SUM)
    large.dataset = replace(large.dataset, metadata=large.metadata.model_copy(update={"units": units}))
    exact = large.judge(index="area", columns="sex", **SUM)
    assert bounded.findings == exact.findings
    assert [cell.value for cell in bounded.table.cells] == [cell.value for cell in exact.table.cells]
    assert failing(bounded, "threshold") == {("d", "f"), ("d", "m")}


@pytest.mark.parametrize("aggfunc", ["count", "mean"])
def test_what_is_published_is_exact(large: Town, aggfunc: str) -> None:
    verdict = large.judge(index="area", values="income", aggfunc=aggfunc, unit="household")
    with Engine(large.path) as engine:
        frame = engine.frame("SELECT household, area FROM microdata")
    assert [cell.units for cell in verdict.table.cells] == frame.groupby("area")[
        "household"
    ].nunique().tolist()


def test_negative_values_leave_it_undecided(build: Build, large: Town) -> None:
    """Sizes of sums per household may cancel out: the total is the only lower bound to them."""
    income = [(-1.0) ** place * (100 + place % 7) for place in range(ROWS)]
    with Engine(large.path) as engine:
        frame = engine.frame("SELECT * EXCLUDE (income) FROM microdata")
    columns = {name: frame[name].tolist() for name in frame}
    town = build(document=metadata_document(), **columns, income=income)
    verdict = town.judge(index="area", **SUM)
    assert verdict.table.cells[0].units > 64


def test_crowded_lines_are_counted_exactly(build: Build) -> None:
    """More than nine tenths of the rows of area a are of women, and so are its households: that must be known."""
    rows = 6000
    document = metadata_document()
    document["units"]["household"]["most_rows"] = 2
    sex = [
        "m" if place < 3000 and place % 15 == 0 else "f" if place < 3000 else "fm"[place % 2]
        for place in range(rows)
    ]
    random = np.random.default_rng(5)
    town = build(
        document=document,
        person=range(rows),
        household=range(rows),
        age=[30] * rows,
        sex=sex,
        area=["a"] * 3000 + ["b"] * 3000,
        income=random.lognormal(10, 0.3, rows).tolist(),
        employed=[True] * rows,
        hours=[1] * rows,
        sector=[1] * rows,
        weight=[1.0] * rows,
    )
    verdict = town.judge(index="area", columns="sex", **SUM)
    assert failing(verdict, "group_disclosure") == {("a", "f")}


def test_hierarchies_of_households_are_bounded_too(large: Town) -> None:
    verdict = large.judge(index=["quarter", "area"], subtotals=True, **SUM)
    assert failing(verdict, "threshold") == {("(missing)", "d"), ("(missing)", "All")}


def test_weighted_counts_have_the_households_beside_them(large: Town) -> None:
    verdict = large.judge(index="area", weights="weight")
    assert failing(verdict, "threshold", "review") == {("d",)}
    assert failing(verdict, "dominance", "review") == set()


def test_garbage_is_collected_again_only_where_it_was_before(town: Town) -> None:
    gc.disable()
    try:
        town.judge(index="area")
        assert not gc.isenabled()
    finally:
        gc.enable()
    town.judge(index="area")
    assert gc.isenabled()


def test_buckets_fit_in_memory_and_are_enough(large: Town) -> None:
    with Engine(large.path) as engine:
        small = plan_of(large, engine, **SUM)
        country = plan_of(large, engine, index=["age", "area"], columns=["sector", "sex"], **SUM)
    assert widths_of(small, large.metadata.units) == {"household": 65_536}
    assert 256 <= widths_of(country, large.metadata.units)["household"] < 2**16 * 16
    counted = replace(small, measures=(), weight="1")
    assert widths_of(counted, large.metadata.units) == {"household": 64}
    strict = replace(counted, enough=100)
    assert widths_of(strict, large.metadata.units)["household"] >= 400


def test_a_policy_that_asks_for_more_units_has_them_counted(large: Town) -> None:
    policy = load_policy("essnet")
    strict = policy.parse(policy.model_dump(mode="json") | {"rules": {"threshold": {"minimum_units": 200}}})
    verdict = large.judge(strict, index="area", columns="sex")
    assert failing(verdict, "threshold", "review") == set()
    assert failing(verdict, "threshold") == {("d", "f"), ("d", "m")}


def test_a_sum_of_nothing_is_looked_at_unit_by_unit() -> None:
    nothing = sums_of([0, None, 0.0, None, (), None, None, None, None, None, 0, 0, None])
    assert largest_share(Counts(rows=5, units=5, sums=(nothing,)), 0) == float("inf")


def test_a_group_is_no_part_of_a_line_over_what_it_groups(large: Town) -> None:
    with Engine(large.path) as engine:
        plan = plan_of(large, engine, columns="quarter")
    assert list(wholes_of(plan, ("a", "north"))) == [(ALL, ALL)]


def test_the_collector_of_garbage_is_left_as_it_was(large: Town) -> None:
    gc.disable()
    try:
        large.judge(index="area")
        assert not gc.isenabled()
    finally:
        gc.enable()
    large.judge(index="area")
    assert gc.isenabled()

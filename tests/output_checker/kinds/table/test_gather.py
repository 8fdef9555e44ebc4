from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.kinds.table.assembly import Assembly
from output_checker.kinds.table.gather import gather
from output_checker.kinds.table.plan import make_plan
from output_checker.kinds.table.query import TableQuery
from tests.output_checker.town import Town

Build = Callable[..., Town]

PEOPLE: dict[str, list[Any]] = {
    "person": [1, 2, 3, 4, 5, 6],
    "household": [1, 1, 2, 2, 3, 3],
    "sex": ["f", "f", "f", "m", "m", None],
    "area": ["a", "a", "b", "a", "a", "b"],
    "income": [10.0, -40.0, 5.0, -9.0, 20.0, 7.0],
}


def evidence(town: Town, rows_are_units: bool = True, **query: Any) -> TableEvidence:
    unit = town.metadata.units["person"].model_copy(update={"one_row_per_unit": rows_are_units})
    units = {**town.metadata.units, "person": unit}
    dataset = replace(town.dataset, metadata=town.metadata.model_copy(update={"units": units}))
    asked = TableQuery.parse({"dataset": "town", "index": "sex", "columns": "area", **query})
    with Engine(town.path) as engine:
        plan = make_plan(asked, dataset, engine, 1000)
        assembly = Assembly(plan, dataset, gather(plan, dataset.metadata.units, engine))
        return assembly.evidence(plan.measures[0], plan.measures[0].quantity)


@pytest.mark.parametrize("rows_are_units", [True, False])
def test_everything_behind_one_cell(build: Build, rows_are_units: bool) -> None:
    found = evidence(build(**PEOPLE), rows_are_units, values="income", aggfunc="sum")
    assert found.frame.rows == (("f",), ("m",), ("(missing)",))
    assert found.cells[0] == CellEvidence(
        rows=2,
        units=2,
        contributing=2,
        total=-30.0,
        absolute=50.0,
        largest=40.0,
        second=10.0,
        minimum=-40.0,
        maximum=10.0,
        other_units=(1,),
        top=(40.0, 10.0),
        lowest=-40.0,
        highest=10.0,
        deviance=1250.0,
        ones=1,
        other_shares=(1.0,),
        valued=2,
        nonzero=2,
    )


@pytest.mark.parametrize("rows_are_units", [True, False])
def test_totals_are_known_whether_published_or_not(build: Build, rows_are_units: bool) -> None:
    found = evidence(build(**PEOPLE), rows_are_units, values="income", aggfunc="mean")
    women = found.row_totals[0]
    assert (women.units, women.total, women.largest, women.second) == (3, -25.0, 40.0, 10.0)
    area_a = found.column_totals[0]
    assert (area_a.units, area_a.contributing, area_a.total) == (4, 3, -10.0)


@pytest.mark.parametrize("rows_are_units", [True, False])
def test_a_cell_in_the_frame_with_nobody_is_empty(build: Build, rows_are_units: bool) -> None:
    found = evidence(build(**PEOPLE), rows_are_units)
    assert found.cells[3] == CellEvidence()
    assert dict(found.filled()).keys() == {0, 1, 2, 5}


def test_a_unit_in_two_cells_counts_once_in_the_total(build: Build) -> None:
    found = evidence(build(**PEOPLE), unit="household", margins=True)
    assert [cell.units for cell in found.cells] == [1, 1, 2, 2, 0, 2, 0, 1, 1, 3, 2, 3]


def test_rows_of_one_unit_count_and_contribute_once(build: Build) -> None:
    people = PEOPLE | {"person": [1, 1, 2, 3, 4, 5]}
    cell = evidence(build(**people), rows_are_units=False, values="income", aggfunc="sum").cells[0]
    assert (cell.rows, cell.units, cell.total, cell.absolute, cell.largest) == (2, 1, -30.0, 30.0, 30.0)


def test_without_columns_each_row_is_its_own_total(build: Build) -> None:
    found = evidence(build(**PEOPLE), columns=[])
    assert found.frame.columns == ((),)
    assert [total.units for total in found.row_totals] == [cell.units for cell in found.cells]


def test_numbers_that_are_not_finite_are_missing(build: Build) -> None:
    people = PEOPLE | {"income": [float("inf"), float("nan"), 5.0, 5.0, 5.0, 5.0]}
    assert evidence(build(**people), values="income", aggfunc="sum").cells[0].contributing == 0


def test_without_another_kind_of_unit_none_is_counted(build: Build) -> None:
    town = build(**PEOPLE)
    only = {"person": town.metadata.units["person"]}
    town.dataset = replace(town.dataset, metadata=town.metadata.model_copy(update={"units": only}))
    town.metadata = town.dataset.metadata
    assert evidence(town).cells[0].other_units == ()


def test_a_unit_has_one_weight(build: Build) -> None:
    people = PEOPLE | {"weight": [1.0, 2.0, 1.0, 1.0, 1.0, 1.0]}
    with pytest.raises(QueryError) as caught:
        evidence(build(**people), unit="household", weights="weight")
    assert caught.value.field == "weights"

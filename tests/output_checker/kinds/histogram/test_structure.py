"""Bins in which nobody can be, as the catalogue declares."""

from typing import Any

import pytest

from output_checker.kinds.histogram.kind import counted
from output_checker.kinds.histogram.query import HistogramQuery
from output_checker.kinds.histogram.structure import structure_of
from output_checker.metadata import DatasetMetadata
from tests.output_checker.town import Town, metadata_document


def impossible(town: Town, zeros: list[dict[str, Any]], **query: Any) -> list[tuple[str, ...]]:
    """The bins that are empty by declaration, by label of the bin; of those, only for the women."""
    asked = HistogramQuery.parse({"dataset": "town", "kind": "histogram", "values": "age", **query})
    metadata = DatasetMetadata.parse(metadata_document(structural_zeros=zeros))
    name = counted(asked, town.dataset)[1]
    structure = structure_of(asked, name, asked.edges(metadata), metadata)
    bins = structure.domains.get(name, ())
    return [code for code in bins if structure.impossible({name: code, "sex": "f"})]


def span(low: float, high: float, **codes: Any) -> dict[str, Any]:
    return {"age": {"low": low, "high": high}, **codes}


def test_outside_the_public_bounds_nobody_is(town: Town) -> None:
    assert impossible(town, [], bins=[0, 50, 99]) == ["0", "3"]
    assert impossible(town, [], bins=[10, 50, 99]) == ["3"]
    assert impossible(town, [], bins=[-20, -10, 50, 120, 150]) == ["0", "1", "4", "5"]


@pytest.mark.parametrize(
    ("zero", "empty"),
    [
        (span(0, 20), ["1"]),
        (span(0, 19), []),
        (span(60, 99), []),
        (span(60, 100), ["3"]),
        (span(0, 60), ["1", "2"]),
    ],
)
def test_a_bin_within_a_declared_range(town: Town, zero: dict[str, Any], empty: list[str]) -> None:
    """The last bin holds its right edge, so a range up to that edge does not hold the bin."""
    assert impossible(town, [zero], bins=[0, 20, 60, 99]) == ["0", *empty, "4"]


def test_a_range_of_one_group_counts_for_that_group(town: Town) -> None:
    women = span(0, 20, sex="f")
    assert impossible(town, [women], bins=[0, 20, 60, 99], by="sex") == ["0", "1", "4"]
    assert impossible(town, [women], bins=[0, 20, 60, 99]) == ["0", "4"]
    assert impossible(town, [span(0, 20, sex="m")], bins=[0, 20, 60, 99], by="sex") == ["0", "4"]


def test_zeros_of_other_variables_say_nothing(town: Town) -> None:
    others = [
        {"sex": ["f"], "area": ["a"]},
        span(0, 20, hours={"low": 0, "high": 5}),
        {"hours": {"low": 0, "high": 5}},
    ]
    assert impossible(town, others, bins=[0, 20, 99], by="sex") == ["0", "3"]


def test_of_derived_and_unbounded_variables_nothing_is_known(town: Town) -> None:
    assert impossible(town, [], values="x", bins=[0, 20], derive={"x": "age + 1"}) == []
    assert impossible(town, [], values="hours", bins=[0, 20]) == []

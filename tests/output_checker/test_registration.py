from collections.abc import Callable
from typing import Any

import pytest

from output_checker.errors import DatasetError, MetadataError
from output_checker.registration import faults, verify_metadata
from tests.output_checker.town import SIZE, Town, metadata_document

Build = Callable[..., Town]


def test_what_obeys_its_metadata_gets_its_rows_and_digest(town: Town) -> None:
    verified = verify_metadata(town.metadata, town.path)
    assert verified.rows == SIZE
    assert verified.sha256 == town.dataset.sha256
    assert verify_metadata(verified, town.path) == verified


@pytest.mark.parametrize(
    ("columns", "field", "english"),
    [
        ({"sex": ["x"] * SIZE}, "sex", "1 distinct values outside its code list"),
        ({"sector": [3] * SIZE}, "sector", "outside its code list"),
        ({"age": [150.5] * SIZE}, "age", "This column is DOUBLE, not integer"),
        ({"age": [150] * SIZE}, "age", f"{SIZE} values in this column are outside the public bounds"),
        ({"income": [float("nan")] * SIZE}, "income", "outside the public bounds"),
        ({"income": [2e6] + [1.0] * (SIZE - 1)}, "income", "1 values"),
        ({"weight": [float("inf")] * SIZE}, "weight", "outside the public bounds"),
        ({"employed": ["yes"] * SIZE}, "employed", "not boolean"),
        ({"person": [1] * SIZE}, "units.person", f"1 distinct values in {SIZE} rows: not one row per unit"),
        ({"person": [None, *range(SIZE - 1)]}, "units.person", "1 rows have no person"),
        ({"household": [None, *range(SIZE - 1)]}, "units.household", "1 rows have no household"),
    ],
)
def test_what_does_not_obey_is_refused_by_column(
    build: Build, columns: dict[str, Any], field: str, english: str
) -> None:
    town = build(**columns)
    with pytest.raises(MetadataError, match=english) as caught:
        verify_metadata(town.metadata, town.path)
    assert caught.value.field == field


def test_numbers_for_no_answer_and_missing_values_are_lawful(build: Build) -> None:
    town = build(income=[-9.0, None] * (SIZE // 2), sex=["f", None] * (SIZE // 2))
    assert faults(town.metadata, town.path) == []


def test_a_missing_column_is_named(town: Town, build: Build) -> None:
    words = {"nl": "schoenmaat", "en": "shoe size"}
    shoe_size = {"name": "shoe_size", "type": "number", "role": "measure", "label": words}
    document = town.metadata.model_dump()
    document["variables"] = [*document["variables"], shoe_size]
    other = build(document=document)
    assert [fault.field for fault in faults(other.metadata, other.path)] == ["shoe_size"]


def test_all_faults_are_listed(build: Build) -> None:
    town = build(sex=["x"] * SIZE, age=[150] * SIZE)
    assert [fault.field for fault in faults(town.metadata, town.path)] == ["age", "sex"]


def test_another_file_than_registered_is_refused(town: Town) -> None:
    registered = town.metadata.model_copy(update={"sha256": "0" * 64, "rows": 3})
    assert [fault.field for fault in faults(registered, town.path)] == ["rows", "sha256"]


def test_what_is_no_parquet_is_refused(town: Town) -> None:
    town.path.write_text("age,sex")
    with pytest.raises(DatasetError):
        verify_metadata(town.metadata, town.path)


@pytest.mark.parametrize(("most_rows", "places"), [(2, []), (1, ["units.household"])])
def test_a_limit_to_the_rows_of_a_unit_is_verified(build: Build, most_rows: int, places: list[str]) -> None:
    document = metadata_document()
    document["units"]["household"]["most_rows"] = most_rows
    town = build(document=document)
    assert [fault.field for fault in faults(town.metadata, town.path)] == places


def test_a_structural_zero_that_somebody_is_in_is_refused(build: Build) -> None:
    nobody = {"area": ["e"], "sex": ["m"]}
    somebody = {"quarter": ["north"], "employed": ["true"]}
    town = build(document=metadata_document(structural_zeros=[nobody, somebody]))
    (fault,) = faults(town.metadata, town.path)
    assert fault.field == "structural_zeros[1]"
    assert faults(build(document=metadata_document(structural_zeros=[nobody])).metadata, town.path) == []


@pytest.mark.parametrize(("low", "somebody"), [(80, False), (79, True)])
def test_a_range_that_somebody_is_in_is_refused(build: Build, low: int, somebody: bool) -> None:
    zeros = [{"age": {"low": low, "high": 100}}, {"age": {"low": 20, "high": 25}, "area": ["e"]}]
    town = build(document=metadata_document(structural_zeros=zeros))
    found = [fault.field for fault in faults(town.metadata, town.path)]
    assert found == (["structural_zeros[0]"] if somebody else [])

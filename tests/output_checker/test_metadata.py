from typing import Any

import pytest

from output_checker.errors import MetadataError
from output_checker.metadata import DatasetMetadata, Span
from output_checker.text import Text
from tests.output_checker.town import metadata_document, variable, words


def with_variable(**more: Any) -> dict[str, Any]:
    document = metadata_document()
    name, kind, role = more.pop("name", "extra"), more.pop("kind", "category"), more.pop("role", "sensitive")
    return document | {"variables": [*document["variables"], variable(name, kind, role, **more)]}


def grouped(*groups: list[str]) -> dict[str, Any]:
    named = {f"g{place}": {"label": words("g"), "codes": codes} for place, codes in enumerate(groups)}
    return {"extra_group": {"label": words("g"), "groups": named}}


CODES = {"x": words("x"), "y": words("y")}


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({}, "needs a code list"),
        ({"codes": {"All": words("all")}}, "The code All is reserved"),
        ({"codes": CODES, "groupings": grouped(["x"], ["x"])}, "a code is in two groups"),
        ({"codes": CODES, "groupings": grouped(["z"])}, "an unknown code: z"),
        ({"codes": CODES, "bounds": [0, 1]}, "two ascending numbers"),
        ({"kind": "number", "bounds": [1, 0]}, "two ascending numbers"),
        ({"codes": CODES, "missing_codes": [9]}, "Only numbers have missing codes"),
        ({"kind": "text-key"}, "A text key is an identifier"),
        ({"kind": "integer", "codes": {"one": words("one")}}, "Codes of integers are digits"),
    ],
)
def test_what_does_not_hold_together_names_its_column(more: dict[str, Any], english: str) -> None:
    with pytest.raises(MetadataError, match=english) as caught:
        DatasetMetadata.parse(with_variable(**more))
    assert caught.value.field == "extra"


def test_negative_codes_are_integers_too() -> None:
    metadata = DatasetMetadata.parse(
        with_variable(kind="integer", codes={"-1": words("none"), "1": words("one")})
    )
    assert list(metadata.columns["extra"].codes) == ["-1", "1"]


@pytest.mark.parametrize("name", ["AGE", "Quarter"])
def test_names_are_unique_whatever_their_case(name: str) -> None:
    with pytest.raises(MetadataError, match="occurs twice"):
        DatasetMetadata.parse(with_variable(name=name, codes=CODES))


def test_a_unit_is_counted_by_an_identifier() -> None:
    units = {"street": {"key": "sex", "label": words("streets")}}
    with pytest.raises(MetadataError, match="sex is not a column with the role identifier") as caught:
        DatasetMetadata.parse(metadata_document(units=units))
    assert caught.value.field == "units.street"


def test_a_view_keeps_the_keys_of_units() -> None:
    view = DatasetMetadata.parse(metadata_document()).limited_to(("sex",))
    assert list(view.columns) == ["person", "household", "sex"]
    assert view.groupings == {}


def test_no_view_is_everything() -> None:
    metadata = DatasetMetadata.parse(metadata_document())
    assert metadata.limited_to(None) is metadata


def test_a_view_of_an_unknown_column_is_refused() -> None:
    with pytest.raises(MetadataError, match="no such column"):
        DatasetMetadata.parse(metadata_document()).limited_to(("shoe_size",))


def test_words_for_variables_and_groupings() -> None:
    metadata = DatasetMetadata.parse(metadata_document())
    assert metadata.heading("quarter") == Text(nl="kwartier", en="quarter")
    assert metadata.heading("my_own") == Text.same("my_own")
    assert metadata.unit_label(None).nl == "personen"


def test_survives_a_journey_through_json() -> None:
    metadata = DatasetMetadata.parse(metadata_document())
    assert DatasetMetadata.model_validate_json(metadata.model_dump_json()) == metadata


@pytest.mark.parametrize(
    "zero",
    [{"area": ["zz"], "sex": ["m"]}, {"shoe_size": ["1"], "sex": ["m"]}, {"employed": ["yes"], "sex": ["m"]}],
)
def test_structural_zeros_are_of_public_codes(zero: dict[str, Any]) -> None:
    with pytest.raises(MetadataError) as caught:
        DatasetMetadata.parse(metadata_document(structural_zeros=[zero]))
    assert caught.value.field == "structural_zeros[0]"


def test_a_view_keeps_the_structural_zeros_of_its_columns() -> None:
    zeros = [{"quarter": "south", "sex": ["m"]}, {"employed": ["true"], "sector": ["1"]}]
    metadata = DatasetMetadata.parse(metadata_document(structural_zeros=zeros))
    assert len(metadata.limited_to(("area", "sex")).structural_zeros) == 1
    assert metadata.limited_to(("sex",)).structural_zeros == ()


@pytest.mark.parametrize(
    ("zero", "english"),
    [
        ({"area": {"low": 0, "high": 1}}, "no such numbers"),
        ({"shoe_size": {"low": 0, "high": 1}}, "no such numbers"),
        ({"age": {"low": 5, "high": 5}}, "no such numbers"),
        ({"area": ["a"]}, "at least two variables"),
    ],
)
def test_ranges_that_nobody_is_in_are_of_numbers(zero: dict[str, Any], english: str) -> None:
    with pytest.raises(MetadataError, match=english):
        DatasetMetadata.parse(metadata_document(structural_zeros=[zero]))


def test_a_range_holds_what_is_within_it() -> None:
    span = Span(low=0, high=15)
    assert span.holds(0, 15)
    assert not span.holds(0, 15.5)
    assert not span.holds(-1, 15)

"""Which outputs of a request go to people because they can be subtracted."""

from typing import Any

import pytest

from output_checker.differences import differences
from output_checker.engine import DEFAULT_LIMITS
from output_checker.policy import load_policy
from output_checker.query import Query
from tests.output_checker.town import Town

TWO = {"one": "CASE WHEN age >= 60 THEN 1 ELSE 0 END", "two": "CASE WHEN age >= 61 THEN 1 ELSE 0 END"}
SAID = {"said": "CASE WHEN employed THEN 1 END"}


def compared(town: Town, *queries: dict[str, Any]) -> list[tuple[int | None, bool, bool]]:
    asked = [Query.parse({"dataset": "town", **query}) for query in queries]
    found = differences(asked, town.dataset, load_policy("essnet"), DEFAULT_LIMITS)
    return [(one.units, one.cut_otherwise, one.compared) for one in found]


def test_one_output_has_nothing_to_differ_from(town: Town) -> None:
    assert compared(town, {"index": "area"}) == [(None, False, False)]


def test_outputs_about_the_same_units_in_registered_classes(town: Town) -> None:
    assert compared(town, {"index": "area"}, {"index": "sex"}) == [(None, False, True)] * 2


def test_few_units_are_counted(town: Town) -> None:
    found = compared(
        town,
        {"index": "area"},
        {"index": "area", "where": "age <> 40"},
        {"kind": "quantiles", "values": "age"},
    )
    assert found == [(4, True, True), (4, True, True), (4, True, True)]


def test_only_what_hangs_together_goes_to_people(town: Town) -> None:
    """The first two can be subtracted; the last two are parts of one safe table."""
    old, young = ({"index": "sex", "where": where} for where in ("age >= 50", "age < 50"))
    assert [otherwise for _, otherwise, _ in compared(town, old, young)] == [False, False]


@pytest.mark.parametrize(
    "query",
    [
        {"values": ["one", "two"], "aggfunc": "sum", "derive": TWO},
        {"values": "one", "over": "two", "aggfunc": ["ratio", "sum"], "derive": TWO},
    ],
)
def test_measures_of_one_table_can_be_subtracted(town: Town, query: dict[str, Any]) -> None:
    assert compared(town, {"index": "area", "columns": "sex", **query}) == [(None, True, True)]


@pytest.mark.parametrize(
    ("terms", "derived", "units"),
    [
        ("x", "age * age", None),
        ("x", "CASE WHEN age = 79 THEN 80 ELSE age END", 4),
        ("x", "age - age + 0", None),
        ('x + C(sex, Treatment("nobody"))', "age * age", None),
    ],
)
def test_models_differ_in_a_term_for_a_few(town: Town, terms: str, derived: str, units: int | None) -> None:
    """What cannot be compared, such as with a category that nobody is in, is refused where it is computed itself."""
    models = (
        {"kind": "model", "formula": "income ~ age"},
        {"kind": "model", "formula": f"income ~ {terms}", "derive": {"x": derived}},
    )
    assert {found for found, _, _ in compared(town, *models)} == {units}


def test_who_has_a_value_is_compared_with_all_who_are_counted(town: Town) -> None:
    """By sex there are enough of both; by age there are not."""
    both = {"values": ["said", "hours"], "aggfunc": "count", "derive": SAID}
    assert compared(town, {"index": "sex", **both}) == [(None, False, True)]
    assert compared(town, {"index": "age", **both}) == [(None, True, True)]


@pytest.mark.parametrize(
    "query",
    [
        {"values": ["one", "hours"], "aggfunc": "sum", "derive": TWO},
        {"values": "said", "aggfunc": "count", "derive": SAID},
        {"values": ["hours", "income"], "aggfunc": "count"},
    ],
)
def test_measures_that_cannot_be_subtracted(town: Town, query: dict[str, Any]) -> None:
    assert compared(town, {"index": "area", **query}) == [(None, False, False)]

from pathlib import Path
from typing import Any

import pytest

import output_checker as oc
from output_checker.notebook.microdata import Microdata

TITLE = "Employment by area"
PURPOSE = "Table 3 of the report on poverty among people of age 40 and over."


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def warned(table: Any, title: str = TITLE, purpose: str = PURPOSE) -> str:
    return "\n".join(warning.en for warning in table.check(title, purpose).warnings)


def test_a_request_with_everything_gets_no_warning(people: Microdata) -> None:
    found = oc.crosstab(people.where("age >= 40"), index="area").round(5).check(TITLE, PURPOSE)
    assert not found
    assert repr(found) == "✓ Niets wat gewoonlijk ontbreekt."
    assert "✓" in found._repr_html_()


@pytest.mark.parametrize(
    ("title", "purpose", "said"),
    [
        ("Table", PURPOSE, "Give a title"),
        (TITLE, "Paper.", "Say in the purpose"),
        (TITLE, "For the figure about poverty in our next report.", "Name the population"),
    ],
)
def test_missing_context_is_told(people: Microdata, title: str, purpose: str, said: str) -> None:
    assert said in warned(oc.crosstab(people.where("age >= 40"), index="area").round(5), title, purpose)


def test_unrounded_numbers_absent_counts_and_failing_cells_are_told(people: Microdata) -> None:
    mean = oc.crosstab(people, index="age", values="income", aggfunc="mean")
    said = warned(mean)
    assert "not rounded" in said
    assert "counts that are underneath" in said
    assert "suppress()" in said
    count = warned(oc.crosstab(people, index="area"))
    assert "counts that are underneath" not in count
    assert "suppress()" not in count


def test_a_warning_speaks_dutch_and_is_escaped(people: Microdata) -> None:
    found = oc.crosstab(people, index="area").check(TITLE, PURPOSE)
    assert found
    assert repr(found).startswith("! De getallen zijn niet afgerond")
    assert "<li>! De getallen" in found._repr_html_()


def test_of_other_results_only_what_concerns_them_is_told(people: Microdata) -> None:
    assert not oc.median(people, "income").check(TITLE, PURPOSE)

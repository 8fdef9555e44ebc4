from __future__ import annotations

import datetime as dt

import pytest

from api.web.formatting import Formatting
from output_checker.text import Text

DUTCH, ENGLISH = Formatting("nl"), Formatting("en")
SUMMER_NIGHT = dt.datetime(2026, 7, 31, 22, 30, tzinfo=dt.UTC)


def test_texts_are_read_in_the_language_of_the_reader_also_when_kept_as_json() -> None:
    assert DUTCH.words(Text("Ja", "Yes")) == "Ja"
    assert ENGLISH.words({"nl": "Ja", "en": "Yes"}) == "Yes"


@pytest.mark.parametrize(
    ("value", "nl", "en"), [(1234567, "1.234.567", "1,234,567"), (0.125, "0,12", "0.12"), (-3, "-3", "-3")]
)
def test_numbers(value: float, nl: str, en: str) -> None:
    assert (DUTCH.number(value), ENGLISH.number(value)) == (nl, en)


def test_figures_of_a_table_line_up() -> None:
    assert [DUTCH.figure(value, 2) for value in (175.1, 1000, 0)] == ["175,10", "1.000,00", "0,00"]
    assert ENGLISH.figure(19373, 0) == "19,373"


def test_moments_are_dutch_time_and_so_are_their_days() -> None:
    assert DUTCH.moment(SUMMER_NIGHT) == "1 aug 2026, 00:30"
    assert ENGLISH.date(SUMMER_NIGHT) == "1 Aug 2026"


def test_age() -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    assert (DUTCH.age(past), ENGLISH.age(past)) == ("3 uur geleden", "3 hours ago")


def test_evidence_is_written_by_what_it_is() -> None:
    assert DUTCH.evidence(0.5, "largest_share") == "50%"
    assert DUTCH.evidence((0.825, 1.0), "shares") == "82,5%; 100%"
    assert DUTCH.evidence((3, 1200), "counts") == "3; 1.200"
    assert DUTCH.evidence("holding", "unit") == "holding"

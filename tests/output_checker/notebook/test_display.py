from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from output_checker.notebook import display
from output_checker.notebook.display import as_html, as_text, number
from output_checker.verdict import Verdict
from tests.output_checker.town import SIZE, Town, words

Build = Callable[..., Town]


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def read(html: str) -> Words:
    parser = Words()
    parser.feed(html)
    return parser


@pytest.fixture
def failed(build: Build) -> Verdict:
    area = ["b"] * 4 + ["c"] * 60 + ["a"] * (SIZE - 64)
    return build(area=area).judge(index="area", columns="sex", margins=True)


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (1234567, "1.234.567", "1,234,567"),
        (1234.5, "1.234,50", "1,234.50"),
        (-0.01234, "-0,0123", "-0.0123"),
        (0.0, "0", "0"),
        (None, "–", "–"),
    ],
)
def test_numbers_as_each_language_writes_them(value: float | None, dutch: str, english: str) -> None:
    assert (number(value, "nl"), number(value, "en")) == (dutch, english)


def test_text_marks_failing_cells_and_says_why(failed: Verdict) -> None:
    lines = as_text(failed, "en").splitlines()
    assert lines[0].split() == ["area", "women", "men", "Total"]
    assert "2 ✗[1]" in lines[2]
    assert "✗ Cannot be released like this (policy essnet)" in lines
    assert lines[-1].startswith("1. ✗ 3 cells with fewer than 10 persons. Merge")
    assert len({len(line) for line in lines[:5]}) == 1


def test_html_marks_failing_cells_by_colour_and_by_sign(failed: Verdict) -> None:
    html = as_html(failed, "nl")
    assert (
        html.count('class="enclave-fail" style="text-align:right;white-space:nowrap;background:#fde3e1') == 3
    )
    assert html.count("✗<sup>1</sup>") == 3
    assert "3 cellen met minder dan 10 personen." in html
    assert "Kan zo niet worden vrijgegeven (beleid essnet)" in html
    assert "Totaal" in html


def test_words_from_metadata_cannot_become_markup(build: Build) -> None:
    document = build().metadata.model_dump()
    for variable in document["variables"]:
        variable["label"] = words("<script>alert(1)</script>")
        variable["codes"] = {code: words("<img src=x>") for code in variable["codes"]} or {}
    html = as_html(build(document=document).judge(index="area", columns="sex"), "en")
    assert not {"script", "img"} & set(read(html).tags)
    assert "<img src=x>" in read(html).found


def test_empty_cells_and_passing_tables_carry_no_sign(town: Town) -> None:
    verdict = town.judge(
        index="area", columns="sex", values="income", aggfunc="mean", where="area <> 'a' OR sex = 'f'"
    )
    assert "–" in as_text(verdict, "en")
    passed = town.judge(index="area", columns="sex")
    assert "✗" not in as_text(passed, "en")
    assert "✓ No objection by the rules (policy essnet)" in as_text(passed, "en")


def test_a_table_without_columns_has_one(town: Town) -> None:
    assert as_text(town.judge(index="quarter"), "nl").splitlines()[0].split() == ["kwartier", "waarde"]


def test_long_tables_are_cut_with_a_note(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "MAX_ROWS", 2)
    verdict = town.judge(index="area", columns="sex")
    assert "2 more rows not shown." in as_text(verdict, "en")
    assert "Nog 2 rijen niet getoond." in as_html(verdict, "nl")
    assert "Area c" not in as_text(verdict, "en")


def test_ways_out_stand_below_the_notes_and_cannot_become_markup(failed: Verdict) -> None:
    assert as_text(failed, "en", ["<b>this</b>"]).endswith("What helps:\n→ <b>this</b>")
    html = as_html(failed, "nl", ["<b>this</b>"])
    assert "<p>Wat helpt:</p><ul><li>&lt;b&gt;this" in html
    assert "Wat helpt" not in as_html(failed, "nl")

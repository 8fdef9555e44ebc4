"""Names, lines and texts: what is kept is what readers see."""

from __future__ import annotations

import pytest

from api.errors import InvalidError
from api.people import validation


@pytest.mark.parametrize("space", ["\u00a0", "\u1680", "\u2003", "\u202f", "\u3000"])
def test_spaces_of_other_widths_become_plain(space: str) -> None:
    assert validation.line(f"{space}Anna{space}de Vries{space}", "name") == "Anna de Vries"


INVISIBLE = {
    "only odd blanks": "\u00a0\u3000",
    "right to left": "Anna\u202e",
    "zero width": "An\u200bna",
    "bell": "Anna\x07",
    "null": "Anna\x00",
    "half a pair": "Anna\ud800",
    "Hangul filler": "\u3164",
    "blank of braille": "\u2800\u2800",
    "grapheme joiner": "Anna\u034f",
    "a second line": "Anna\nde Vries",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_what_cannot_be_seen_is_refused_by_field(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        validation.line(text, "name")
    assert refused.value.field == "name"


def test_a_text_has_lines_where_a_line_has_none() -> None:
    assert validation.line("One.\n\tTwo.", "reason", validation.LONGEST_TEXT) == "One.\n\tTwo."
    with pytest.raises(InvalidError):
        validation.line("One.\u2028Two.", "reason", validation.LONGEST_TEXT)

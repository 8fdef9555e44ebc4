"""What people type: kept when it is plain, refused with the field when it could deceive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidError
from api.requests import words

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "Incomes <img src=x onerror=alert(1)>",
    "closing tag": "</title>",
    "comment": "<!-- x -->",
    "spaced tag": "< b>bold",
    "right to left": "Incomes \u202egnp.exe",
    "isolate": "Incomes \u2066by area\u2069",
    "zero width": "In\u200bcomes",
    "null": "Incomes\x00",
    "escape": "Incomes\x1b[31m",
    "line": "Incomes\nHeader: x",
    "separator": "Incomes\u2028x",
    "lone surrogate": "Incomes \ud800",
    "private": "Incomes \ue000",
    "empty": "",
    "blanks": "   \t ",
    "a megabyte": "x" * 1_000_000,
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_titles_are_refused_by_name_in_two_languages(title: str) -> None:
    with pytest.raises(InvalidError) as refused:
        words.title(title)
    assert refused.value.field == "title"
    assert refused.value.status == 422
    assert refused.value.message.nl != refused.value.message.en
    assert len(refused.value.message.en) < 200


@pytest.mark.parametrize(
    "title", ["Incomes < 10.000 & > 5", "Énergie à Heerlen – 2024", "住宅", "a<b"[:2] + " 3"]
)
def test_plain_titles_are_kept(title: str) -> None:
    assert words.title(f"  {title} ") == title


def test_letters_are_composed() -> None:
    assert words.title("Cafe\u0301") == "Café"


def test_a_purpose_and_a_comment_may_have_lines() -> None:
    assert words.purpose("One.\r\nTwo.\n\tThree.") == "One.\nTwo.\n\tThree."
    assert words.comment("One.\nTwo.") == "One.\nTwo."


@pytest.mark.parametrize(("check", "field"), [(words.purpose, "purpose"), (words.comment, "comment")])
def test_long_or_hostile_texts_are_refused_by_name(check: object, field: str) -> None:
    for text in ("x" * 4001, "\u202e", "<b>"):
        with pytest.raises(InvalidError) as refused:
            check(text)  # type: ignore[operator]
        assert refused.value.field == field


@given(st.text(max_size=300))
def test_whatever_is_kept_is_one_line_without_hidden_characters(text: str) -> None:
    try:
        kept = words.title(text)
    except InvalidError:
        return
    assert kept.isprintable()
    assert 1 <= len(kept) <= 400
    assert words.title(kept) == kept


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "x" * 15 + " ", "x" * 15 + "é", "x" * 16 + "\n"])
def test_odd_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidError) as refused:
        words.idempotency_key(key)
    assert refused.value.field == "idempotency_key"


def test_a_key_is_kept() -> None:
    assert words.idempotency_key("0f8fad5b-d9cb-469f-a165-70867728950e")

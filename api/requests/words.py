"""What people type into a request: kept as they mean it, refused when it could deceive whoever reads it."""

from __future__ import annotations

import re
import unicodedata

from api.errors import InvalidError
from api.people import validation
from output_checker.text import Text

LONGEST_TITLE = 200
LONGEST_TEXT = 4000
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MARKUP = re.compile(r"<\s*[A-Za-z/!?]")


def title(value: str) -> str:
    """Return a title of one line and at most 200 characters, composed (NFC).

    Raises InvalidError for markup, invisible or direction-changing characters, and wrong lengths.
    """
    return _words(value, "title", LONGEST_TITLE)


def purpose(value: str) -> str:
    """Return a purpose of at most 4000 characters, in which lines may end.

    Raises InvalidError as for a title.
    """
    return _words(value, "purpose", LONGEST_TEXT)


def context(value: str, field: str) -> str:
    """Return a remark of at most 4000 characters about what is asked, or "" when nothing is said.

    Raises InvalidError as for a title.
    """
    return _words(value, field, LONGEST_TEXT) if value.strip() else ""


def output_title(value: str, field: str) -> str:
    """Return the title of one output, or "" when it has none.

    Raises InvalidError as for a title.
    """
    return _words(value, field, LONGEST_TITLE) if value.strip() else ""


def comment(value: str) -> str:
    """Return a checker's comment of at most 4000 characters, in which lines may end.

    Raises InvalidError as for a title.
    """
    return _words(value, "comment", LONGEST_TEXT)


def idempotency_key(value: str) -> str:
    """Return a key of 16 to 64 letters, digits, hyphens and underscores.

    Raises InvalidError otherwise.
    """
    if not KEY.fullmatch(value):
        raise InvalidError(
            "bad_key",
            Text(
                "Een sleutel heeft 16 tot 64 letters, cijfers, koppeltekens of liggende streepjes.",
                "A key has 16 to 64 letters, digits, hyphens or underscores.",
            ),
            field="idempotency_key",
        )
    return value


def _words(value: str, field: str, longest: int) -> str:
    # Composed first: what is left of blanks and lengths is then what will be kept.
    words = validation.line(unicodedata.normalize("NFC", value.replace("\r\n", "\n")), field, longest)
    if _MARKUP.search(words):
        raise InvalidError(
            "markup",
            Text("Deze tekst bevat HTML.", "This text holds HTML."),
            field=field,
            remedy=Text("Schrijf gewone tekst zonder <labels>.", "Write plain text without <tags>."),
        )
    return words

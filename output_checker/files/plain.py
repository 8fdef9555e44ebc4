"""Plain text: strict UTF-8, nothing that is no text."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from output_checker.files.content import Passage
from output_checker.files.findings import FileRefused, FileRule
from output_checker.text import Text
from output_checker.verdict import Outcome

TEXT_BINARY = FileRule(
    "text_binary",
    Text("Geen platte tekst", "No plain text"),
    Outcome.FAIL,
    Text(
        "Dit bestand is geen platte tekst in UTF-8: het bevat bytes of stuurtekens die niemand kan lezen.",
        "This file is no plain text in UTF-8: it holds bytes or control characters that nobody can read.",
    ),
    Text("Bewaar het als UTF-8, zonder stuurtekens.", "Save it as UTF-8, without control characters."),
)
VALUES_BROKEN = FileRule(
    "values_broken",
    Text("Kapotte JSON", "Broken JSON"),
    Outcome.FAIL,
    Text(
        "De JSON in dit bestand is kapot, heeft een naam dubbel, of is te diep genest.",
        "The JSON in this file is broken, has a name twice, or is nested too deeply.",
    ),
    Text("Schrijf het bestand opnieuw weg.", "Write the file again."),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
DEEPEST = 50
"""Lists and objects within each other in JSON."""
CONTENT = Text("Inhoud", "Content")


def decode(content: bytes) -> str:
    """The text of a file.

    Raises:
        FileRefused: it is no UTF-8, or holds control characters.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(TEXT_BINARY) from None
    if _CONTROL.search(text):
        raise FileRefused(TEXT_BINARY)
    return text.replace("\r\n", "\n")


def passage_of(text: str, title: Text = CONTENT) -> Passage:
    """Text as people read it, line by line."""
    return Passage(title=title, rows=tuple((line,) for line in text.split("\n")))


def values_of(text: str) -> Any:
    """The values in a JSON document.

    Raises:
        FileRefused: it is malformed, or a name stands twice in one object, so that readers may disagree.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise FileRefused(VALUES_BROKEN) from None
    if _is_too_deep(values):
        raise FileRefused(VALUES_BROKEN)
    return values


def _is_too_deep(values: Any) -> bool:
    level = [values]
    for _ in range(DEEPEST):
        level = [one for value in level for one in _inside(value)]
    return bool(level)


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values

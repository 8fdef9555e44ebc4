"""Characters that nobody sees, or that show a text in another order than it has."""

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text

INVISIBLE = FileRule(
    "invisible_characters",
    Text("Onzichtbare tekens", "Invisible characters"),
    FAIL,
    Text(
        "Er staan tekens in die niemand ziet; daarin past verborgen tekst.",
        "It holds characters that nobody sees; hidden text fits in them.",
    ),
    Text(
        "Haal ze weg; typ de regel opnieuw zonder te plakken.",
        "Take them out; type the line anew, without pasting.",
    ),
)
BIDI = FileRule(
    "direction_changed",
    Text("Omgekeerde leesrichting", "Reading direction turned around"),
    FAIL,
    Text(
        "Er staan tekens in die de leesrichting omkeren: wat men leest is niet wat er staat.",
        "It holds characters that turn the reading direction around: what one reads is not what it says.",
    ),
    Text("Haal deze tekens weg.", "Take these characters out."),
)
WHITESPACE = FileRule(
    "whitespace",
    Text("Veel wit", "Much white space"),
    REVIEW,
    Text(
        "Er staat veel wit midden in of achter regels; daarin of daarachter kan iets verborgen zijn.",
        "There is much white space within or behind lines; something may be hidden in it or after it.",
    ),
    Text("Haal overbodige spaties en tabs weg.", "Take out needless spaces and tabs."),
)
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_CATEGORIES = frozenset({"Cf", "Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u034f") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}
_SPACES = frozenset(" \u00a0")
_WIDE = re.compile(r"\S[ \t]{60}|[ \t]{9}$")
_ENDS = re.compile(r"[ \t]$")
_MANY_ENDS = 20


def _is_invisible(letter: str) -> bool:
    if letter.isascii():
        return letter < " " and letter != "\t"
    if letter in _BLANKS or 0xE0000 <= ord(letter) <= 0xE01EF:
        return True
    category = unicodedata.category(letter)
    return category in _CATEGORIES or (category == "Zs" and letter not in _SPACES)


class Invisible(Inspector):
    """Control, formatting, private and unassigned characters, blanks that are no space, and white space as a carrier."""

    id: ClassVar[str] = "invisible"
    title: ClassVar[Text] = Text("Onzichtbare tekens", "Invisible characters")
    rules: ClassVar[tuple[FileRule, ...]] = (INVISIBLE, BIDI, WHITESPACE)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each line that holds some."""
        ends = 0
        for passage, line, text in file.lines():
            ends += bool(_ENDS.search(text))
            if not _BIDI.isdisjoint(text):
                yield Found(BIDI, file.place(passage, line))
            elif any(map(_is_invisible, set(text))):
                yield Found(INVISIBLE, file.place(passage, line))
            if _WIDE.search(text) or ends == _MANY_ENDS:
                yield Found(WHITESPACE, file.place(passage, line))

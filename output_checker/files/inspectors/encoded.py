"""Data in disguise: base64, hexadecimal, escapes, and strings too random for words."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text

EMBEDDED_DATA = FileRule(
    "data_address",
    Text("Ingebedde data", "Embedded data"),
    FAIL,
    Text(
        "Er staat een adres in dat zelf data bevat (data:...).",
        "It holds an address that is data itself (data:...).",
    ),
    Text("Haal het weg; dien afbeeldingen apart in.", "Take it out; submit pictures on their own."),
)
ENCODED = FileRule(
    "encoded_data",
    Text("Gecodeerde data", "Encoded data"),
    FAIL,
    Text(
        "Er staat een lange reeks base64, hexadecimale cijfers of escape-codes in: niemand kan lezen wat dat is.",
        "It holds a long run of base64, hexadecimal digits or escapes: nobody can read what that is.",
    ),
    Text("Haal de gecodeerde data weg.", "Take the encoded data out."),
)
RANDOM = FileRule(
    "random_looking",
    Text("Willekeurig ogende tekst", "Random-looking text"),
    REVIEW,
    Text("Er staat een lang woord in dat willekeurig oogt.", "It holds a long word that looks random."),
    Text("Haal het weg, of leg uit wat het is.", "Take it out, or explain what it is."),
)
_DATA = re.compile(r"data:[a-zA-Z0-9.+/-]{0,80}[;,]", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_LINE = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_ESCAPES = re.compile(
    r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[0-7]{3}|%[0-9a-fA-F]{2}|0x[0-9a-fA-F]{2},\s?){32}"
)
_DRAWN = frozenset("-=_+/")
_BITS = 4.3
"""Bits per character (Shannon) above which a word of 40 characters is taken for random; names in code stay under 4."""


def entropy(word: str) -> float:
    """Shannon's entropy of the characters of a word, in bits per character."""
    counts = Counter(word).values()
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts)


class Encoded(Inspector):
    """Addresses with data, runs of base64 or hexadecimal also over several lines, escapes, and random-looking words."""

    id: ClassVar[str] = "encoded"
    title: ClassVar[Text] = Text("Gecodeerde data", "Encoded data")
    rules: ClassVar[tuple[FileRule, ...]] = (EMBEDDED_DATA, ENCODED, RANDOM)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each line that holds some; of a block, the line with which it becomes too long."""
        before = 0
        for passage, line, text in file.lines():
            stripped = text.strip(" \t\"',;+\\()[]#>bru")
            block = before + len(stripped) if _LINE.fullmatch(stripped) and _is_coded(stripped) else 0
            if _DATA.search(text):
                yield Found(EMBEDDED_DATA, file.place(passage, line))
            elif before < file.limits.encoded_characters <= block or self._is_encoded(text, file):
                yield Found(ENCODED, file.place(passage, line))
            elif any(entropy(word) > _BITS for word in _WORD.findall(text)):
                yield Found(RANDOM, file.place(passage, line))
            before = block

    def _is_encoded(self, text: str, file: OpenFile) -> bool:
        longest = file.limits.encoded_characters
        words = (word for word in _WORD.findall(text) if len(word) >= longest)
        return any(map(_is_coded, words)) or bool(_ESCAPES.search(text))


def _is_coded(word: str) -> bool:
    """Whether a run of letters is more than a line that is drawn."""
    return len(set(word) - _DRAWN) > 1

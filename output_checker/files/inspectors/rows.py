"""Row-level data: many lines of one shape, long tables, long lists of values in code."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby, pairwise
from typing import ClassVar

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text

_AS_OUTPUT = Text(
    "Vraag de tabel aan als uitvoer: dan rekent de dienst haar na.",
    "Ask for the table as an output: then the service recomputes it.",
)
ROWS = FileRule(
    "rows",
    Text("Misschien rijen microdata", "Perhaps rows of microdata"),
    REVIEW,
    Text(
        "Er staan veel regels met dezelfde vorm onder elkaar; dat kunnen personen zijn.",
        "Many lines of the same shape stand below each other; these may be persons.",
    ),
    _AS_OUTPUT,
)
TOO_MANY_ROWS = FileRule(
    "too_many_rows",
    Text("Te veel rijen", "Too many rows"),
    FAIL,
    Text(
        "Er staan meer regels met dezelfde vorm onder elkaar dan mensen kunnen nakijken.",
        "More lines of the same shape stand below each other than people can check.",
    ),
    _AS_OUTPUT,
)
LITERALS = FileRule(
    "literals",
    Text("Lange lijst van waarden", "Long list of values"),
    REVIEW,
    Text("Er staat een lange lijst van getallen of teksten in.", "It holds a long list of numbers or texts."),
    Text(
        "Laat code waarden inlezen; dien de lijst niet mee in.",
        "Let code read values; do not submit the list.",
    ),
)
TOO_MANY_LITERALS = FileRule(
    "too_many_literals",
    Text("Te lange lijst van waarden", "Too long a list of values"),
    FAIL,
    Text(
        "Er staat een langere lijst van waarden in dan mensen kunnen nakijken.",
        "It holds a longer list of values than people can check.",
    ),
    Text(
        "Laat code waarden inlezen; dien de lijst niet mee in.",
        "Let code read values; do not submit the list.",
    ),
)
_DIGITS, _LETTERS, _BLANK = re.compile(r"[\d.]+"), re.compile(r"[^\W\d_]+"), re.compile(r"\s+")
_DELIMITERS = (",", ";", "\t", "|")
_LITERAL = re.compile(
    r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[L]?(?![\w.])"
)
_BETWEEN = re.compile(r"[\s,;:(){}\[\]]*")
_WIDEST_FIELD = 60


def shape_of(line: str) -> str:
    """The shape of a line: runs of digits, letters and blanks stand for themselves once; "" without a digit."""
    if not any(map(str.isdecimal, line)):
        return ""
    return _BLANK.sub(" ", _LETTERS.sub("a", _DIGITS.sub("9", line.strip())))


def _fields_of(delimiter: str, line: str) -> int:
    """How many short fields a line with digits holds, 0 when it is no row of a table."""
    fields = line.split(delimiter)
    has_digits = any(map(str.isdecimal, line))
    return len(fields) if len(fields) > 1 and has_digits and max(map(len, fields)) <= _WIDEST_FIELD else 0


class Rows(Inspector):
    """Runs of lines of one shape or with one number of fields, and runs of literal values with nothing in between."""

    id: ClassVar[str] = "rows"
    title: ClassVar[Text] = Text("Rijen microdata", "Rows of microdata")
    rules: ClassVar[tuple[FileRule, ...]] = (ROWS, TOO_MANY_ROWS, LITERALS, TOO_MANY_LITERALS)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """The longest run of lines in each passage, and of values."""
        limits = file.limits
        for number, passage in enumerate(file.passages):
            lines = list(passage.lines())
            length, first = max(_runs(lines))
            if length >= limits.rows_for_people:
                rule = TOO_MANY_ROWS if length >= limits.rows_refused else ROWS
                yield Found(rule, file.place(number, first))
            length, first = longest_list("\n".join(lines))
            if length >= limits.literals_for_people:
                rule = TOO_MANY_LITERALS if length >= limits.literals_refused else LITERALS
                yield Found(rule, file.place(number, first))


def _runs(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Length and first line of the longest run of each sort; blank lines do not end one."""
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    sorts: list[Callable[[str], str | int]] = [shape_of]
    sorts += [partial(_fields_of, delimiter) for delimiter in _DELIMITERS]
    for sort in sorts:
        runs = [(kind, list(run)) for kind, run in groupby(filled, key=lambda found: sort(found[1]))]
        yield max(((len(run), run[0][0]) for kind, run in runs if kind), default=(0, 1))


def longest_list(text: str) -> tuple[int, int]:
    """How many literal values follow each other with only brackets and separators between, and the line of the first."""
    found = list(_LITERAL.finditer(text))
    longest, length, start, best = min(1, len(found)), 1, 0, 0
    for at, (one, other) in enumerate(pairwise(found), start=1):
        joined = _BETWEEN.fullmatch(text, one.end(), other.start())
        length, start = (length + 1, start) if joined else (1, at)
        if length > longest:
            longest, best = length, start
    return longest, text.count("\n", 0, found[best].start() if found else 0) + 1

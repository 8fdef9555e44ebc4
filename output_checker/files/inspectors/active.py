"""Text that does something when it is opened: scripts and hidden remarks in Markdown, formulas in tables."""

import re
from collections.abc import Iterator
from typing import ClassVar

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text

CELL_FORMULA = FileRule(
    "cell_formula",
    Text("Formule in een tabel", "Formula in a table"),
    FAIL,
    Text(
        "Een veld begint als een formule (=, +, -, @ of een tab): een rekenblad voert dat uit.",
        "A field begins like a formula (=, +, -, @ or a tab): a spreadsheet runs it.",
    ),
    Text(
        "Zet er iets anders voor, of laat het veld weg.",
        "Put something else before it, or leave the field out.",
    ),
)
SCRIPT = FileRule(
    "script",
    Text("Actieve inhoud in tekst", "Active content in text"),
    FAIL,
    Text(
        "De tekst bevat HTML of een adres dat iets uitvoert of elders iets ophaalt.",
        "The text holds HTML or an address that runs something or fetches something elsewhere.",
    ),
    Text("Schrijf gewone tekst of Markdown zonder HTML.", "Write plain text or Markdown without HTML."),
)
REMARK = FileRule(
    "hidden_remark",
    Text("Verborgen opmerking in tekst", "Hidden remark in text"),
    FAIL,
    Text(
        "De tekst bevat een opmerking in HTML, die niemand ziet die haar leest.",
        "The text holds a remark in HTML, which nobody sees who reads it.",
    ),
    Text("Haal de opmerking weg.", "Take the remark out."),
)
FAR_PICTURE = FileRule(
    "far_picture",
    Text("Afbeelding van elders", "Picture from elsewhere"),
    REVIEW,
    Text(
        "De tekst verwijst naar een afbeelding; een van elders verraadt wie hem opent.",
        "The text refers to a picture; one from elsewhere tells who opens it.",
    ),
    Text("Dien de afbeelding apart in.", "Submit the picture on its own."),
)
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s{0,9}%?")
_DELIMITERS = re.compile(r"[,;\t|]")
_SCRIPT = re.compile(
    r"<\s{0,9}/?\s{0,9}(?:script|iframe|object|embed|img|link|meta|style|svg|form|input|video|audio|base)\b|javascript:|vbscript:|\bon\w{3,20}\s{0,9}=\s{0,9}[\"']",
    re.IGNORECASE,
)
_MARKDOWN = frozenset({"markdown", "notebook", "text"})


class Active(Inspector):
    """Fields that spreadsheets run, and what browsers run in Markdown."""

    id: ClassVar[str] = "active"
    title: ClassVar[Text] = Text("Actieve inhoud", "Active content")
    rules: ClassVar[tuple[FileRule, ...]] = (CELL_FORMULA, SCRIPT, REMARK, FAR_PICTURE)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each line that holds some."""
        look = self._fields if file.kind.id == "csv" else self._words if file.kind.id in _MARKDOWN else None
        for passage, line, text in file.lines() if look else ():
            rule = look(text) if look else None
            if rule:
                yield Found(rule, file.place(passage, line))

    @staticmethod
    def _fields(text: str) -> FileRule | None:
        fields = (field.strip("\"' ") for field in _DELIMITERS.split(text))
        return CELL_FORMULA if any(map(_is_formula, fields)) else None

    @staticmethod
    def _words(text: str) -> FileRule | None:
        if "<!--" in text or text.startswith(("[//]:", "[comment]:")):
            return REMARK
        if _SCRIPT.search(text):
            return SCRIPT
        return FAR_PICTURE if "![" in text else None


def _is_formula(field: str) -> bool:
    return field.startswith(("=", "+", "-", "@", "\r")) and len(field) > 1 and not _NUMBER.fullmatch(field)

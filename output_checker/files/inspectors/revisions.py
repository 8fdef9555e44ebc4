"""What a report still holds though nobody sees it: tracked changes, hidden text, fields that run something."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final
from xml.etree.ElementTree import Element

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found, part
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.files.inspectors.parts import ATTACHED, COMMENTS, FAR
from output_checker.files.kinds import Family
from output_checker.files.markup import attribute, local
from output_checker.files.packages import elements_of
from output_checker.text import Text

TRACKED = FileRule(
    "tracked_changes",
    Text("Bijgehouden wijzigingen", "Tracked changes"),
    FAIL,
    Text(
        "Dit bestand bevat bijgehouden wijzigingen: wat verwijderd lijkt, staat er nog in.",
        "This file holds tracked changes: what seems to be deleted is still in it.",
    ),
    Text("Aanvaard of verwerp alle wijzigingen.", "Accept or reject all changes."),
)
HIDDEN_TEXT = FileRule(
    "hidden_text",
    Text("Verborgen tekst", "Hidden text"),
    FAIL,
    Text("Dit bestand bevat verborgen tekst.", "This file holds hidden text."),
    Text("Maak de tekst zichtbaar of verwijder hem.", "Make the text visible, or remove it."),
)
PALE_TEXT = FileRule(
    "pale_text",
    Text("Wit of heel klein", "White or very small"),
    REVIEW,
    Text(
        "Dit bestand bevat tekst die wit of heel klein is.",
        "This file holds text that is white or very small.",
    ),
    Text("Maak de tekst leesbaar.", "Make the text readable."),
)
FIELD = FileRule(
    "field",
    Text("Veld dat iets uitvoert", "Field that runs something"),
    FAIL,
    Text(
        "Dit bestand bevat een veld dat gegevens ophaalt of een programma start (zoals DDE).",
        "This file holds a field that fetches data or starts a program (such as DDE).",
    ),
    Text("Vervang het veld door gewone tekst.", "Replace the field by plain text."),
)
_TRACKED: Final = frozenset(
    {
        *(
            "ins",
            "del",
            "moveFrom",
            "moveTo",
            "rPrChange",
            "pPrChange",
            "tblPrChange",
            "tcPrChange",
            "trPrChange",
        ),
        *(
            "sectPrChange",
            "numberingChange",
            "cellIns",
            "cellDel",
            "tracked-changes",
            "changed-region",
            "change-start",
        ),
    }
)
_HIDDEN: Final = frozenset({"vanish", "specVanish", "hidden-text", "hidden-paragraph", "conditional-text"})
_OBJECTS: Final = frozenset(
    {"object", "OLEObject", "pict", "drawing", "frame", "object-ole", "image", "binary-data"}
)
_FAR: Final = frozenset(
    {
        "attachedTemplate",
        "altChunk",
        "subDoc",
        "dde-source",
        "dde-connection",
        "database-display",
        "mailMerge",
    }
)
_NOTES: Final = frozenset({"annotation", "comment"})
_FIELDS: Final = frozenset(
    {
        *(
            "PAGE",
            "NUMPAGES",
            "TOC",
            "PAGEREF",
            "REF",
            "NOTEREF",
            "SEQ",
            "STYLEREF",
            "SECTIONPAGES",
            "SECTION",
        ),
        *("DATE", "TIME", "HYPERLINK", "CITATION", "BIBLIOGRAPHY", "INDEX", "XE", "TC", "EQ", "SYMBOL"),
    }
)
_NO = frozenset({"0", "false", "off", "none"})
_WHITE = re.compile(r"#?f[a-f0-9]f[a-f0-9]f[a-f0-9]", re.IGNORECASE)
_TINY_HALF_POINTS = 7
_REPORTS = frozenset({Family.WORD, Family.OPEN_DOCUMENT})


class Revisions(Inspector):
    """Tracked changes, comments, hidden or unreadable text, embedded objects and fields in reports."""

    id: ClassVar[str] = "revisions"
    title: ClassVar[Text] = Text("Wijzigingen en verborgen tekst", "Changes and hidden text")
    rules: ClassVar[tuple[FileRule, ...]] = (TRACKED, HIDDEN_TEXT, PALE_TEXT, FIELD)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each part with such text, once per rule."""
        if file.kind.family in _REPORTS:
            found = (
                (name, rule) for name, element in elements_of(file.trees) for rule in _rules_of(element, name)
            )
            yield from (Found(rule, part(name)) for name, rule in dict.fromkeys(found))


def _rules_of(element: Element, name: str) -> Iterator[FileRule]:
    tag = local(element.tag)
    for names, rule in ((_TRACKED, TRACKED), (_OBJECTS, ATTACHED), (_FAR, FAR), (_NOTES, COMMENTS)):
        if tag in names:
            yield rule
    if _is_hidden(element, tag):
        yield HIDDEN_TEXT
    if _is_pale(element, tag) and not name.endswith("theme1.xml"):
        yield PALE_TEXT
    if _runs_something(element, tag):
        yield FIELD


def _is_hidden(element: Element, tag: str) -> bool:
    if tag in _HIDDEN:
        return attribute(element, "val").lower() not in _NO or not attribute(element, "val")
    return attribute(element, "display") in {"none", "condition"} and tag in {"text-properties", "section"}


def _is_pale(element: Element, tag: str) -> bool:
    if tag in {"sz", "szCs"}:
        size = attribute(element, "val")
        return size.isdecimal() and int(size) <= _TINY_HALF_POINTS
    color = attribute(element, "val") if tag == "color" else attribute(element, "color")
    return tag in {"color", "text-properties"} and bool(_WHITE.fullmatch(color))


def _runs_something(element: Element, tag: str) -> bool:
    if tag not in {"instrText", "delInstrText", "fldSimple"}:
        return False
    words = (element.text or "") if tag != "fldSimple" else attribute(element, "instr")
    first = (words.split() or [""])[0].upper()
    return bool(first) and first.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) and first not in _FIELDS

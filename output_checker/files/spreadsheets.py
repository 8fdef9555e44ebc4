"""Spreadsheets (ECMA-376 part 1, SpreadsheetML) as plain cells: values, formulas, and what is hidden."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from output_checker.files.content import Passage
from output_checker.files.findings import FileRefused, FileRule, part
from output_checker.files.limits import FileLimits
from output_checker.files.markup import attribute, local
from output_checker.files.packages import lines_of, passages_of, text_of
from output_checker.text import Text
from output_checker.verdict import Outcome

WORKBOOK: Final = "xl/workbook.xml"
STRINGS: Final = "xl/sharedStrings.xml"
SHEETS: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
SHEET_TOO_LARGE = FileRule(
    "sheet_too_large",
    Text("Te veel cellen", "Too many cells"),
    Outcome.FAIL,
    Text("Dit rekenblad is te groot om na te kijken.", "This spreadsheet is too large to be looked over."),
    Text("Vraag de tabel aan als uitvoer.", "Ask for the table as an output."),
)
SHEET_BROKEN = FileRule(
    "sheet_broken",
    Text("Kapot rekenblad", "Broken spreadsheet"),
    Outcome.FAIL,
    Text(
        "Een cel van dit rekenblad heeft geen plaats, of verwijst naar tekst die er niet is.",
        "A cell of this spreadsheet has no place, or refers to text that is not there.",
    ),
    Text("Bewaar het opnieuw en dien dat in.", "Save it again and submit that."),
)
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_TRUE = frozenset({"1", "true", "on"})


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and the part in which it stands; ``cell`` is "" when it is no cell's."""

    part: str
    cell: str
    text: str


def is_true(value: str) -> bool:
    """Whether an attribute says yes."""
    return value.lower() in _TRUE


def passages_of_workbook(trees: Mapping[str, Element], limits: FileLimits) -> Iterator[Passage]:
    """Every sheet as a table, then texts that no cell uses, then all other words.

    Raises:
        FileRefused: there are too many cells, or a cell makes no sense.
    """
    strings = _strings(trees)
    used: set[int] = set()
    room = limits.cells
    for name, title, hidden in _sheets(trees):
        cells = dict(islice(_cells(trees[name], name, strings, used), room + 1))
        room -= len(cells)
        if room < 0 or max((column for _, column in cells), default=0) > limits.columns:
            raise FileRefused(SHEET_TOO_LARGE, part(name))
        if cells:
            yield Passage(title=title, form="table", rows=tuple(_rows(cells)), hidden=hidden)
    if unused := [text for at, text in enumerate(strings) if at not in used]:
        title = Text("Teksten die in geen cel staan", "Texts that stand in no cell")
        yield Passage(title=title, rows=tuple((text,) for text in unused), hidden=True)
    yield from passages_of(_without_cells(trees), {})


def unused_strings(trees: Mapping[str, Element]) -> bool:
    """Whether texts are stored that no cell shows."""
    used: set[int] = set()
    strings = _strings(trees)
    for name, _, _ in _sheets(trees):
        for _ in _cells(trees[name], name, strings, used):
            continue
    return len(used) < len(strings)


def formulas_of(trees: Mapping[str, Element]) -> Iterator[Formula]:
    """All formulas: of cells, names, validation and conditional formatting."""
    for name, tree in trees.items():
        for element in tree.iter():
            kind = local(element.tag)
            if kind == "c":
                texts = (child.text or "" for child in element if local(child.tag) == "f")
                yield from (Formula(name, attribute(element, "r"), text) for text in texts)
            elif kind in {"definedName", "formula", "formula1", "formula2", "calculatedColumnFormula"}:
                yield Formula(name, "", element.text or "")


def _strings(trees: Mapping[str, Element]) -> list[str]:
    tree = trees.get(STRINGS)
    return [] if tree is None else [text_of(item) for item in tree]


def _sheets(trees: Mapping[str, Element]) -> Iterator[tuple[str, Text, bool]]:
    """Each part that is a sheet, its title and whether it is hidden; one that the workbook does not name is hidden."""
    named = {target: sheet for sheet, target in _named(trees)}
    for name in trees:
        if SHEETS.fullmatch(name):
            sheet = named.get(name)
            title = attribute(sheet, "name") if sheet is not None else name
            hidden = sheet is None or attribute(sheet, "state") not in {"", "visible"}
            mark = Text(" (verborgen)", " (hidden)") if hidden else Text.same("")
            yield name, Text(f"Blad {title}{mark.nl}", f"Sheet {title}{mark.en}"), hidden


def _named(trees: Mapping[str, Element]) -> Iterator[tuple[Element, str]]:
    relations = trees.get("xl/_rels/workbook.xml.rels")
    targets = (
        {} if relations is None else {attribute(one, "Id"): attribute(one, "Target") for one in relations}
    )
    workbook = trees.get(WORKBOOK)
    for element in () if workbook is None else workbook.iter():
        if local(element.tag) == "sheet":
            target = targets.get(attribute(element, "id"), "")
            yield element, target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _cells(
    tree: Element, name: str, strings: list[str], used: set[int]
) -> Iterator[tuple[tuple[int, int], str]]:
    row, column = 0, 0
    for element in tree.iter():
        if local(element.tag) == "row":
            # Rows and cells that do not say where they are follow each other (ECMA-376 part 1, 18.3.1.73 and 18.3.1.4).
            said = attribute(element, "r")
            row, column = (int(said) if said.isdecimal() else row + 1), 0
        elif local(element.tag) == "c":
            found = _PLACE.fullmatch(attribute(element, "r") or f"{_letters(column + 1)}{row}")
            if found is None:
                raise FileRefused(SHEET_BROKEN, part(name))
            column = _column(found[1])
            if text := _text(element, name, strings, used):
                yield (int(found[2]), column), text


def _text(cell: Element, name: str, strings: list[str], used: set[int]) -> str:
    """What a cell shows, after the formula that it holds."""
    texts = {local(child.tag): text_of(child) for child in cell}
    shown = texts.get("is", texts.get("v", ""))
    if attribute(cell, "t") == "s" and shown:
        try:
            at = int(shown)
            shown = strings[at] if at >= 0 else strings[len(strings)]
        except (ValueError, IndexError):
            raise FileRefused(SHEET_BROKEN, part(name)) from None
        used.add(at)
    return f"={texts['f']} → {shown}" if "f" in texts else shown


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _rows(cells: Mapping[tuple[int, int], str]) -> Iterator[tuple[str, ...]]:
    """The filled rows, headed by the letters of the columns and their own numbers."""
    columns = sorted({column for _, column in cells})
    yield ("", *map(_letters, columns))
    for row in sorted({row for row, _ in cells}):
        yield (str(row), *(cells.get((row, column), "") for column in columns))


def _without_cells(trees: Mapping[str, Element]) -> dict[str, Element]:
    """What is left to be read: parts without the cells and strings that the sheets show already."""
    return {name: _other(tree) for name, tree in trees.items() if name != STRINGS}


def _other(tree: Element) -> Element:
    if local(tree.tag) != "worksheet":
        return tree
    rest = Element(tree.tag)
    rest.extend(child for child in tree if local(child.tag) != "sheetData")
    if any(list(lines_of(row)) for row in _strays(tree)):
        raise FileRefused(SHEET_BROKEN)
    return rest


def _strays(tree: Element) -> Iterator[Element]:
    """Elements among the cells that are none: no program shows them, and so nothing may stand there."""
    for data in tree:
        if local(data.tag) == "sheetData":
            for row in data:
                kept = Element(row.tag)
                kept.extend(child for child in row if local(child.tag) != "c")
                yield kept

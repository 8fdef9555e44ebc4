"""What a spreadsheet hides, and what it computes or fetches when it is opened."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found, part
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.files.inspectors.parts import FAR
from output_checker.files.kinds import Family
from output_checker.files.markup import attribute, local
from output_checker.files.packages import elements_of
from output_checker.files.spreadsheets import Formula, formulas_of, is_true, unused_strings
from output_checker.text import Text
from output_checker.verdict import Place

HIDDEN_SHEET = FileRule(
    "hidden_sheet",
    Text("Verborgen werkblad", "Hidden sheet"),
    FAIL,
    Text("Dit rekenblad heeft een verborgen werkblad.", "This spreadsheet has a hidden sheet."),
    Text("Maak het zichtbaar of verwijder het.", "Make it visible, or remove it."),
)
HIDDEN_CELLS = FileRule(
    "hidden_rows",
    Text("Verborgen rijen, kolommen of waarden", "Hidden rows, columns or values"),
    FAIL,
    Text(
        "Dit rekenblad heeft rijen, kolommen, namen of waarden die het niet toont.",
        "This spreadsheet has rows, columns, names or values that it does not show.",
    ),
    Text("Maak ze zichtbaar of verwijder ze.", "Make them visible, or remove them."),
)
UNUSED_TEXT = FileRule(
    "unused_text",
    Text("Tekst in geen cel", "Text in no cell"),
    FAIL,
    Text(
        "Dit rekenblad bewaart teksten die in geen cel staan, zoals van verwijderde rijen.",
        "This spreadsheet keeps texts that stand in no cell, such as those of deleted rows.",
    ),
    Text("Plak de waarden in een nieuw bestand.", "Paste the values into a new file."),
)
FORMULA = FileRule(
    "formula",
    Text("Formule", "Formula"),
    REVIEW,
    Text(
        "Dit rekenblad bevat formules; wat zij tonen kan iets anders zijn dan wat zij uitrekenen.",
        "This spreadsheet holds formulas; what they show may differ from what they compute.",
    ),
    Text("Plak alleen de waarden.", "Paste the values only."),
)
FORMULA_REFUSED = FileRule(
    "formula_refused",
    Text("Formule die iets ophaalt, start of opblaast", "Formula that fetches, starts or blows up"),
    FAIL,
    Text(
        "Dit rekenblad bevat een formule die iets kan ophalen of starten (zoals DDE), of onmatig groot wordt.",
        "This spreadsheet holds a formula that can fetch or start something (such as DDE), or that grows excessively.",
    ),
    Text("Plak alleen de waarden.", "Paste the values only."),
)
_FUNCTIONS: Final = frozenset(
    {
        *(
            "SUM",
            "AVERAGE",
            "COUNT",
            "COUNTA",
            "COUNTIF",
            "COUNTIFS",
            "SUMIF",
            "SUMIFS",
            "AVERAGEIF",
            "MIN",
            "MAX",
        ),
        *(
            "ROUND",
            "ROUNDUP",
            "ROUNDDOWN",
            "INT",
            "ABS",
            "SQRT",
            "EXP",
            "LN",
            "LOG",
            "LOG10",
            "MEDIAN",
            "STDEV",
        ),
        *(
            "IF",
            "AND",
            "OR",
            "NOT",
            "IFERROR",
            "ISBLANK",
            "ISNUMBER",
            "TRUE",
            "FALSE",
            "MOD",
            "VAR",
            "PRODUCT",
        ),
        *(
            "VLOOKUP",
            "HLOOKUP",
            "INDEX",
            "MATCH",
            "SUMPRODUCT",
            "SUBTOTAL",
            "LEFT",
            "RIGHT",
            "MID",
            "LEN",
            "TRIM",
        ),
    }
)
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\s*\(")
_TEXT = re.compile(r'"[^"]*"')
_ELSEWHERE = re.compile(r"[|\[{]|://|\\\\|#REF!|![A-Z]*:")
_HIDDEN_WHOLE: Final = frozenset({"row", "col", "definedName", "sheetFormatPr"})
_FILTER: Final = "_xlnm._FilterDatabase"
"""The range of a filter, which spreadsheets keep under a hidden name; rows that it hides are hidden rows."""
_DEEPEST: Final = 8
_MOST_FORMULAS: Final = 2_000
_EMPTY_FORMAT = re.compile(r"[^;]*;{2,}[^;\"@#0?]*|;+")


class Sheets(Inspector):
    """Hidden sheets, rows, columns, names and number formats; formulas; connections."""

    id: ClassVar[str] = "sheets"
    title: ClassVar[Text] = Text("Rekenbladen", "Spreadsheets")
    rules: ClassVar[tuple[FileRule, ...]] = (
        HIDDEN_SHEET,
        HIDDEN_CELLS,
        UNUSED_TEXT,
        FORMULA,
        FORMULA_REFUSED,
    )

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each sheet, row, column, name and formula at fault."""
        if file.kind.family is not Family.SPREADSHEET:
            return
        for number, passage in enumerate(file.passages):
            if passage.hidden and passage.form == "table":
                yield Found(HIDDEN_SHEET, Place(passage=number, line=1, words=passage.title))
        for name, element in elements_of(file.trees):
            if rule := _hidden(local(element.tag), element.attrib, attribute(element, "formatCode")):
                yield Found(rule, part(name))
        if unused_strings(file.trees):
            yield Found(UNUSED_TEXT)
        yield from _formulas(file)


def _hidden(tag: str, attributes: dict[str, str], shown_as: str) -> FileRule | None:
    if tag == "sheet" and attributes.get("state", "visible") != "visible":
        return HIDDEN_SHEET
    hides = tag in _HIDDEN_WHOLE and (
        is_true(attributes.get("hidden", "")) or is_true(attributes.get("zeroHeight", ""))
    )
    if attributes.get("name") == _FILTER:
        return None
    flat = (tag == "row" and _is_zero(attributes.get("ht"))) or (
        tag == "col" and _is_zero(attributes.get("width"))
    )
    if hides or flat or (tag == "numFmt" and bool(_EMPTY_FORMAT.fullmatch(shown_as))):
        return HIDDEN_CELLS
    return FAR if tag in {"oleLink", "ddeLink", "webPublishItem", "externalReference"} else None


def _is_zero(size: str | None) -> bool:
    """Whether a height or width is so small that nobody sees it; what is no number is not believed."""
    try:
        return size is not None and float(size) < 1
    except ValueError:
        return True


def _formulas(file: OpenFile) -> Iterator[Found]:
    formulas = list(formulas_of(file.trees))
    if len(formulas) > _MOST_FORMULAS:
        yield Found(FORMULA_REFUSED)
        return
    for formula in formulas:
        refused = is_refused(formula.text, file.limits.formula_characters)
        yield Found(FORMULA_REFUSED if refused else FORMULA, _place(formula))


def is_refused(formula: str, longest: int) -> bool:
    """Whether a formula does more than compute from cells with functions that are known to be harmless."""
    code = _TEXT.sub('""', formula)
    called = {name.upper() for name in _CALL.findall(code)}
    deep = max((code[:at].count("(") - code[:at].count(")") for at in range(len(code) + 1)), default=0)
    return bool(len(formula) > longest or deep > _DEEPEST or called - _FUNCTIONS or _ELSEWHERE.search(code))


def _place(formula: Formula) -> Place:
    words = part(formula.part).words
    if not formula.cell:
        return Place(words=words)
    return Place(words=Text(f"{words.nl}, cel {formula.cell}", f"{words.en}, cell {formula.cell}"))

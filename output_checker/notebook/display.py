"""How a judged table looks: as people like it, failing cells marked by colour and by sign, each with its reason."""

from collections.abc import Iterable, Sequence
from html import escape

from output_checker.text import Language, Text
from output_checker.verdict import Cell, Finding, Outcome, Table, Verdict

SIGNS = {"fail": "✗", "review": "?", "pass": "", "empty": "", "hidden": "×"}
COLOURS = {
    "fail": "background:#fde3e1;color:#7a0c05",
    "review": "background:#fff3c4;color:#5c4300",
    "pass": "",
    "empty": "color:#6b6b6b",
    "hidden": "background:#e8e8e8;color:#3d3d3d",
}
MAX_ROWS = 200
"""Rows that are shown; the rest is judged all the same."""

MOST_PLACES = 5
"""Places in a file that a note names."""

OUTCOMES = {
    Outcome.PASS: Text(nl="✓ Geen bezwaar volgens de regels", en="✓ No objection by the rules"),
    Outcome.REVIEW: Text(nl="? Mensen moeten dit beoordelen", en="? People have to judge this"),
    Outcome.FAIL: Text(nl="✗ Kan zo niet worden vrijgegeven", en="✗ Cannot be released like this"),
}

_WAYS_OUT = Text(nl="Wat helpt:", en="What helps:")


def number(value: float | None, language: Language) -> str:
    """A number as the language writes it; a dash where there is none."""
    if value is None:
        return "–"
    words = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"
    return words.translate(str.maketrans(",.", ".,")) if language == "nl" else words


def as_html(verdict: Verdict, language: Language, ways_out: Sequence[str] = ()) -> str:
    """The table, its findings and ways out as HTML; every word is escaped, nothing is loaded from elsewhere."""
    table = verdict.table
    header, rows = _lines(table, language)
    marks = _marks(verdict)
    body = [
        f'<tr><th scope="row" style="text-align:left">{escape(row)}</th>'
        + "".join(_html_cell(table.cell(at, column), marks, table, language) for column in range(len(header)))
        + "</tr>"
        for at, row in enumerate(rows)
    ]
    columns = "".join(f'<th scope="col">{escape(column)}</th>' for column in header)
    corner = f'<th scope="col" style="text-align:left">{escape(_corner(table, language))}</th>'
    items = "".join(f"<li>{escape(note)}</li>" for note in notes(verdict, language))
    return (
        f'<div class="enclave-table"><table><thead><tr>{corner}{columns}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table><p><strong>{escape(_outcome(verdict, language))}</strong></p>"
        f"<ol>{items}</ol>{_html_ways_out(ways_out, language)}{_more(table, language)}</div>"
    )


def as_text(verdict: Verdict, language: Language, ways_out: Sequence[str] = ()) -> str:
    """The table, its findings and ways out for a terminal."""
    table = verdict.table
    header, rows = _lines(table, language)
    marks = _marks(verdict)
    grid = [[_corner(table, language), *header]]
    for at, row in enumerate(rows):
        cells = [table.cell(at, column) for column in range(len(header))]
        grid.append([row, *(_marked(cell, marks, table, language) for cell in cells)])
    widths = [max(len(line[place]) for line in grid) for place in range(len(grid[0]))]
    lines = [_aligned(line, widths) for line in grid]
    numbered = [f"{place}. {note}" for place, note in enumerate(notes(verdict, language), start=1)]
    ending = [*text_ways_out(ways_out, language), _more(table, language)]
    return "\n".join([*lines, _outcome(verdict, language), *numbered, *ending]).rstrip()


def text_ways_out(ways_out: Sequence[str], language: Language) -> list[str]:
    """What would make the table pass, under a line that says so; nothing where there is none."""
    return [_WAYS_OUT.in_language(language), *(f"→ {way}" for way in ways_out)] if ways_out else []


def _html_ways_out(ways_out: Sequence[str], language: Language) -> str:
    items = "".join(f"<li>{escape(way)}</li>" for way in ways_out)
    return f"<p>{escape(_WAYS_OUT.in_language(language))}</p><ul>{items}</ul>" if ways_out else ""


def _lines(table: Table, language: Language) -> tuple[list[str], list[str]]:
    measure = [Text(nl="waarde", en="value").in_language(language)]
    header = [_words(table, table.column_names, line, language) for line in table.columns]
    rows = [_words(table, table.row_names, line, language) for line in table.rows[:MAX_ROWS]]
    return header if table.column_names else measure, rows


def _words(table: Table, names: tuple[str, ...], line: tuple[str, ...], language: Language) -> str:
    return " / ".join(table.label(name, code, language) for name, code in zip(names, line, strict=True))


def _corner(table: Table, language: Language) -> str:
    return " / ".join(table.heading(name, language) for name in table.row_names)


def _written(cell: Cell, language: Language) -> str:
    """The number, or the sign of statistical offices for one that is withheld."""
    return SIGNS["hidden"] if cell.status == "hidden" else number(cell.value, language)


def _marks(verdict: Verdict) -> dict[int, list[int]]:
    """The numbers of the notes that belong to each cell."""
    marks: dict[int, list[int]] = {}
    for note, finding in enumerate(verdict.findings, start=1):
        for cell in finding.cells:
            marks.setdefault(cell, []).append(note)
    return marks


def _notes_of(cell: Cell, marks: dict[int, list[int]], table: Table) -> str:
    return ",".join(str(note) for note in marks.get(cell.row * len(table.columns) + cell.column, []))


def _marked(cell: Cell, marks: dict[int, list[int]], table: Table, language: Language) -> str:
    notes = _notes_of(cell, marks, table)
    sign = f" {SIGNS[cell.status]}[{notes}]" if notes else ""
    return _written(cell, language) + sign


def _html_cell(cell: Cell, marks: dict[int, list[int]], table: Table, language: Language) -> str:
    notes = _notes_of(cell, marks, table)
    sign = f" {SIGNS[cell.status]}<sup>{notes}</sup>" if notes else ""
    style = f"text-align:right;white-space:nowrap;{COLOURS[cell.status]}"
    return f'<td class="enclave-{cell.status}" style="{style}">{_written(cell, language)}{sign}</td>'


def notes(verdict: Verdict, language: Language) -> list[str]:
    """Each finding in one line: sign, reason and way out."""
    return notes_of(verdict.findings, language)


def notes_of(findings: Iterable[Finding], language: Language) -> list[str]:
    """Each finding in one line, with the first places in a file."""
    return [_note(finding, language) for finding in findings]


def _note(finding: Finding, language: Language) -> str:
    words = [
        SIGNS[finding.outcome.value],
        finding.reason.in_language(language),
        finding.remedy.in_language(language),
    ]
    places = [place.words.in_language(language) for place in finding.places]
    more = ["…"] if len(places) > MOST_PLACES else []
    return " ".join(words) + (f" ({'; '.join([*places[:MOST_PLACES], *more])})" if places else "")


def _outcome(verdict: Verdict, language: Language) -> str:
    under = Text(nl="beleid", en="policy").in_language(language)
    return f"{OUTCOMES[verdict.outcome].in_language(language)} ({under} {verdict.policy.name})"


def _more(table: Table, language: Language) -> str:
    hidden = len(table.rows) - MAX_ROWS
    words = Text(nl=f"Nog {hidden} rijen niet getoond.", en=f"{hidden} more rows not shown.")
    return words.in_language(language) if hidden > 0 else ""


def _aligned(line: list[str], widths: list[int]) -> str:
    first, *others = line
    cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells])

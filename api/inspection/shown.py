"""A file as people see it: its passages line by line with the numbers of the findings that mark them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from api.inspection.store import kept
from api.settings import Settings
from output_checker.files.content import Shown
from output_checker.files.kinds import KINDS, PICTURES
from output_checker.text import Text
from output_checker.verdict import FileReport, Finding, Verdict

MOST_LINES = 2_000
"""Lines of a passage that are shown at once; marked lines are always shown."""


@dataclass(frozen=True)
class ShownLine:
    """A line or row: its number, its cells (one for a line of text), and the findings (1-based) that mark it."""

    number: int
    cells: tuple[str, ...]
    notes: tuple[int, ...]


@dataclass(frozen=True)
class ShownPassage:
    """A stretch of a file; `omitted` unmarked lines of a very long one are not shown."""

    title: Text
    is_table: bool
    hidden: bool
    lines: tuple[ShownLine, ...]
    omitted: int


@dataclass(frozen=True)
class ShownFile:
    """A file: what is known of it, and its passages; `damaged` when what people are to see is no longer there."""

    report: FileReport
    kind: Text
    is_picture: bool
    passages: tuple[ShownPassage, ...]
    damaged: bool


def file_in_words(document: dict[str, object]) -> Text:
    """Return what a file is that stands in the place of a query, in words."""
    return Text(
        f"Het bestand {document['name']}, {document['bytes']} bytes.",
        f"The file {document['name']}, {document['bytes']} bytes.",
    )


def shown_file(settings: Settings, verdict: Verdict) -> ShownFile | None:
    """Return the file of a verdict as who may see it sees it; None when the verdict is about a table."""
    report = verdict.file
    if report is None:
        return None
    kinds = {kind.id: kind for kind in KINDS}
    content = kept(settings, report.shown)
    passages = Shown.model_validate_json(content).passages if content else ()
    notes = _notes(verdict.findings)
    return ShownFile(
        report,
        kinds[report.kind].title if report.kind in kinds else Text("onbekend", "unknown"),
        report.kind in kinds and kinds[report.kind].family in PICTURES,
        tuple(
            _passage(passage.title, passage.form == "table", passage.hidden, passage.rows, notes[number])
            for number, passage in enumerate(passages)
        ),
        (report.leaves is not None and kept(settings, report.leaves) is None)
        or (report.shown is not None and not content),
    )


def _notes(findings: tuple[Finding, ...]) -> defaultdict[int, dict[int, tuple[int, ...]]]:
    """Return the numbers of the findings by passage and line."""
    notes: defaultdict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for number, finding in enumerate(findings, start=1):
        for place in finding.places:
            if place.passage is not None and place.line is not None:
                before = notes[place.passage].get(place.line, ())
                notes[place.passage][place.line] = tuple(dict.fromkeys((*before, number)))
    return notes


def _passage(
    title: Text,
    is_table: bool,
    hidden: bool,
    rows: tuple[tuple[str, ...], ...],
    notes: dict[int, tuple[int, ...]],
) -> ShownPassage:
    lines = [ShownLine(number, cells, notes.get(number, ())) for number, cells in enumerate(rows, start=1)]
    shown = tuple(line for line in lines if line.number <= MOST_LINES or line.notes)
    return ShownPassage(title, is_table, hidden, shown, len(lines) - len(shown))

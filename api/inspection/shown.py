"""A file as people see it: its passages line by line with the numbers of the findings that mark them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from api.inspection.store import kept
from api.settings import Settings
from output_checker.files.content import Passage, Shown
from output_checker.files.kinds import KINDS, PICTURES
from output_checker.text import Text
from output_checker.verdict import FileReport, Finding, Verdict

_KINDS = {kind.id: kind for kind in KINDS}
_UNKNOWN = Text("niet toegestaan", "not allowed")


@dataclass(frozen=True)
class ShownLine:
    """A line or row: its number, its cells (one for a line of text), and the findings (1-based) that mark it."""

    number: int
    cells: tuple[str, ...]
    notes: tuple[int, ...]


@dataclass(frozen=True)
class ShownPassage:
    """A stretch of a file; `hidden` when the program that it was made for does not show it."""

    title: Text
    is_table: bool
    hidden: bool
    lines: tuple[ShownLine, ...]


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
    content = kept(settings, report.shown)
    passages = Shown.model_validate_json(content).passages if content else ()
    notes = _notes(verdict.findings)
    return ShownFile(
        report,
        _KINDS[report.kind].title if report.kind in _KINDS else _UNKNOWN,
        report.kind in _KINDS and _KINDS[report.kind].family in PICTURES,
        tuple(_passage(passage, notes[number]) for number, passage in enumerate(passages)),
        report.leaves is not None and (content is None or kept(settings, report.leaves) is None),
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


def _passage(passage: Passage, notes: dict[int, tuple[int, ...]]) -> ShownPassage:
    lines = (
        ShownLine(number, cells, notes.get(number, ())) for number, cells in enumerate(passage.rows, start=1)
    )
    return ShownPassage(passage.title, passage.form == "table", passage.hidden, tuple(lines))

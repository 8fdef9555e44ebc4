"""Inspecting one file: what it is, what is found in it, what people read of it, and which bytes would leave.

The outcome is never ``pass``: a file was not recomputed, so that people always look. Hostile content may exhaust or
crash the parsers; services call this through ``output_checker.files.apart``.
"""

import hashlib
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from output_checker import files
from output_checker.files.content import OpenFile, Shown
from output_checker.files.findings import FileRefused, FileRule, Found, findings_of
from output_checker.files.inspectors import known_inspectors
from output_checker.files.kinds import KIND_REFUSED, FileKind, check_content, kind_called
from output_checker.files.limits import FileLimits
from output_checker.files.names import name_problem
from output_checker.files.openers import open_file
from output_checker.text import Text
from output_checker.verdict import FileReport, Finding, Outcome

EMPTY = FileRule(
    "file_empty",
    Text("Leeg bestand", "Empty file"),
    Outcome.FAIL,
    Text("Dit bestand is leeg.", "This file is empty."),
    Text("Dien een bestand met inhoud in.", "Submit a file with content."),
)
TOO_LARGE = FileRule(
    "file_too_large",
    Text("Te groot bestand", "File too large"),
    Outcome.FAIL,
    Text("Dit bestand is te groot om na te kijken.", "This file is too large to be looked over."),
    Text("Deel het op, of laat weg wat niet nodig is.", "Split it, or leave out what is not needed."),
)
NOT_INSPECTED = FileRule(
    "not_inspected",
    Text("Niet na te kijken", "Could not be inspected"),
    Outcome.FAIL,
    Text(
        "Het nakijken van dit bestand is afgebroken: het kostte te veel geheugen of tijd, of het bestand is kapot.",
        "The inspection of this file was broken off: it took too much memory or time, or the file is broken.",
    ),
    Text("Maak het bestand kleiner en eenvoudiger.", "Make the file smaller and simpler."),
)
NOTHING_SHOWN = Shown(passages=())


@dataclass(frozen=True)
class Inspection:
    """What is known of a file; ``leaving`` are the bytes that would leave, None when it cannot."""

    report: FileReport
    findings: tuple[Finding, ...]
    shown: Shown
    leaving: bytes | None

    @property
    def outcome(self) -> Outcome:
        """Refused, or for people: never more than that."""
        refused = any(finding.outcome is Outcome.FAIL for finding in self.findings)
        return Outcome.FAIL if refused or self.leaving is None else Outcome.REVIEW


@cache
def known_file_rules() -> dict[str, FileRule]:
    """Every rule about files by id, in alphabetical order: those of reading them and those of the inspectors."""
    modules = pkgutil.walk_packages(files.__path__, f"{files.__name__}.")
    members = [
        vars(importlib.import_module(module.name)).values()
        for module in modules
        if "apart" not in module.name
    ]
    rules = {one.id: one for values in members for one in values if isinstance(one, FileRule)}
    return dict(sorted((rules | {rule.id: rule for rule in KIND_REFUSED.values()}).items()))


def inspect_file(name: str, content: bytes, limits: FileLimits | None = None) -> Inspection:
    """Read a file called ``name`` as its kind, and look for everything that should not leave.

    No file makes this raise an error of its own: what cannot be read is a finding.
    """
    limits = limits or FileLimits()
    report = report_of(name, hashlib.sha256(content).hexdigest(), len(content))
    try:
        kind = _kind_of(name, content, limits)
        report = report.model_copy(update={"kind": kind.id, "media_type": kind.media_type})
        opened = open_file(kind, content, limits)
        _check_readable(opened)
    except FileRefused as refused:
        return Inspection(report, findings_of([refused.found]), NOTHING_SHOWN, None)
    findings = findings_of(_found(opened))
    leaving = content if opened.plain is None else opened.plain
    return Inspection(_with_bytes(report, leaving), findings, Shown(passages=opened.passages), leaving)


def refused_unread(name: str, sha256: str, size: int, rule: FileRule) -> Inspection:
    """What is known of a file that could not be inspected at all."""
    return Inspection(report_of(name, sha256, size), findings_of([Found(rule)]), NOTHING_SHOWN, None)


def report_of(name: str, sha256: str, size: int) -> FileReport:
    """The report of a file of which only name, hash and size are known."""
    return FileReport(name=name, kind="", media_type="application/octet-stream", sha256=sha256, size=size)


def _kind_of(name: str, content: bytes, limits: FileLimits) -> FileKind:
    if problem := name_problem(name):
        raise FileRefused(problem)
    kind = kind_called(name)
    if not content:
        raise FileRefused(EMPTY)
    if len(content) > kind.largest(limits):
        raise FileRefused(TOO_LARGE)
    check_content(kind, content)
    return kind


def _check_readable(opened: OpenFile) -> None:
    """What is longer than anybody reads cannot be shown in full, so that nobody could vouch for it."""
    if sum(len(passage.rows) for passage in opened.passages) > opened.limits.lines:
        raise FileRefused(TOO_LARGE)


def _found(opened: OpenFile) -> Iterator[Found]:
    for inspector in known_inspectors().values():
        yield from inspector.inspect(opened)


def _with_bytes(report: FileReport, leaving: bytes) -> FileReport:
    digest = hashlib.sha256(leaving).hexdigest()
    return report.model_copy(update={"leaves": digest, "leaves_size": len(leaving)})

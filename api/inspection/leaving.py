"""The bytes of a file that people approved: exactly these, or nothing."""

from __future__ import annotations

import re
import unicodedata

from api.inspection.store import kept
from api.release.formats import OutputFile
from api.requests.models import Output
from api.requests.verdicts import verdict_of
from api.settings import Settings
from output_checker.verdict import FileReport

_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def report_of(output: Output) -> FileReport | None:
    """Return what is known of the file of an output; None when it is a table, or was not inspected."""
    verdict = verdict_of(output)
    return verdict.file if verdict else None


def approved_bytes(settings: Settings, output: Output) -> bytes | None:
    """Return the bytes whose sha256 stands in the verdict that people saw; None when they are not there like that."""
    report = report_of(output)
    return kept(settings, report.leaves) if report else None


def file_of(settings: Settings, output: Output) -> OutputFile:
    """Return the file as it leaves, under a name that every system can hold.

    Raises FileNotFoundError when the approved bytes are no longer there.
    """
    report, content = report_of(output), approved_bytes(settings, output)
    if report is None or content is None:
        raise FileNotFoundError(f"the approved bytes of output {output.id} are gone")
    letters = unicodedata.normalize("NFKD", report.name).encode("ascii", "ignore").decode()
    name = f"{output.request.number}-{output.position}-{_PLAIN.sub('_', letters)}"
    return OutputFile(name, report.media_type, content)

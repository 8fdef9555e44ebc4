"""The verdict on a file: its findings. It never passes by itself; what people see and may let out is kept by content."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.inspection.store import keep
from api.requests.models import Output
from api.settings import Settings
from api.uploads.service import directory_of
from output_checker.errors import DatasetError
from output_checker.files.apart import Means, inspect_apart
from output_checker.files.inspection import Inspection
from output_checker.policy import load_policy
from output_checker.text import Text
from output_checker.verdict import DatasetReference, FileReport, Outcome, PolicyReference, Table, Verdict

UPLOAD_GONE = Text(
    "De geüploade inhoud is weg of veranderd; upload haar opnieuw en dien opnieuw in.",
    "The uploaded content is gone or was altered; upload it again and submit again.",
)
_NO_TABLE = Table(row_names=(), column_names=(), rows=(), columns=(), cells=())


@dataclass(frozen=True)
class FileWork:
    """A file to inspect, `asked` naming it in the place of a query: everything that this takes, without a database."""

    output: int
    asked: dict[str, Any]
    query_digest: str
    path: Path
    policy: str
    settings: Settings

    @property
    def seconds(self) -> int:
        """Seconds of a processor that this may take."""
        return math.ceil(self.settings.inspection_seconds)


def file_work(settings: Settings, output: Output) -> FileWork:
    """Return what inspecting the file of an output takes."""
    project = output.request.project
    path = directory_of(settings, project) / output.query["sha256"]
    return FileWork(output.id, output.query, output.query_digest, path, project.policy, settings)


def judge_file(work: FileWork) -> Verdict:
    """Inspect a file in a process of its own, and return the verdict: for people at best.

    Raises DatasetError when the content is no longer what was uploaded, PolicyError, or OSError when there is no room.
    """
    start = time.perf_counter()
    asked, policy, settings = work.asked, load_policy(work.policy), work.settings
    means = Means(memory_bytes=settings.inspection_memory_bytes, seconds=settings.inspection_seconds)
    try:
        found = inspect_apart(asked["name"], work.path, means=means)
    except FileNotFoundError:
        raise DatasetError(UPLOAD_GONE) from None
    if found.report.sha256 != asked["sha256"]:
        raise DatasetError(UPLOAD_GONE)
    return Verdict(
        outcome=found.outcome,
        policy=PolicyReference(name=policy.name, version=policy.version, digest=policy.digest),
        query_digest=work.query_digest,
        dataset=DatasetReference(name=asked["name"], version="", sha256=asked["sha256"]),
        units="",
        findings=found.findings,
        table=_NO_TABLE,
        file=_kept(settings, found),
        seconds=round(time.perf_counter() - start, 3),
    )


def _kept(settings: Settings, found: Inspection) -> FileReport:
    """Keep what people see and what may leave; of a file that cannot leave, nothing."""
    if found.leaving is None or found.outcome is Outcome.FAIL:
        return found.report.model_copy(update={"leaves": None, "leaves_size": 0})
    keep(settings, found.leaving)
    shown = keep(settings, found.shown.model_dump_json().encode())
    return found.report.model_copy(update={"shown": shown})

"""The verdict on a file: its findings. It never passes by itself; what people see and may let out is kept by content."""

from __future__ import annotations

import time

from api.inspection.store import keep
from api.requests.models import Output
from api.settings import Settings
from api.uploads.service import directory_of
from output_checker.errors import DatasetError
from output_checker.files.apart import Means, inspect_apart
from output_checker.files.inspection import Inspection
from output_checker.policy import Policy
from output_checker.text import Text
from output_checker.verdict import DatasetReference, FileReport, Outcome, PolicyReference, Table, Verdict

UPLOAD_GONE = Text(
    "De geüploade inhoud is weg of veranderd; upload haar opnieuw en dien opnieuw in.",
    "The uploaded content is gone or was altered; upload it again and submit again.",
)
_NO_TABLE = Table(row_names=(), column_names=(), rows=(), columns=(), cells=())


def judge_file(settings: Settings, output: Output, policy: Policy) -> Verdict:
    """Inspect the file of an output in a process of its own, and return the verdict: for people at best.

    Raises DatasetError when the content is no longer what was uploaded; OSError when there is no room.
    """
    start = time.perf_counter()
    asked = output.query
    path = directory_of(settings, output.request.project) / asked["sha256"]
    means = Means(memory_bytes=settings.inspection_memory_bytes, seconds=settings.inspection_seconds)
    try:
        found = inspect_apart(asked["name"], path, means=means)
    except FileNotFoundError:
        raise DatasetError(UPLOAD_GONE) from None
    if found.report.sha256 != asked["sha256"]:
        raise DatasetError(UPLOAD_GONE)
    return Verdict(
        outcome=found.outcome,
        policy=PolicyReference(name=policy.name, version=policy.version, digest=policy.digest),
        query_digest=output.query_digest,
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

"""Inspecting in a process of its own, with little memory and time: a file that kills its reader kills nothing else.

What comes back is read as bytes and values, never as objects. A reader that dies, says nothing or takes too long is an
answer too: the file cannot leave.
"""

import hashlib
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import ValidationError

from output_checker.documents import Part
from output_checker.files.content import Shown
from output_checker.files.inspection import NOT_INSPECTED, TOO_LARGE, Inspection, inspect_file, refused_unread
from output_checker.files.kinds import PICTURES, kind_called
from output_checker.files.limits import MIB, FileLimits
from output_checker.verdict import FileReport, Finding

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_REPORT, _LEAVING = "report.json", "leaving"
_LARGEST_ANSWER: Final = 128 * MIB


class Means(Part):
    """What one inspection may use: bytes of memory, seconds of a processor and of the clock."""

    memory_bytes: int = 1024 * MIB
    seconds: float = 30.0


class _Order(Part):
    name: str
    path: Path
    directory: Path
    limits: FileLimits
    means: Means


class _Answer(Part):
    report: FileReport
    findings: tuple[Finding, ...]
    shown: Shown


def inspect_apart(
    name: str, path: Path, limits: FileLimits | None = None, means: Means | None = None
) -> Inspection:
    """Inspect the file at ``path``, called ``name``, in a process of its own.

    Raises:
        OSError: the file cannot be read by us, or no process can be started.
    """
    limits, means = limits or FileLimits(), means or Means()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    if size > max(limits.document_bytes, limits.picture_bytes, limits.notebook_bytes, limits.text_bytes):
        return refused_unread(name, sha256, size, TOO_LARGE)
    with TemporaryDirectory(prefix="inspection-") as directory:
        order = _Order(name=name, path=path, directory=Path(directory), limits=limits, means=means)
        answer = _answer(order) if _run(order) else None
    if answer is None or answer.report.sha256 != sha256:
        return refused_unread(name, sha256, size, NOT_INSPECTED)
    return answer


def _run(order: _Order) -> bool:
    """Whether the process ended well. It starts without our environment, in the directory that holds this library."""
    command = [sys.executable, "-E", "-s", "-c", "from output_checker.files.apart import main; main()"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, nothing of the file on the command line
            command,
            input=order.model_dump_json().encode(),
            cwd=_ROOT,
            env={},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=order.means.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _answer(order: _Order) -> Inspection | None:
    """What the process said, None when it makes no sense. Only of a picture it may hand over bytes of its own."""
    leaving = order.directory / _LEAVING
    try:
        answer = _Answer.model_validate_json(_bounded(order.directory / _REPORT))
        content = _bounded(leaving) if leaving.exists() else None
    except (OSError, ValidationError):
        return None
    if content is not None and kind_called(order.name).family not in PICTURES:
        content = _bounded(order.path)
    digest = hashlib.sha256(content).hexdigest() if content is not None else None
    return (
        Inspection(answer.report, answer.findings, answer.shown, content)
        if digest == answer.report.leaves
        else None
    )


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_ANSWER)


def main() -> None:
    """Inspect what standard input orders, and write the answer where it says. Runs in the process of its own."""
    order = _Order.model_validate_json(sys.stdin.buffer.read())
    _confine(order.means)
    found = inspect_file(order.name, order.path.read_bytes(), order.limits)
    answer = _Answer(report=found.report, findings=found.findings, shown=found.shown)
    if found.leaving is not None:
        (order.directory / _LEAVING).write_bytes(found.leaving)
    (order.directory / _REPORT).write_text(answer.model_dump_json(), encoding="utf-8")


def _confine(means: Means) -> None:
    """Give up what a hostile file could use against the machine: memory, time, disk, and processes of its own."""
    seconds = max(1, round(means.seconds))
    limits: dict[int, int] = {
        resource.RLIMIT_AS: means.memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: _LARGEST_ANSWER,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, most in limits.items():
        # Whoever started us may have less to give than that already.
        given = resource.getrlimit(kind)[1]
        least = most if given == resource.RLIM_INFINITY else min(most, given)
        resource.setrlimit(kind, (least, least))

"""Limits on memory, processes and processor of one sandbox: control groups, version 2 where it holds the controllers, else 1."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from hub.sandbox.plan import Limits

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "pids", "cpu")
PERIOD_MICROSECONDS = 100_000


class CgroupError(RuntimeError):
    """A limit could not be set; the sandbox must not start without it."""


def version(root: Path = ROOT) -> int | None:
    """Return 2 or 1 for the hierarchy that can limit sandboxes here, None where no controller is writable."""
    listing = root / "cgroup.controllers"
    if listing.exists() and set(CONTROLLERS) <= set(listing.read_text().split()) and os.access(root, os.W_OK):
        return 2
    if all(
        (root / name / "cgroup.procs").exists() and os.access(root / name, os.W_OK) for name in CONTROLLERS
    ):
        return 1
    return None


def create(group: str, name: str, limits: Limits, root: Path = ROOT) -> tuple[Path, ...]:
    """Make the control group `name` below `group` with its limits, and return its directories (none: not available).

    Raises CgroupError when a limit is refused.
    """
    kind = version(root)
    try:
        if kind == 2:
            return _create_unified(root / group / name, limits)
        if kind == 1:
            return _create_separate(root, Path(group, name), limits)
    except OSError as error:
        raise CgroupError(f"limit refused: {error.filename}: {error.strerror}") from error
    return ()


def _create_unified(directory: Path, limits: Limits) -> tuple[Path, ...]:
    directory.mkdir(parents=True, exist_ok=True)
    for parent in (directory.parent.parent, directory.parent):
        (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in CONTROLLERS))
    (directory / "memory.max").write_text(str(limits.memory_bytes))
    (directory / "pids.max").write_text(str(limits.processes))
    (directory / "cpu.max").write_text(f"{_quota(limits)} {PERIOD_MICROSECONDS}")
    swap = directory / "memory.swap.max"
    if swap.exists():
        swap.write_text("0")
    return (directory,)


def _create_separate(root: Path, name: Path, limits: Limits) -> tuple[Path, ...]:
    settings: dict[str, dict[str, int]] = {
        "memory": {"memory.limit_in_bytes": limits.memory_bytes, "memory.swappiness": 0},
        "pids": {"pids.max": limits.processes},
        "cpu": {"cpu.cfs_period_us": PERIOD_MICROSECONDS, "cpu.cfs_quota_us": _quota(limits)},
    }
    directories = []
    for controller, values in settings.items():
        directory = root / controller / name
        directory.mkdir(parents=True, exist_ok=True)
        for file, value in values.items():
            (directory / file).write_text(str(value))
        directories.append(directory)
    return tuple(directories)


def _quota(limits: Limits) -> int:
    return max(1000, int(limits.cpus * PERIOD_MICROSECONDS))


def forget(group: str, root: Path = ROOT) -> None:
    """Remove what is left of `group` itself, in every hierarchy; a group that still holds sandboxes stays."""
    for directory in (root / group, *(root / controller / group for controller in CONTROLLERS)):
        with suppress(OSError):
            directory.rmdir()


def processes(directories: Iterable[Path]) -> set[int]:
    """Return the processes in the group."""
    found: set[int] = set()
    for directory in directories:
        listing = directory / "cgroup.procs"
        if listing.exists():
            found.update(map(int, listing.read_text().split()))
    return found


def kill(directories: Iterable[Path], patience_seconds: float = 3.0) -> None:
    """Kill every process of the group, again and again until none is left, and remove the group.

    Raises CgroupError when processes remain.
    """
    places = tuple(directories)
    deadline = time.monotonic() + patience_seconds
    while remaining := processes(places):
        for process in remaining:
            _kill(process)
        if time.monotonic() > deadline:
            raise CgroupError(f"{len(remaining)} processes survive SIGKILL")
        time.sleep(0.02)
    _remove(places, deadline)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return  # It ended between the listing and the signal.


def _remove(directories: tuple[Path, ...], deadline: float) -> None:
    for directory in directories:
        while directory.exists():
            try:
                directory.rmdir()
            except OSError as error:  # Busy for an instant after its last process ended.
                if time.monotonic() > deadline:
                    raise CgroupError(f"{directory} cannot be removed") from error
                time.sleep(0.02)

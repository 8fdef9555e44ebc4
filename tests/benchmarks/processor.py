"""Processor time of processes with all their descendants, from the kernel's own count (proc(5))."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Processor:
    """What some processes, by name, use while a block lasts; `machine` is everything that runs here."""

    def __init__(self, processes: Mapping[str, Sequence[int]]) -> None:
        self._processes = processes
        self.spent: Counter[str] = Counter()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Add what is used in this block, in seconds."""
        before = self._now()
        yield
        self.spent.update({name: now - before[name] for name, now in self._now().items()})

    def _now(self) -> dict[str, float]:
        used = {name: sum(map(tree_seconds, pids)) for name, pids in self._processes.items()}
        user, nice, system, *_ = map(int, Path("/proc/stat").read_text().split()[1:8])
        return used | {"machine": (user + nice + system) / _TICKS}


def tree_seconds(pid: int) -> float:
    """Seconds of a process, its children that ended and were waited for, and the same of those that live."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        # It ended since it was named.
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(tree_seconds(int(child)) for child in children)

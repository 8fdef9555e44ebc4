"""From ``oc.submit`` to the verdict, with many researchers at once: ``python -m tests.benchmarks.submissions``.

All of them submit at the same moment, each another table of a million persons; the same again, some times.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.processor import Processor
from tests.benchmarks.town import bridged, built, notebooks, running

RESEARCHERS, ROWS, ROUNDS = 20, 1_000_000, 3
TABLES: tuple[dict[str, Any], ...] = (
    {"index": "area", "columns": "branch"},
    {"index": "area", "columns": "branch", "values": "turnover", "aggfunc": "sum", "margins": True},
    {"index": "area", "values": "turnover", "aggfunc": "mean"},
    {"index": "branch", "columns": "area", "margins": True},
)
"""What is asked for, in turn."""


@dataclass(frozen=True)
class Waiting:
    """Seconds from submission to verdict, sorted, and processor seconds per verdict by part of the service."""

    seconds: Sequence[float]
    processor: dict[str, float]

    def percentile(self, share: int) -> float:
        """The seconds within which `share` per cent had their verdict."""
        return percentile(self.seconds, share)


def percentile(seconds: Sequence[float], share: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]


def measure(
    directory: Path, researchers: int = RESEARCHERS, rows: int = ROWS, rounds: int = ROUNDS
) -> Waiting:
    """Let everybody submit at once, in rounds; a first one warms up and does not count."""
    with (
        built(directory, researchers, rows) as town,
        running(town.installation, "api", "worker") as processes,
        bridged(town, directory) as (bridges, sockets),
        notebooks(town, sockets) as people,
    ):
        parts = {name: [pid] for name, pid in processes.items()}
        parts |= {"bridges": [bridges.pid], "notebooks": [one.pid for one in people]}
        _round(people, 0, Processor(parts))
        processor = Processor(parts)
        seconds = [one for number in range(1, rounds + 1) for one in _round(people, number, processor)]
        return Waiting(sorted(seconds), {name: all_ / len(seconds) for name, all_ in processor.spent.items()})


def _round(people: Sequence[subprocess.Popen[str]], number: int, processor: Processor) -> list[float]:
    for place, person in enumerate(people):
        _tell(
            person, json.dumps(TABLES[place % len(TABLES)] | {"where": f"turnover >= {100 * number + place}"})
        )
    for person in people:
        assert _heard(person) == "ready"
    with processor.counting():
        for person in people:
            _tell(person, "submit")
        answers = [json.loads(_heard(person)) for person in people]
    assert all(answer["outcome"] for answer in answers), "a verdict did not come within a minute"
    return [answer["seconds"] for answer in answers]


def _tell(person: subprocess.Popen[str], text: str) -> None:
    assert person.stdin is not None
    person.stdin.write(text + "\n")
    person.stdin.flush()


def _heard(person: subprocess.Popen[str]) -> str:
    assert person.stdout is not None
    return person.stdout.readline().strip()


def main(researchers: int) -> None:
    """Write one table."""
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
        found = measure(Path(directory), researchers)
    lines = [f"{researchers} researchers at once, {ROWS:,} rows, {len(found.seconds)} verdicts"]
    lines += [f"{share:>6} %  {found.percentile(share):>7.2f} s" for share in (50, 95, 99)]
    lines += ["processor seconds per verdict"]
    lines += [f"{name:>10} {seconds:>6.3f}" for name, seconds in found.processor.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:2] or [RESEARCHERS]))

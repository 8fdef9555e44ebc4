"""The judge, ACRO and an unchecked pandas crosstab side by side: ``python -m tests.benchmarks.acro [rows ...]``.

All three make the same table of sums from the same file. ACRO lives in an environment of its own, made once under
``.build/acro``, because it brings another pandas; pandas and ACRO are timed there, in one process, on one DataFrame in
memory. ``ENCLAVE_BENCHMARK=full`` adds ten million rows.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from output_checker.dataset import Dataset
from output_checker.judge import judge
from output_checker.policy import load_policy
from output_checker.query import Query
from tests.benchmarks.crosstab import QUERY, best_of, metadata, register

REQUIREMENT = "acro==1.0.2"
READER = "pyarrow"
ENVIRONMENT = Path(".build/acro")
PEER = Path(__file__).with_name("acro_peer.py")
SIZES = (100_000, 1_000_000)
LARGEST = 10_000_000
INSTALLATION_SECONDS, RUN_SECONDS = 600, 900


class UnavailableError(Exception):
    """ACRO cannot be installed or run here, with the reason."""


@dataclass(frozen=True)
class Comparison:
    """Seconds at a number of rows; the judge and pandas at their best of some repeats, ACRO once."""

    rows: int
    pandas: float
    judge: float
    acro: float

    def __str__(self) -> str:
        times = f"{self.pandas:>11.3f} {self.judge:>11.3f} {self.acro:>11.3f}"
        return f"{self.rows:>12,} {times} {self.judge / self.pandas:>14.2f} {self.acro / self.judge:>12.1f}"


def installed(environment: Path = ENVIRONMENT) -> Path:
    """The interpreter of ACRO's environment, which is made when it is not there.

    Raises:
        UnavailableError: the package cannot be had.
    """
    python = environment / "bin" / "python"
    if _has_acro(python):
        return python
    venv.create(environment, with_pip=True)
    command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", REQUIREMENT, READER]
    _run(command, INSTALLATION_SECONDS)
    return python


def _has_acro(python: Path) -> bool:
    if not python.exists():
        return False
    question = "import pyarrow; from importlib.metadata import version; print('acro==' + version('acro'))"
    answer = subprocess.run([python, "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == REQUIREMENT


def _run(command: list[str | Path], seconds: int) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds)
    except subprocess.CalledProcessError as failed:
        lines = failed.stderr.strip().splitlines() or ["no reason given"]
        raise UnavailableError(lines[-1]) from None
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"it took more than {seconds} seconds") from None
    return done.stdout


def compare(rows: int, python: Path, directory: Path) -> Comparison:
    """One size: the peers first, in a process of their own, then the judge.

    With ``-P`` the directory of this module, which has ACRO's name, is not where that process looks for ACRO.

    Raises:
        UnavailableError: ACRO did not finish.
    """
    path = register(rows, directory)
    peers = json.loads(_run([python, "-P", PEER, path], RUN_SECONDS).splitlines()[-1])
    query = Query.parse(QUERY)
    dataset = Dataset(metadata(households=False), path)
    seconds = best_of(partial(judge, query, dataset, load_policy("acro")))
    path.unlink()
    return Comparison(rows, peers["pandas"], seconds, peers["acro"])


def main(sizes: tuple[int, ...]) -> None:
    """Write one table, or why there is none."""
    try:
        python = installed()
        with tempfile.TemporaryDirectory() as directory:
            found = [compare(rows, python, Path(directory)) for rows in sizes]
    except UnavailableError as reason:
        sys.stdout.write(f"Skipped: {REQUIREMENT} is not available here ({reason}).\n")
        return
    head = f"{'rows':>12} {'pandas (s)':>11} {'judge (s)':>11} {'ACRO (s)':>11} {'judge/pandas':>14} {'ACRO/judge':>12}"
    sys.stdout.write("\n".join([head, *map(str, found)]) + "\n")


if __name__ == "__main__":
    largest = (LARGEST,) if os.environ.get("ENCLAVE_BENCHMARK") == "full" else ()
    main(tuple(int(float(size)) for size in sys.argv[1:]) or (*SIZES, *largest))

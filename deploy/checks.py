"""What a change has to pass: style, types, directions of imports, tests, and branch coverage where decisions fall.

Run as ``python -m deploy.checks lint`` or ``python -m deploy.checks all [arguments of pytest]``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Measured = dict[str, dict[str, list[Any]]]
"""What one worker did not run of each file: under ``missing_lines`` numbers, under ``missing_branches`` pairs of them."""

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

LINT: dict[str, tuple[str, ...]] = {
    "ruff": ("ruff", "check", "--quiet", "."),
    "mypy": ("mypy", "--no-error-summary"),
    "lint-imports": ("lint-imports",),
}
# Where a wrong branch would let a number out or a person in, every branch has a test.
FULLY_COVERED = (
    "output_checker/**/*.py",
    "api/*/conditions.py",
    "api/*/decision.py",
    "api/*/permissions.py",
    "api/*/service.py",
    "api/*/states.py",
    "api/*/visibility.py",
    "api/audit/chain.py",
    "api/audit/verify.py",
    "api/budget/answering.py",
    "api/budget/deciding.py",
    "api/budget/setting.py",
)
WORKERS = str((os.cpu_count() or 1) + 1)
"""One more than cores: many a test waits for a process or a moment, but each worker loads and prepares everything."""


def _naming(*marks: str) -> tuple[str, ...]:
    # Only these are collected for a round of their own: to load all others takes longer than many of their tests.
    # tests/conftest.py refuses a test whose file does not name its mark.
    named = re.compile(rf"\bmark\.({'|'.join(marks)})\b")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(str(file.relative_to(ROOT)) for file in files if named.search(file.read_text("utf-8")))


# All rounds go beside each other. What starts whole environments mostly waits, and what it waits for has limits of
# time: the unit tests step back for it and fill the cores with what it leaves. And a browser's event loop stays in
# its process, where no other test could start one.
ROUNDS: dict[str, tuple[str, ...]] = {
    "parts": ("-m", "not (sandbox or journey or browser)", "-n", WORKERS, "--dist", "loadfile"),
    "sandboxes and journeys": ("-m", "(sandbox or journey) and not browser", *_naming("sandbox", "journey")),
    "browser": ("-m", "browser", *_naming("browser")),
}
COVERING = "parts"
"""The round that is measured; what the others show they show from outside."""

SLOWEST = "--durations=15"
"""Each round names the tests that took longest: the whole run is to stay under fifteen minutes on two cores."""

STEPS_BACK = 5
"""How much nicer (see nice(1)) the unit tests are than what goes beside them."""


def say(text: str) -> None:
    """Print a line at once, also when the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _run(command: Sequence[str]) -> int:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode


def _quietly(name: str, command: Sequence[str]) -> bool:
    """Run a check whose words are of interest only when it fails."""
    started = time.monotonic()
    outcome = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    verdict = "failed" if outcome.returncode else "passed"
    say(f"  {name:<28}{time.monotonic() - started:6.1f} s   {verdict}")
    if outcome.returncode:
        say(outcome.stdout + outcome.stderr)
    return outcome.returncode == 0


def lint() -> int:
    """Run the checks that read the code without running it; return the exit code."""
    # All of them run, so that one round shows everything.
    passed = [_quietly(name, command) for name, command in LINT.items()]
    return 0 if all(passed) else 1


def tests(arguments: Sequence[str]) -> int:
    """Run the tests; a choice of tests (`arguments`) is run as it is, all tests are held to their coverage."""
    if arguments:
        return _run(["pytest", *arguments])
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    # All rounds run, so that one run shows everything.
    with ThreadPoolExecutor(len(ROUNDS)) as threads:
        passed = dict(zip(ROUNDS, threads.map(_round, ROUNDS), strict=True))
    failed = [name for name in ROUNDS if not passed[name]]
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else _coverage()


def _round(name: str) -> bool:
    """Run a round, and say each line as it comes; return whether it passed."""
    command = [sys.executable, "-m", "pytest", "-q", SLOWEST, *ROUNDS[name]]
    environment = dict(os.environ)
    if name == COVERING:
        command = ["nice", "-n", str(STEPS_BACK), *command]
        environment["PYTEST_PLUGINS"] = "tests.measuring"
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            say(f"{name:<24}{line.rstrip()}")
    return process.returncode == 0


def fully_covered() -> list[Path]:
    """Return the files of which the tests have to run every line and every branch."""
    return sorted({file for pattern in FULLY_COVERED for file in ROOT.glob(pattern)})


def _coverage() -> int:
    measured = [json.loads(file.read_text("utf-8")) for file in ROOT.glob(".coverage.*.json")]
    names = [str(file.relative_to(ROOT)) for file in fully_covered()]
    lacking = {name: gaps for name in names if (gaps := never_run(name, measured))}
    say(f"  {'branch coverage':<28}{len(names)} files   {'failed' if lacking else 'passed'}")
    for name, gaps in lacking.items():
        say(f"{name}: no test runs {', '.join(gaps)}")
    if lacking:
        say("Write a test for each of these, or take out what nothing needs.")
    return 1 if lacking else 0


def never_run(name: str, measured: Sequence[Measured]) -> list[str]:
    """Say which lines and branches ("12", "12->15", "12->0" for leaving) of a file no worker ran; all, if none loaded it."""
    seen = [files[name] for files in measured if name in files]
    if not seen:
        return ["it at all"]
    lines = set.intersection(*(set(file["missing_lines"]) for file in seen))
    branches = set.intersection(*({(start, end) for start, end in file["missing_branches"]} for file in seen))
    return [str(line) for line in sorted(lines)] + [f"{start}->{end}" for start, end in sorted(branches)]


def everything(arguments: Sequence[str]) -> int:
    """Run all checks at once, the tests also when the lint complains; return the exit code."""
    with ThreadPoolExecutor(1) as beside:
        linted = beside.submit(lint)
        return tests(arguments) or linted.result()


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {"lint": lambda _: lint(), "all": everything}

if __name__ == "__main__":
    sys.exit(TARGETS[sys.argv[1]](sys.argv[2:]))

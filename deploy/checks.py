"""What a change has to pass: style, types, directions of imports, tests, and branch coverage where decisions fall.

Run as ``python -m deploy.checks lint`` or ``python -m deploy.checks all [arguments of pytest]``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

LINT: dict[str, tuple[str, ...]] = {
    "ruff": ("ruff", "check", "--quiet", "."),
    "mypy": ("mypy", "--no-error-summary"),
    "lint-imports": ("lint-imports",),
}
# Where a wrong branch would let a number out or a person in, every branch has a test.
FULLY_COVERED = (
    "output_checker/*",
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
COVERAGE = ("--cov=output_checker", "--cov=api", "--cov-branch", "--cov-report=")
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
    command = [str(BIN / "pytest"), "-q", SLOWEST, *ROUNDS[name]]
    if name == COVERING:
        command = ["nice", "-n", str(STEPS_BACK), *command, *COVERAGE]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            say(f"{name:<24}{line.rstrip()}")
    return process.returncode == 0


def _coverage() -> int:
    include = f"--include={','.join(FULLY_COVERED)}"
    report = ("coverage", "report", include, "--show-missing", "--skip-covered", "--fail-under=100")
    return 0 if _quietly("branch coverage", report) else 1


def everything(arguments: Sequence[str]) -> int:
    """Run all checks at once, the tests also when the lint complains; return the exit code."""
    with ThreadPoolExecutor(1) as beside:
        linted = beside.submit(lint)
        return tests(arguments) or linted.result()


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {"lint": lambda _: lint(), "all": everything}

if __name__ == "__main__":
    sys.exit(TARGETS[sys.argv[1]](sys.argv[2:]))

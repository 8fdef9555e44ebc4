"""What a change has to pass: style, types, directions of imports, tests, and branch coverage where decisions fall.

Run as ``python -m deploy.checks lint`` or ``python -m deploy.checks all [arguments of pytest]``.
"""

from __future__ import annotations

import os
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
    "api/budget/setting.py",
)
COVERAGE = ("--cov=output_checker", "--cov=api", "--cov=hub", "--cov-branch", "--cov-report=")
# Unit tests take all cores. What starts whole environments mostly waits, so two rounds of it go beside each other; and
# a browser's event loop stays in its process, where no other test could start one.
ROUNDS: dict[str, tuple[str, ...]] = {
    "parts": ("-m", "not (sandbox or journey or browser)", "-n", "auto", "--dist", "loadfile"),
    "sandboxes and journeys": ("-m", "(sandbox or journey) and not browser"),
    "browser": ("-m", "browser"),
}
BESIDE_EACH_OTHER: tuple[tuple[str, ...], ...] = (("parts",), ("sandboxes and journeys", "browser"))


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
    failed = [name for names in BESIDE_EACH_OTHER for name in _rounds(names)]
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else _coverage()


def _rounds(names: Sequence[str]) -> list[str]:
    """Run these rounds at the same time, each line as it comes, and return the names of those that failed."""
    with ThreadPoolExecutor(len(names)) as threads:
        return [name for name, passed in zip(names, threads.map(_round, names), strict=True) if not passed]


def _round(name: str) -> bool:
    measured = os.environ | {"COVERAGE_FILE": str(ROOT / f".coverage.{name.replace(' ', '-')}")}
    command = [str(BIN / "pytest"), "-q", *COVERAGE, *ROUNDS[name]]
    with subprocess.Popen(
        command, cwd=ROOT, env=measured, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            say(f"{name:<24}{line.rstrip()}")
    return process.returncode == 0


def _coverage() -> int:
    include = f"--include={','.join(FULLY_COVERED)}"
    together = ("coverage", "combine", "--quiet")
    report = ("coverage", "report", include, "--show-missing", "--skip-covered", "--fail-under=100")
    combined = _quietly("coverage of all rounds", together)
    return 0 if combined and _quietly("branch coverage", report) else 1


def everything(arguments: Sequence[str]) -> int:
    """Run all checks, the tests also when the lint complains; return the exit code."""
    linted = lint()
    return tests(arguments) or linted


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {"lint": lambda _: lint(), "all": everything}

if __name__ == "__main__":
    sys.exit(TARGETS[sys.argv[1]](sys.argv[2:]))

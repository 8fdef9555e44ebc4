"""What a change has to pass: style, types, directions of imports, tests, and branch coverage where decisions fall.

Run as ``python -m deploy.checks lint`` or ``python -m deploy.checks all [arguments of pytest]``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
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
)
COVERAGE = ("--cov=output_checker", "--cov=api", "--cov=hub", "--cov-branch", "--cov-report=", "--cov-append")
# Unit tests share the cores. What starts whole environments measures seconds, so it has the machine to itself; and
# a browser's event loop stays in its process, where no other test could start one.
ROUNDS: dict[str, tuple[str, ...]] = {
    "parts": ("-m", "not (sandbox or journey or browser)", "-n", "auto", "--dist", "loadfile"),
    "sandboxes and journeys": ("-m", "(sandbox or journey) and not browser"),
    "browser": ("-m", "browser"),
}


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
    (ROOT / ".coverage").unlink(missing_ok=True)
    # All rounds run, so that one run shows everything.
    failed = [name for name, choice in ROUNDS.items() if _run(["pytest", "-q", *COVERAGE, *choice])]
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else _coverage()


def _coverage() -> int:
    include = f"--include={','.join(FULLY_COVERED)}"
    command = ("coverage", "report", include, "--show-missing", "--skip-covered", "--fail-under=100")
    return 0 if _quietly("branch coverage", command) else 1


def everything(arguments: Sequence[str]) -> int:
    """Run all checks, the tests also when the lint complains; return the exit code."""
    linted = lint()
    return tests(arguments) or linted


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {"lint": lambda _: lint(), "all": everything}

if __name__ == "__main__":
    sys.exit(TARGETS[sys.argv[1]](sys.argv[2:]))

"""The gate of the coverage: what no test runs is named, whatever it looks like; what one worker ran counts."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from deploy.checks import Measured, never_run
from tests.measuring import Measuring

Run = Callable[..., Measured]

NOT_TAKEN = """
    def planted(x):
        if x:
            x = 2
        return x
    """
PLANTED = {
    "an if that never holds": (NOT_TAKEN, 0, ["4", "3->4"]),
    "an if that always holds": (NOT_TAKEN, 1, ["3->5"]),
    "an elif": (
        """
        def planted(x):
            if x == 1:
                return 1
            elif x == 2:
                return 2
            return 3
        """,
        1,
        ["5", "6", "7", "3->5", "5->6", "5->7"],
    ),
    "an if that is last": (
        """
        def planted(x):
            if x:
                print(x)
        """,
        1,
        ["3->0"],
    ),
    "a loop that always ends early": (
        """
        def planted(x):
            for one in [x]:
                if one:
                    return one
            return 0
        """,
        1,
        ["6", "3->6", "4->3"],
    ),
    "a loop that never begins": (
        """
        def planted(x):
            while x:
                x -= 1
            else:
                x = 5
            return x
        """,
        0,
        ["4", "3->4"],
    ),
    "a case": (
        """
        def planted(x):
            match x:
                case 1:
                    return 1
                case 2:
                    return 2
            return 3
        """,
        1,
        ["6", "7", "8", "3->7", "3->8"],
    ),
    "what an error leads to": (
        """
        def planted(x):
            try:
                return 1 / x
            except ZeroDivisionError:
                return 0
        """,
        1,
        ["5", "6"],
    ),
    "a method and a function within": (
        """
        def planted(x):
            class Within:
                async def never(self):
                    if x:
                        return [one for one in x if one]
            return Within
        """,
        1,
        ["5", "6", "5->0", "5->6"],
    ),
    "nothing": (
        """
        def planted(x):
            while True:
                x += 1
                if x > 3:
                    break
            return x if x else 0
        """,
        1,
        [],
    ),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Loads a module in a worker of its own, as it were, and calls it with each argument."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)

    def loaded(source: str, *arguments: int) -> Measured:
        Path("planted.py").write_text(dedent(source), encoding="utf-8")
        measuring = Measuring([tmp_path / "planted.py"], tmp_path / "measured.json")
        sys.modules.pop("planted", None)
        module = importlib.import_module("planted")
        for argument in arguments:
            module.planted(argument)
        measuring.pytest_sessionfinish()
        measured: Measured = json.loads(Path("measured.json").read_text("utf-8"))
        return measured

    return loaded


@pytest.mark.parametrize(("source", "argument", "gaps"), PLANTED.values(), ids=PLANTED)
def test_what_no_test_runs_is_named(run: Run, source: str, argument: int, gaps: list[str]) -> None:
    assert never_run("planted.py", [run(source, argument)]) == gaps


def test_what_one_worker_ran_counts_and_what_none_loaded_does_not(run: Run) -> None:
    never, always = run(NOT_TAKEN, 0), run(NOT_TAKEN, 1)
    assert never_run("planted.py", [never, {}, always]) == []
    assert never_run("planted.py", [never, never]) == ["4", "3->4"]
    assert never_run("planted.py", [{}]) == ["it at all"]
    assert never_run("planted.py", []) == ["it at all"]


def test_what_is_excluded_by_name_is_no_gap(run: Run) -> None:
    source = """
    def planted(x):
        if x:  # pragma: no cover
            x = 2
        return x
    """
    assert never_run("planted.py", [run(source, 0)]) == []

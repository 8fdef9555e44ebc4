"""The rounds of the test run: whatever its marks, a test is in exactly one of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from deploy.checks import COVERING, FULLY_COVERED, ROOT, ROUNDS

MARKS = ("sandbox", "journey", "browser", "benchmark")
COMBINATIONS = [set(chosen) for size in range(len(MARKS) + 1) for chosen in combinations(MARKS, size)]


@pytest.mark.parametrize("marks", COMBINATIONS, ids=lambda marks: "+".join(sorted(marks)) or "none")
def test_every_test_is_in_exactly_one_round(marks: set[str]) -> None:
    def has(name: str, /, **_: object) -> bool:
        return name in marks

    assert [Expression.compile(choice[1]).evaluate(has) for choice in ROUNDS.values()].count(True) == 1


@pytest.mark.parametrize("name", [name for name in ROUNDS if name != COVERING])
def test_a_round_of_its_own_collects_some_files_and_not_this_one(name: str) -> None:
    files = [ROOT / argument for argument in ROUNDS[name] if argument.startswith("tests/")]
    assert files
    assert all(file.is_file() for file in files)
    assert Path(__file__) not in files


def test_the_round_that_covers_is_one_of_them() -> None:
    assert COVERING in ROUNDS


@pytest.mark.parametrize("pattern", FULLY_COVERED)
def test_what_must_be_covered_exists(pattern: str) -> None:
    assert list(ROOT.glob(pattern))

"""What people see of an own variable: each registered unit once, in ranges that hold all values."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from output_checker.verdict import OwnSummary
from tests.output_checker.own.test_columns import Own, halves
from tests.output_checker.town import SIZE, Town


def summary(own: Own, town: Town, **query: Any) -> OwnSummary:
    (found,) = own.judge(town, **query).own
    return found


def lies(found: OwnSummary) -> list[tuple[str, int]]:
    return [(one.value, one.units) for one in found.bins]


def test_categories_are_counted_with_their_words_and_so_is_who_has_none(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(200), halves(200))
    found = summary(own, town)
    assert lies(found) == [("old", 80), ("young", 120)]
    assert (found.units, found.missing, found.different) == (200, SIZE - 200, 2)
    assert (found.name, found.type, found.unit.en) == ("half", "category", "persons")
    assert found.bins[0].label.en == own.document["codes"]["old"]["en"]
    assert found.code_sha256 == hashlib.sha256(own.document["code"].encode()).hexdigest()
    assert found.sha256 == own.document["sha256"]
    assert found.quartiles == ()


def test_a_value_of_a_household_counts_once(town: Town, tmp_path: Path) -> None:
    found = summary(Own(tmp_path, range(120), halves(120), unit="household"), town)
    assert (found.units, found.missing, found.unit.en) == (120, 0, "households")


def test_few_numbers_are_told_one_by_one(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(SIZE), [person % 3 for person in range(SIZE)], type="integer", codes={})
    found = summary(own, town, index="area", values="half", aggfunc="sum")
    assert lies(found) == [("0", SIZE // 3), ("1", SIZE // 3), ("2", SIZE // 3)]
    assert found.quartiles == (0, 0, 1, 2, 2)


@pytest.mark.parametrize("scale", [1.0, -1e-300, 1e306])
def test_many_numbers_in_ranges_that_hold_each_of_them(town: Town, tmp_path: Path, scale: float) -> None:
    values = [(person - 100) * scale for person in range(SIZE)]
    own = Own(tmp_path, range(SIZE), values, type="number", codes={})
    found = summary(own, town, index="area", values="half", aggfunc="count")
    assert (len(found.bins), sum(one.units for one in found.bins)) == (20, SIZE)
    assert all(one.units == SIZE // 20 for one in found.bins)
    assert (found.quartiles[0], found.quartiles[-1]) == (min(values), max(values))
    assert found.different == SIZE


def test_nobody_with_a_value(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, [0], pa_null(), type="integer", codes={})
    found = summary(own, town, index="area", values="half", aggfunc="count")
    assert (found.units, found.missing, found.bins, found.quartiles) == (0, SIZE, (), ())


def pa_null() -> Any:
    import pyarrow as pa

    return pa.array([None], pa.int64())


def test_yes_and_no(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(SIZE), [person < 100 for person in range(SIZE)], type="boolean", codes={})
    assert lies(summary(own, town)) == [("false", SIZE - 100), ("true", 100)]

"""What an intruder works out by hand, the audit has to work out too."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from typing import Any

import numpy as np
import pytest

from output_checker.errors import EvidenceError
from output_checker.protection import audit as audit_module
from output_checker.protection import system
from output_checker.protection.audit import Interval, audit
from output_checker.protection.tables import AuditedCell, AuditedTable
from output_checker.rules.base import ProtectionLevel

Line = tuple[str, ...]
COUNTS = [[5, 20, 30], [12, 40, 7], [10, 10, 10]]
NOT_EXACTLY = ProtectionLevel()
BLOCK = [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]


def crossed(grid: Any, totals: bool = True) -> dict[Line, float]:
    """Cells by label, margins as "All", of an array of any number of dimensions."""
    grid = np.asarray(grid, dtype=float)
    cells = {}
    for place in product(*(range(size + totals) for size in grid.shape)):
        inner = tuple(slice(None) if at == size else at for at, size in zip(place, grid.shape, strict=True))
        labels = tuple("All" if at == size else str(at) for at, size in zip(place, grid.shape, strict=True))
        cells[labels] = float(grid[inner].sum())
    return cells


def table(
    cells: dict[Line, float],
    hidden: Collection[Line] = (),
    level: ProtectionLevel = NOT_EXACTLY,
    dimensions: Line = ("row", "column"),
    base: float = 0.0,
    **more: Any,
) -> AuditedTable:
    limits: dict[str, float] = {name: more.pop(name) for name in ("floor", "ceiling") if name in more}
    audited = tuple(
        AuditedCell(
            labels,
            value,
            None if labels in hidden else (value - base / 2, value + base / 2),
            level=level if labels in hidden else None,
            **limits,
        )
        for labels, value in cells.items()
    )
    return AuditedTable("quantity", dimensions, audited, **{"whole": True, **more})


def limits_of(found: list[Interval]) -> list[tuple[float, float]]:
    return [(one.lower, one.upper) for one in found]


def test_one_hidden_cell_in_a_row_with_its_total_is_no_secret() -> None:
    (found,) = audit([table(crossed(COUNTS), [("0", "0")])])
    assert (found.lower, found.upper, found.protected) == (5, 5, False)


def test_two_hidden_cells_in_one_row_follow_from_their_columns() -> None:
    found = audit([table(crossed(COUNTS), BLOCK[:2])])
    assert limits_of(found) == [(5, 5), (20, 20)]


def test_a_block_of_four_leaves_an_interval() -> None:
    found = audit([table(crossed(COUNTS), BLOCK)])
    assert limits_of(found) == [(0, 17), (8, 25), (0, 17), (35, 52)]
    assert all(one.protected for one in found)


def test_without_totals_nothing_follows() -> None:
    (found,) = audit([table(crossed(COUNTS, totals=False), [("0", "0")])])
    assert (found.lower, found.upper, found.protected) == (0, float("inf"), True)


def test_a_hidden_total_follows_from_its_cells() -> None:
    (found,) = audit([table(crossed(COUNTS), [("0", "All")])])
    assert (found.lower, found.upper, found.protected) == (55, 55, False)


@pytest.mark.parametrize(
    ("level", "protected"),
    [
        (ProtectionLevel(lower=5, upper=12), True),
        (ProtectionLevel(lower=6), False),
        (ProtectionLevel(upper=13), False),
    ],
)
def test_the_interval_has_to_reach_the_level_on_both_sides(level: ProtectionLevel, protected: bool) -> None:
    found = audit([table(crossed(COUNTS), BLOCK, level)])
    assert found[0].protected is protected


def test_a_block_of_zeros_and_ones_is_pinned_by_non_negativity() -> None:
    """Equations alone leave one degree of freedom; that nothing is negative takes it away."""
    exposed = audit([table(crossed([[0, 0, 9], [0, 7, 9], [9, 9, 9]]), BLOCK)])
    assert limits_of(exposed) == [(0, 0), (0, 0), (0, 0), (7, 7)]
    assert not any(one.protected for one in exposed)


def test_negative_values_need_bounds_to_be_known() -> None:
    grid = [[5.0, -20.0], [12.0, 40.0]]
    free = audit([table(crossed(grid), BLOCK, floor=-float("inf"), whole=False)])
    assert limits_of(free)[0] == (-float("inf"), float("inf"))
    bound = audit([table(crossed(grid), BLOCK, floor=-30.0, ceiling=50.0, whole=False)])
    assert limits_of(bound)[0] == pytest.approx((-30.0, 15.0))


def test_rounded_totals_stand_for_all_numbers_that_round_to_them() -> None:
    (found,) = audit([table(crossed(COUNTS), [("0", "0")], base=5)])
    assert found.lower <= 5 - 4
    assert found.upper >= 5 + 4


def test_a_second_table_of_the_same_cells_gives_them_away() -> None:
    hiding = table(crossed(COUNTS), BLOCK)
    telling = table(crossed(COUNTS, totals=False))
    assert limits_of(audit([hiding, telling])) == [(5, 5), (20, 20), (12, 12), (40, 40)]
    other_unit = AuditedTable("other", telling.dimensions, telling.cells)
    assert all(one.protected for one in audit([hiding, other_unit]))


def test_a_hidden_margin_follows_from_a_coarser_table() -> None:
    cells = {line: value for line, value in crossed(COUNTS).items() if line[0] != "All"}
    hiding = table(cells, [("0", "0"), ("0", "All")])
    assert audit([hiding])[0].protected
    rows = {("0",): 55.0, ("1",): 59.0, ("2",): 30.0}
    found = audit([hiding, table(rows, dimensions=("row",))])
    assert limits_of(found) == [(5, 5), (55, 55)]


def test_three_pairwise_tables_are_audited_as_one_cube() -> None:
    """No pair of tables tells the cell, all three together do: only non-negative cubes fit all margins."""
    cube = np.array([[[1, 0], [0, 0]], [[0, 3], [4, 5]]])
    whole = crossed(cube)
    dimensions = ("a", "b", "c")
    inner = [line for line in whole if "All" not in line]

    def pair(left: int, right: int) -> AuditedTable:
        kept = {
            (line[left], line[right]): value
            for line, value in whole.items()
            if all((code == "All") == (place not in (left, right)) for place, code in enumerate(line))
        }
        return table(kept, dimensions=(dimensions[left], dimensions[right]))

    hidden = {line: value for line, value in whole.items() if line in inner}
    three = table(hidden, inner, dimensions=dimensions)
    one = audit([three, pair(0, 1)])
    assert one[0].protected
    together = audit([three, pair(0, 1), pair(1, 2), pair(0, 2)])
    assert (together[0].lower, together[0].upper) == (1, 1)


def test_a_table_of_some_units_tells_of_the_table_of_all() -> None:
    hiding = table(crossed(COUNTS), BLOCK)
    some = table(
        {("0",): 5, ("1",): 12, ("2",): 10}, dimensions=("row",), conditions=frozenset({"column = 0"})
    )
    assert all(one.protected for one in audit([hiding, some]))
    impossible = frozenset(
        frozenset({("column = 0", answer), ("column", code)})
        for answer, code in [("true", "1"), ("true", "2"), ("false", "0")]
    )
    assert limits_of(audit([hiding, some], impossible)) == [(5, 5), (20, 20), (12, 12), (40, 40)]


def test_of_units_in_several_cells_a_total_is_at_most_the_sum() -> None:
    cells = {("0",): 12.0, ("1",): 6.0, ("All",): 15.0}
    (found,) = audit([table(cells, [("1",)], dimensions=("row",), adds_up=False)])
    assert (found.lower, found.upper) == (3, 15)


def test_tables_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "MAX_ATOMS", 20)
    columns = table({(str(code),): 10.0 for code in range(9)}, dimensions=("other",))
    with pytest.raises(EvidenceError, match="too large"):
        audit([table(crossed(COUNTS), BLOCK), columns])


def test_tables_that_contradict_each_other_are_refused() -> None:
    columns = table({("0",): 10.0, ("1",): 10.0}, dimensions=("other",))
    with pytest.raises(EvidenceError):
        audit([table(crossed(COUNTS), BLOCK), columns])


@pytest.mark.parametrize("seed", range(3))
def test_skipping_what_is_proven_never_changes_a_verdict(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    grid = random.integers(0, 30, (6, 5, 4))
    cells = crossed(grid)
    chosen = [line for line in cells if random.random() < 0.6]
    audited = table(cells, chosen, ProtectionLevel(2, 3), dimensions=("a", "b", "c"))
    exact = audit([audited])
    monkeypatch.setattr(audit_module, "EXACT", 0)
    skipped = audit([audited])
    assert [one.protected for one in exact] == [one.protected for one in skipped]
    assert {one.protected for one in exact} == {True, False}
    for narrow, wide in zip(skipped, exact, strict=True):
        assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper
        assert wide.protected or (wide.lower, wide.upper) == (narrow.lower, narrow.upper)


def test_the_truth_is_always_inside() -> None:
    random = np.random.default_rng(7)
    values = random.lognormal(8, 2, (5, 5))
    cells = crossed(values)
    chosen = [line for line in cells if random.random() < 0.3]
    for found in audit([table(cells, chosen, whole=False)]):
        value = list(cells.values())[found.cell]
        assert found.lower <= value * (1 + 1e-6)
        assert found.upper >= value * (1 - 1e-6)

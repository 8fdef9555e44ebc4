"""The cells that are hidden besides protect those that must be: the audit says so, not the choice itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from output_checker.errors import EvidenceError
from output_checker.judge import judge
from output_checker.policy import load_policy
from output_checker.protection import suppression
from output_checker.protection.audit import audit
from output_checker.protection.query import ProtectedQuery
from output_checker.protection.suppression import complement, suppressed
from output_checker.protection.tables import AuditedTable
from output_checker.query import Query
from output_checker.rules.base import ProtectionLevel
from output_checker.verdict import Outcome
from tests.output_checker.protection.test_audit import COUNTS, crossed, table
from tests.output_checker.protection.test_hiding import HERE, SEX, WITHOUT_CROWDS, policy
from tests.output_checker.town import Town


def hiding(audited: AuditedTable, cells: set[int]) -> AuditedTable:
    return replace(
        audited,
        cells=tuple(
            replace(cell, told=None) if place in cells else cell for place, cell in enumerate(audited.cells)
        ),
    )


def test_the_smallest_block_is_chosen_around_one_cell() -> None:
    audited = table(crossed(COUNTS), [("0", "0")], ProtectionLevel(lower=1, upper=5))
    chosen = complement(audited)
    assert len(chosen) == 3
    assert all(one.protected for one in audit([hiding(audited, chosen)]))


def business(seed: int, shape: tuple[int, ...]) -> AuditedTable:
    """Turnover of made-up businesses over two hierarchies and a flat classification; p% with p = 10."""
    random = np.random.default_rng(seed)
    units = int(np.prod(shape) * 6)
    places = tuple(random.integers(0, size, units) for size in shape)
    values = np.round(random.lognormal(6, 1.5, units))
    total, first, second = (np.zeros(shape) for _ in range(3))
    np.add.at(total, places, values)
    for place, value in zip(zip(*places, strict=True), values, strict=True):
        second[place] = max(second[place], min(value, first[place]))
        first[place] = max(first[place], value)
    levels = 0.1 * first - (total - first - second)
    unsafe = {tuple(map(str, place)) for place in np.argwhere((levels > 0) & (total > 0))}
    cells = crossed(total)
    audited = table(cells, unsafe, dimensions=tuple("abc"[: len(shape)]), whole=False)
    needed = tuple(
        replace(cell, level=ProtectionLevel(*[levels[tuple(map(int, cell.labels))]] * 2))
        if cell.level
        else cell
        for cell in audited.cells
    )
    return replace(audited, cells=needed)


@pytest.mark.parametrize("seed", range(3))
def test_made_up_businesses_are_protected(seed: int) -> None:
    audited = business(seed, (8, 6, 3))
    primary = [one.protected for one in audit([audited])]
    assert False in primary
    chosen = complement(audited)
    assert all(one.protected for one in audit([hiding(audited, chosen)]))
    assert len(chosen) < 6 * len(primary)


def test_what_cannot_be_protected_is_refused() -> None:
    alone = table({("0",): 5.0, ("1",): 0.0, ("All",): 5.0}, [("0",)], dimensions=("row",), ceiling=5.0)
    with pytest.raises(EvidenceError, match="No choice"):
        complement(alone)


Build = Callable[..., Town]
SMALL: dict[str, Any] = {"dataset": "town", "index": "area", "columns": "sex", "margins": True}


def asked(**query: Any) -> ProtectedQuery:
    parsed = Query.parse({**SMALL, **query})
    assert isinstance(parsed, ProtectedQuery)
    return parsed


def test_a_table_is_made_fit_to_be_released(build: Build) -> None:
    town, rules = build(area=HERE, sex=SEX, household=range(240)), policy(**WITHOUT_CROWDS)
    query = suppressed(asked(), town.dataset, rules)
    assert {"area": "a", "sex": "f"} in query.hide
    assert len(query.hide) == 4
    verdict = judge(query, town.dataset, rules)
    assert verdict.outcome is Outcome.PASS
    assert sum(cell.status == "hidden" for cell in verdict.table.cells) == 4


@pytest.mark.parametrize("aggfunc", ["sum", "mean"])
def test_sums_and_means_too(build: Build, aggfunc: str) -> None:
    town, rules = build(area=HERE, sex=SEX, household=range(240)), policy(**WITHOUT_CROWDS)
    query = suppressed(asked(values="income", aggfunc=aggfunc), town.dataset, rules)
    assert judge(query, town.dataset, rules).outcome is Outcome.PASS


def test_a_table_without_failing_cells_hides_nothing(build: Build) -> None:
    town = build(household=range(240))
    assert (
        suppressed(asked(index="sex", columns=(), hide="failing"), town.dataset, load_policy("essnet")).hide
        == ()
    )


def test_what_is_still_unprotected_in_the_end_is_refused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression, "ROUNDS", 1)
    town = build(area=HERE, sex=SEX, household=range(240))
    with pytest.raises(EvidenceError, match="No choice"):
        suppressed(asked(), town.dataset, policy(**WITHOUT_CROWDS))


def test_what_cannot_be_audited_cannot_be_protected(build: Build) -> None:
    town = build(area=HERE, sex=SEX, household=range(240))
    with pytest.raises(EvidenceError, match="No choice"):
        suppressed(asked(values="income", aggfunc="std"), town.dataset, policy(**WITHOUT_CROWDS))


def alone(audited: AuditedTable, *labels: tuple[str, str]) -> AuditedTable:
    """The same, with one unit behind each of these cells."""
    return replace(audited, cells=tuple(replace(one, alone=one.labels in labels) for one in audited.cells))


def test_the_only_unit_behind_a_hidden_cell_knows_the_other_of_its_line() -> None:
    sums = np.array([[50.0, 60, 70], [40, 55, 65], [45, 35, 80]])
    needed = table(crossed(sums), [("0", "0")], ProtectionLevel(lower=5, upper=5), whole=False)
    chosen = complement(needed)
    assert all(one.protected for one in audit([hiding(needed, chosen)]))
    beside = next(
        needed.cells[place].labels for place in sorted(chosen) if needed.cells[place].labels[0] == "0"
    )
    single = alone(needed, beside)
    (seen,) = audit([hiding(single, chosen)])
    assert seen.by_one
    assert not seen.protected
    more = complement(hiding(single, chosen)) | chosen
    assert len(more) > len(chosen)
    assert all(one.protected for one in audit([hiding(single, more)]))

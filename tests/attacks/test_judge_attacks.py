"""Every class of attack that the judge must see through: none of these ends in an automatic pass."""

from pathlib import Path
from typing import Any

import pytest

from output_checker.errors import OutputCheckerError
from output_checker.judge import is_told_by_both, judge
from output_checker.policy import Policy, load_policy
from output_checker.verdict import Outcome
from tests.attacks.microdata import everybody_employed, four_without_income, old_man, one_of_fifty, village
from tests.attacks.on_combinations import ON_COMBINATIONS
from tests.attacks.on_few_values import ON_FEW_VALUES
from tests.attacks.on_requests import ON_REQUESTS
from tests.attacks.on_statistics import ON_STATISTICS
from tests.attacks.on_tables import ON_TABLES
from tests.attacks.questions import AREA, histogram, model, survival
from tests.attacks.world import Case, case

HIDE_E = {**AREA, "hide": [{"area": "e"}]}
INCOMES = {**AREA, "values": "income", "aggfunc": "count"}

ATTACKS = {**ON_TABLES, **ON_STATISTICS, **ON_REQUESTS, **ON_COMBINATIONS, **ON_FEW_VALUES}

CASES = [pytest.param(one, id=f"{kind}: {one.name}") for kind, cases in ATTACKS.items() for one in cases]


def outcome(attack: Case, directory: Path) -> str:
    """How a request with these outputs ends: the worst of its verdicts, or "refused"."""
    try:
        outcomes = {verdict.outcome for verdict in attack.verdicts(directory)}
    except OutputCheckerError:
        return "refused"
    return next(one for one in (Outcome.FAIL, Outcome.REVIEW, Outcome.PASS) if one in outcomes)


ONCE_OPEN = [
    case(
        "a secret in a name of one's own",
        {"index": "earns_48372", "derive": {"earns_48372": "age // 30 * 30"}},
    ),
    case("100 % in two tables", {**AREA, "where": "employed"}, AREA, bend=everybody_employed),
    case("bins that shift", histogram(20, 50, 80), histogram(20, 51, 80), bend=one_of_fifty),
]
"""What passed in an earlier form of the judge."""


def published(attack: Case, directory: Path) -> dict[str, Any]:
    """The numbers of the only output of a request that passes, by the last label of their row."""
    (verdict,) = attack.verdicts(directory)
    table = verdict.table
    assert verdict.outcome is Outcome.PASS
    return {" ".join(table.rows[cell.row]): cell.value for cell in table.cells}


def test_a_density_leaves_out_where_one_person_is(tmp_path: Path) -> None:
    density = {"kind": "density", "values": "age", "clip": [0, 99], "gridsize": 12}
    numbers = published(case("a density", density, bend=old_man), tmp_path)
    assert [point for point, number in numbers.items() if number is None] == [
        "0",
        "9",
        "72",
        "81",
        "90",
        "99",
    ]


def test_a_curve_stops_before_nobody_is_left(tmp_path: Path) -> None:
    """Everybody in area a has the event before the last time that was asked."""
    numbers = published(case("a curve", survival(by="area"), bend=everybody_employed), tmp_path)
    assert min(numbers.values()) > 0.1
    assert "a 40" not in numbers


@pytest.mark.parametrize("attack", [*CASES, *(pytest.param(one, id=one.name) for one in ONCE_OPEN)])
def test_none_passes(attack: Case, tmp_path: Path) -> None:
    assert outcome(attack, tmp_path) in ("refused", Outcome.FAIL, Outcome.REVIEW)


AFTER_EACH_OTHER = [
    case("all units, then those with a value", AREA, INCOMES, bend=four_without_income),
    case("a hidden cell, then the whole", HIDE_E, {"index": "sex"}, bend=village(5)),
    case("the whole, then a hidden cell", {"index": "quarter"}, HIDE_E, bend=village(5)),
    case("a hidden cell, then a model of all", HIDE_E, model("income ~ age"), bend=village(5)),
    case("bands that shift", histogram(20, 50, 80), histogram(20, 51, 80), bend=one_of_fifty),
]


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in AFTER_EACH_OTHER])
def test_what_may_not_leave_together_may_not_leave_after_each_other(attack: Case, tmp_path: Path) -> None:
    first, then = attack.asked()
    dataset, policy = attack.town(tmp_path).dataset, load_policy(attack.policy)
    assert [judge(query, dataset, policy).outcome for query in (first, then)] == [Outcome.PASS, Outcome.PASS]
    assert is_told_by_both([then], [first], dataset, policy)


def test_what_leaves_after_each_other_without_telling_more(tmp_path: Path) -> None:
    """Nor does it count against a new output what earlier ones, which people approved, tell of each other."""
    apart = case("ordinary", HIDE_E, {"index": "sex"}, {"index": "sector"}, bend=village(5))
    hidden, total, other = apart.asked()
    dataset, policy = apart.town(tmp_path).dataset, load_policy(apart.policy)
    assert not is_told_by_both([other], [total], dataset, policy)
    assert not is_told_by_both([other], [total, hidden], dataset, policy)


def test_where_hidden_cells_may_be_worked_out_later_results_tell_nothing_of_them(tmp_path: Path) -> None:
    apart = case("a hidden cell, then the whole", HIDE_E, {"index": "sex"}, bend=village(5))
    hidden, whole = apart.asked()
    strict = load_policy(apart.policy).model_dump(mode="json")
    lenient = Policy.parse(strict | {"rules": strict["rules"] | {"hidden_cells": {"enabled": False}}})
    assert not is_told_by_both([whole], [hidden], apart.town(tmp_path).dataset, lenient)

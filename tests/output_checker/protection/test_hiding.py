"""Hiding and rounding, as a researcher meets them: through the judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.errors import QueryError
from output_checker.judge import judge_together
from output_checker.policy import Policy, load_policy
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import Town, failing, value

Build = Callable[..., Town]

HERE = ["a"] * 4 + ["a"] * 56 + ["b"] * 60 + ["c"] * 60 + ["d"] * 60
SEX = ["f"] * 4 + ["m"] * 56 + ["f", "m"] * 90
SMALL = {"index": "area", "columns": "sex"}


@pytest.fixture
def village(build: Build) -> Town:
    """Four women live in area a; every other cell is large."""
    return build(area=HERE, sex=SEX, household=range(240))


def policy(**rules: Any) -> Policy:
    essnet = load_policy("essnet").model_dump()
    return Policy.parse({**essnet, "rules": essnet["rules"] | rules})


WITHOUT_CROWDS = {"group_disclosure": {"enabled": False}}


def asked(village: Town, **query: Any) -> Verdict:
    return village.judge(policy(**WITHOUT_CROWDS), **{**SMALL, **query})


def statuses(verdict: Verdict) -> set[tuple[str, ...]]:
    table = verdict.table
    return {
        (*table.rows[cell.row], *table.columns[cell.column])
        for cell in table.cells
        if cell.status == "hidden"
    }


def together(village: Town, *queries: dict[str, Any], rules: Policy | None = None) -> list[Verdict]:
    parsed = [Query.parse({"dataset": "town", **query}) for query in queries]
    return judge_together(parsed, village.dataset, rules or policy(**WITHOUT_CROWDS))


BLOCK = [{"area": area, "sex": sex} for area in "ab" for sex in "fm"]


def test_a_failing_cell_without_totals_is_hidden_and_the_rest_passes(village: Town) -> None:
    assert asked(village).outcome is Outcome.FAIL
    verdict = asked(village, hide="failing")
    assert verdict.outcome is Outcome.PASS
    assert statuses(verdict) == {("a", "f")}
    assert value(verdict, "a", "f") is None
    assert value(verdict, "a", "m") == 56
    assert verdict.findings == ()


def test_with_totals_a_single_hidden_cell_is_no_secret(village: Town) -> None:
    verdict = asked(village, hide="failing", margins=True)
    assert verdict.outcome is Outcome.FAIL
    assert failing(verdict, "hidden_cells") == {("a", "f")}
    (finding,) = verdict.findings
    assert finding.evidence["lower"] == finding.evidence["upper"] == (4,)
    assert finding.reason.en == ("1 cell hidden, but to be worked out (nearly) from the other numbers.")
    assert value(verdict, "a", "f") is None


def test_a_block_of_hidden_cells_is_protected(village: Town) -> None:
    verdict = asked(village, hide=BLOCK, margins=True)
    assert verdict.outcome is Outcome.PASS
    assert len(statuses(verdict)) == 4
    (hidden,) = verdict.hidden
    assert hidden.protected
    assert (hidden.lower, hidden.upper) == (0, 34)


def test_the_interval_must_leave_room_for_the_threshold(build: Build) -> None:
    """Three men: readers would know that there are at most seven women, whichever they are."""
    town = build(area=["a"] * 7 + ["b"] * 233, sex=["f"] * 4 + ["m"] * 3 + ["f", "m"] * 116 + ["f"])
    query = {**SMALL, "hide": [{"area": "a", "sex": "f"}, {"area": "a", "sex": "m"}]}
    rules = policy(**WITHOUT_CROWDS)
    assert town.judge(rules, **query).outcome is Outcome.PASS
    by_area, _ = together(town, query, {"index": "area"}, rules=rules)
    assert failing(by_area, "hidden_cells") == {("a", "f"), ("a", "m")}


def test_a_hidden_cell_of_somebody_else_helps_nobody(village: Town) -> None:
    verdict = asked(village, hide=[{"area": "b", "sex": "f"}])
    assert failing(verdict, "threshold") == {("a", "f")}
    assert verdict.outcome is Outcome.FAIL


def test_findings_on_cells_that_are_not_hidden_stay_and_count_only_those(build: Build) -> None:
    town = build(area=["a"] * 4 + ["b"] * 3 + ["c"] * 233, sex=["f"] * 120 + ["m"] * 120)
    verdict = town.judge(policy(**WITHOUT_CROWDS), **SMALL, hide=[{"area": "a", "sex": "f"}])
    (finding,) = [found for found in verdict.findings if found.rule == "threshold"]
    assert failing(verdict, "threshold") == {("b", "f")}
    assert finding.reason.en.startswith("1 cell with")
    assert finding.reason.nl.startswith("1 cel met")
    assert finding.evidence["counts"] == (3,)


@pytest.mark.parametrize(
    "second",
    [
        {"index": "area", "columns": "sex"},
        {"index": "sex", "columns": "area"},
        {"index": ["area", "sex"]},
        {"index": "area", "where": "sex = 'f'"},
        {"index": "area", "columns": "woman", "derive": {"woman": "sex = 'f'"}},
        {"index": "sex", "where": "area = 'a'"},
        {"index": "sex", "where": ["area = 'a'", "age >= 0"]},
    ],
)
def test_a_second_table_of_the_request_gives_the_cell_away(village: Town, second: dict[str, Any]) -> None:
    first, _ = together(village, {**SMALL, "hide": BLOCK, "margins": True}, second)
    assert first.outcome is Outcome.FAIL
    assert ("a", "f") in failing(first, "hidden_cells")


def test_a_coarser_table_with_the_same_cells_hidden_gives_nothing_away(village: Town) -> None:
    first, second = together(village, {**SMALL, "hide": BLOCK, "margins": True}, {"index": "area"})
    assert {first.outcome, second.outcome} == {Outcome.PASS}


def test_a_table_of_other_things_gives_nothing_away(village: Town) -> None:
    first, _ = together(village, {**SMALL, "hide": BLOCK}, {"index": "sector", "columns": "employed"})
    assert first.outcome is Outcome.PASS


def test_a_group_of_areas_links_to_its_areas(village: Town) -> None:
    """North is a and b: with b published, the hidden a follows."""
    hidden = {**SMALL, "hide": "failing"}
    first, _ = together(village, hidden, {"index": "quarter", "columns": "sex"})
    assert failing(first, "hidden_cells") == {("a", "f")}


def test_means_give_hidden_sums_away_and_the_other_way_round(village: Town) -> None:
    rules = policy(**WITHOUT_CROWDS)
    summed = {**SMALL, "values": "income", "aggfunc": "sum", "hide": "failing"}
    assert together(village, summed, rules=rules)[0].outcome is Outcome.PASS
    mean = {**SMALL, "values": "income", "aggfunc": "mean"}
    first, _ = together(village, summed, mean, rules=rules)
    assert failing(first, "hidden_cells") == {("a", "f")}
    averaged, _ = together(village, mean | {"hide": "failing"}, summed | {"hide": []}, rules=rules)
    assert failing(averaged, "hidden_cells") == {("a", "f")}


def test_the_interval_of_a_mean_is_told_as_a_mean(village: Town) -> None:
    verdict = asked(village, values="income", aggfunc="mean", margins=True, hide="failing")
    (hidden,) = verdict.hidden
    shown = asked(village, values="income", aggfunc="mean")
    assert hidden.lower == hidden.upper == pytest.approx(value(shown, "a", "f"))


def test_a_hidden_sum_may_not_be_known_nearly(build: Build) -> None:
    """The other hidden cell is so small that it hides nothing: readers know the sum within a few percent."""
    income = [10_000.0] * 4 + [1.0] * 56 + [1000.0] * 60 + [1000.0] * 120
    income = [number + place % 7 / 100 for place, number in enumerate(income)]
    town = build(area=HERE, sex=SEX, household=range(240), income=income)
    query: dict[str, Any] = {**SMALL, "values": "income", "aggfunc": "sum", "hide": BLOCK[:2]}
    rows = {"index": "area", "values": "income", "aggfunc": "sum"}
    first, _ = together(town, query, rows)
    assert failing(first, "hidden_cells") == {("a", "f")}
    lenient = policy(**WITHOUT_CROWDS, hidden_cells={"relative_width": 0.0})
    assert together(town, query, rows, rules=lenient)[0].outcome is Outcome.PASS


def test_a_dominated_sum_needs_more_room(build: Build) -> None:
    income = [1000.0 + place % 7 for place in range(239)] + [500_000.0]
    town = build(household=range(240), income=income)
    query: dict[str, Any] = {"index": "area", "values": "income", "aggfunc": "sum", "margins": True}
    assert failing(town.judge(**query), "dominance") >= {("d",)}
    one = town.judge(**query, hide=[{"area": "d"}, {"area": "All"}])
    assert one.outcome is Outcome.PASS
    two = town.judge(**query, hide=[{"area": "d"}, {"area": "a"}])
    assert failing(two, "hidden_cells") == {("d",)}


def test_a_crowded_cell_needs_doubt_about_where_everybody_is(build: Build) -> None:
    town = build(area=["a"] * 120 + ["b"] * 120, sex=["f"] * 118 + ["m"] * 2 + ["f", "m"] * 60)
    verdict = town.judge(**SMALL, margins=True, hide=BLOCK)
    assert failing(verdict, "group_disclosure") == set()
    crowded = next(one for one in verdict.hidden if one.cell == 0)
    assert crowded.protected
    assert crowded.lower is not None
    assert crowded.lower <= 108


def test_households_in_several_cells_are_audited_with_inequalities(build: Build) -> None:
    household = [0, 0, 1, 1, 2, 2] + [10 + place // 2 for place in range(234)]
    sex = ["f", "m"] * 120
    area = ["a"] * 6 + ["b"] * 234
    town = build(area=area, sex=sex, household=household)
    query = {**SMALL, "unit": "household", "margins": True, "hide": "failing"}
    verdict = town.judge(policy(**WITHOUT_CROWDS), **query)
    assert failing(verdict, "hidden_cells") == {("a", "f"), ("a", "m"), ("a", "All")}
    assert any(one.lower != one.upper for one in verdict.hidden)


def test_values_that_can_be_negative_are_only_bounded_by_what_is_public(build: Build) -> None:
    income = [-1000.0] * 4 + [500.0] * 236
    town = build(area=HERE, sex=SEX, household=range(240), income=income)
    query: dict[str, Any] = {**SMALL, "values": "income", "aggfunc": "sum", "hide": BLOCK[:2]}
    first, _ = together(town, query, {"index": "area", "values": "income", "aggfunc": "sum"})
    low = next(one.lower for one in first.hidden)
    assert low == -4e6
    derived = query | {"values": "gain", "derive": {"gain": "income * 1"}}
    assert together(town, derived)[0].hidden[0].lower is None


def test_without_the_rule_hiding_changes_nothing(village: Town) -> None:
    rules = policy(**WITHOUT_CROWDS, hidden_cells={"enabled": False})
    verdict = village.judge(rules, **SMALL, hide="failing")
    assert failing(verdict, "threshold") == {("a", "f")}


@pytest.mark.parametrize(
    ("hide", "field"),
    [
        ([{"area": "a", "sex": "x"}], "hide[0]"),
        (["failing", {"area": "e"}], "hide[1]"),
        ([{"age": "20"}], "hide[0]"),
    ],
)
def test_hiding_what_is_not_there_is_refused(village: Town, hide: Any, field: str) -> None:
    with pytest.raises(QueryError) as caught:
        asked(village, hide=hide)
    assert caught.value.field == field


def test_empty_cells_are_never_hidden(build: Build) -> None:
    """Everybody would know what they hold, so that they would protect nothing."""
    town = build(area=HERE, sex=["f"] * 4 + ["m"] * 56 + ["m"] * 180, household=range(240))
    verdict = town.judge(policy(**WITHOUT_CROWDS), **SMALL, margins=True, hide=BLOCK)
    assert ("b", "f") not in statuses(verdict)
    assert failing(verdict, "hidden_cells") == {("a", "f")}


def test_rounding_clears_nothing(village: Town) -> None:
    verdict = asked(village, rounding=10)
    assert verdict.outcome is Outcome.FAIL
    assert (value(verdict, "a", "f"), value(verdict, "a", "m")) == (0, 60)
    assert [cell.units for cell in verdict.table.cells[:2]] == [4, 56]


@pytest.mark.parametrize(("base", "expected"), [(5, 5), (0.5, 4), (3, 3), (8, 8)])
def test_halves_are_rounded_upwards(village: Town, base: float, expected: float) -> None:
    assert value(asked(village, rounding=base), "a", "f") == expected


def test_rounded_numbers_tell_less(village: Town) -> None:
    exact = asked(village, hide="failing", margins=True)
    broad = asked(village, hide="failing", margins=True, rounding=20)
    assert exact.hidden[0].lower == exact.hidden[0].upper
    assert broad.hidden[0].lower != broad.hidden[0].upper
    assert broad.hidden[0].protected


def test_the_reviewer_reads_what_is_hidden_and_rounded(village: Town) -> None:
    query = Query.parse({"dataset": "town", **SMALL, "hide": "failing", "rounding": 5})
    assert "with hidden cells; rounded to multiples of 5" in query.in_words(village.metadata).en
    assert "met verborgen cellen; afgerond op veelvouden van 5" in query.in_words(village.metadata).nl


def test_the_verdict_records_the_criteria(village: Town) -> None:
    verdict = asked(village, hide="failing", margins=True)
    by_rule = {criterion.rule: criterion for criterion in verdict.criteria}
    assert by_rule["threshold"].parameters["minimum_units"] == 10
    assert (by_rule["threshold"].examined, by_rule["threshold"].failing) == (15, 1)
    assert (by_rule["hidden_cells"].examined, by_rule["hidden_cells"].failing) == (1, 1)
    assert "dominance" not in by_rule
    assert "group_disclosure" not in by_rule
    assert {criterion.rule for criterion in asked(village).criteria} == {"threshold"}


def test_measures_of_one_table_tell_of_each_other(village: Town) -> None:
    """A hidden mean is no secret beside the sum and the count; hidden together they are."""
    both = {**SMALL, "values": "income", "aggfunc": ["sum", "mean"]}
    assert asked(village, **both, hide="failing").outcome is Outcome.PASS
    assert len(statuses(asked(village, **both, hide="failing"))) == 2
    apart = together(village, {**both, "hide": "failing"}, {**SMALL, "values": "income", "aggfunc": "sum"})
    assert apart[0].outcome is Outcome.FAIL


@pytest.mark.parametrize("aggfunc", ["std", "var"])
def test_dispersion_can_be_hidden_without_totals_only(village: Town, aggfunc: str) -> None:
    query = {"values": "income", "aggfunc": aggfunc, "hide": "failing"}
    assert asked(village, **query).outcome is Outcome.PASS
    verdict = asked(village, **query, margins=True)
    assert ("a", "f") in failing(verdict, "hidden_cells")
    (finding,) = verdict.findings
    assert "cannot be audited" in finding.reason.en
    assert finding.remedy.en == "Leave out the totals."
    again, _ = together(village, {**SMALL, **query}, {**SMALL, "values": "income", "aggfunc": aggfunc})
    assert ("a", "f") in failing(again, "hidden_cells")


def test_a_share_is_as_unknown_as_its_count(village: Town) -> None:
    assert asked(village, normalize="index", hide=BLOCK[:2]).outcome is Outcome.PASS
    rounded = asked(village, normalize="index", hide=BLOCK[:2], rounding=0.01)
    assert value(rounded, "b", "f") == 0.5
    first, _ = together(village, {**SMALL, "normalize": "index", "hide": "failing"}, SMALL)
    assert failing(first, "hidden_cells") == {("a", "f")}


@pytest.mark.parametrize("rounding", [None, 0.01])
def test_the_only_hidden_share_of_a_row_follows_from_the_others(
    village: Town, rounding: float | None
) -> None:
    verdict = asked(village, normalize="index", hide="failing", rounding=rounding)
    assert failing(verdict, "hidden_cells") == {("a", "f")}


def test_what_a_share_is_of_answers_with_the_share(build: Build) -> None:
    """Of the sixteen people in area a every share is about a few of them; hidden they are all unknown."""
    town = build(area=["a"] * 8 + ["b"] * 232, sex=["f", "m"] * 120, household=range(240))
    rules = policy(**WITHOUT_CROWDS)
    shown = town.judge(rules, **SMALL, normalize="index")
    assert failing(shown, "threshold") == {("a", "f"), ("a", "m")}
    verdict = town.judge(rules, **SMALL, normalize="index", hide=[{"area": "a"}])
    assert verdict.outcome is Outcome.PASS
    assert statuses(verdict) == {("a", "f"), ("a", "m")}


def test_weighted_means_are_told_per_weight(build: Build) -> None:
    town = build(area=HERE, sex=SEX, household=range(240), weight=[2.0, 4.0] * 120)
    query = {"values": "income", "aggfunc": "mean", "weights": "weight", "margins": True}
    (hidden,) = asked(town, **query, hide="failing").hidden
    assert hidden.lower == hidden.upper == pytest.approx(value(asked(town, **query), "a", "f"))


def test_subtotals_give_hidden_cells_away(village: Town) -> None:
    query = {"index": ["area", "sex"], "columns": [], "subtotals": True, "hide": "failing"}
    verdict = asked(village, **query)
    assert failing(verdict, "hidden_cells") == {("a", "f")}

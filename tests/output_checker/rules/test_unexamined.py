from typing import Any

import pytest

from output_checker.policy import Policy, load_policy
from output_checker.rules import known_rules
from output_checker.verdict import Outcome
from tests.output_checker.town import Town, failing


def without_rules(**rules: Any) -> Policy:
    """A policy in which every rule that can be switched off is off, but these."""
    kept = {"own_variables", "unexamined"}
    off = {name: {"enabled": False} for name in known_rules() if name not in kept}
    return Policy.parse(load_policy("essnet").model_dump(mode="json") | {"rules": off | rules})


TABLE = {"index": "area"}
QUERIES: list[dict[str, Any]] = [
    TABLE,
    {"index": "area", "values": "income", "aggfunc": ["mean", "std"]},
    {"kind": "quantiles", "values": "income"},
    {"kind": "survival", "duration": "hours", "event": "employed", "times": [10, 20]},
    {"kind": "model", "formula": "income ~ age"},
    {"kind": "test", "test": "ttest", "values": "income", "by": "sex"},
    {"kind": "figure", "mark": "bar", "of": {"dataset": "town", **TABLE}},
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.get("kind", "table"))
def test_what_no_rule_concerns_is_judged_by_people(town: Town, query: dict[str, Any]) -> None:
    verdict = town.judge(without_rules(), **query)
    assert verdict.outcome is Outcome.REVIEW
    assert {finding.rule for finding in verdict.findings} == {"unexamined"}
    assert "unexamined" in {criterion.rule for criterion in verdict.criteria}


def test_every_cell_is_marked_and_the_reason_is_told_in_both_languages(town: Town) -> None:
    verdict = town.judge(without_rules(), **TABLE)
    assert failing(verdict, "unexamined", "review") == {("a",), ("b",), ("c",), ("d",)}
    reason = verdict.findings[0].reason
    assert (reason.nl, reason.en) == (
        "Geen regel van dit beleid gaat over deze statistiek.",
        "No rule of this policy is about this statistic.",
    )


def test_one_rule_that_looks_is_enough(town: Town) -> None:
    verdict = town.judge(without_rules(threshold={"minimum_units": 10}), **TABLE)
    assert verdict.outcome is Outcome.PASS


def test_each_part_of_a_result_needs_a_rule(town: Town) -> None:
    policy = without_rules(dominance={"largest_share": 0.5})
    verdict = town.judge(policy, index="area", values="income", aggfunc=["count", "sum"])
    assert failing(verdict, "unexamined", "review") == {(area, "count_income") for area in "abcd"}


def test_a_policy_may_say_otherwise(town: Town) -> None:
    verdict = town.judge(without_rules(unexamined={"enabled": False}), **TABLE)
    assert verdict.outcome is Outcome.PASS

from collections.abc import Callable
from typing import Any

from output_checker.judge import judge_together
from output_checker.policy import Policy, load_policy
from output_checker.query import Query
from output_checker.verdict import Finding, Verdict
from tests.output_checker.town import SIZE, Town

Build = Callable[..., Town]

ALL = {"index": "sex"}
BUT_THE_OLDEST = {"index": "sex", "where": "age < 99"}


def together(town: Town, *queries: dict[str, Any], policy: Policy | None = None) -> list[Verdict]:
    asked = [Query.parse({"dataset": "town", **query}) for query in queries]
    return judge_together(asked, town.dataset, policy or load_policy("essnet"))


def found(verdict: Verdict) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.rule == "differencing"]


def aged(oldest: int) -> list[int]:
    return [99] * oldest + [20 + person % 60 for person in range(SIZE - oldest)]


def test_populations_that_differ_by_one_go_to_people(build: Build) -> None:
    verdicts = together(build(age=aged(1)), ALL, BUT_THE_OLDEST)
    assert [verdict.outcome for verdict in verdicts] == ["review", "review"]
    assert found(verdicts[0])[0].evidence == {"units": 1, "minimum_units": 10}


def test_by_twenty_their_cells_can_still_be_subtracted(build: Build) -> None:
    town = build(age=aged(20), household=range(SIZE))
    (finding,) = found(together(town, ALL, BUT_THE_OLDEST)[0])
    assert (finding.outcome, finding.evidence) == ("review", {})
    assert "subtracted" in finding.reason.en


def test_other_classes_of_the_same_units_can_be_subtracted(town: Town) -> None:
    first, second = ({"index": "band", "derive": {"band": f"age // {width} * {width}"}} for width in (20, 30))
    assert all(found(verdict) for verdict in together(town, first, second))
    assert not any(found(verdict) for verdict in together(town, first, {**first, "columns": "sex"}))


def test_twenty_persons_of_one_household_are_one(build: Build) -> None:
    town = build(age=aged(20), household=[0] * 20 + list(range(20, SIZE)))
    assert found(together(town, ALL, BUT_THE_OLDEST)[0])[0].evidence["units"] == 1


def test_a_policy_says_how_many(build: Build) -> None:
    document = load_policy("essnet").model_dump(mode="json")
    strict = Policy.parse(document | {"rules": {"differencing": {"minimum_units": 21}}})
    town = build(age=aged(20), household=range(SIZE))
    assert found(together(town, ALL, BUT_THE_OLDEST, policy=strict)[0])


def test_few_units_are_told_of_the_outputs_that_differ_by_them(build: Build) -> None:
    verdicts = together(build(age=aged(1)), ALL, BUT_THE_OLDEST, {"index": "area", "where": "age < 50"})
    assert ["units" in found(verdict)[0].evidence for verdict in verdicts] == [True, True, False]


def test_the_same_population_in_other_words_is_the_same(town: Town) -> None:
    verdicts = together(
        town, {"index": "sex", "where": "age > 40"}, {"index": "sex", "where": "NOT age <= 40"}
    )
    assert not any(found(verdict) for verdict in verdicts)


def test_a_model_leaves_out_who_misses_a_value(build: Build) -> None:
    town = build(hours=[None] * 3 + [person % 40 for person in range(SIZE - 3)])
    model = {"kind": "model", "formula": "income ~ hours"}
    assert found(together(town, ALL, model)[1])[0].evidence["units"] == 2


def test_one_output_is_compared_with_nothing(town: Town) -> None:
    (verdict,) = together(town, ALL)
    assert "differencing" not in {criterion.rule for criterion in verdict.criteria}


def test_the_comparison_is_in_the_record(town: Town) -> None:
    verdicts = together(town, ALL, {"index": "area"})
    assert all("differencing" in {one.rule for one in verdict.criteria} for verdict in verdicts)

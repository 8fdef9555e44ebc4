from collections.abc import Callable
from typing import Any

import pytest

from output_checker.policy import load_policy
from output_checker.rules.missing_values import MissingEvidence, MissingValues
from output_checker.text import Text
from output_checker.verdict import Finding
from tests.output_checker.town import Town, failing

Build = Callable[..., Town]
BOTH: dict[str, Any] = {"values": ["income", "hours"], "aggfunc": "count"}
PERSONS = Text(nl="personen", en="persons")


def lacking(number: int) -> list[float | None]:
    """The first persons of area a have no income."""
    few = [person for person in range(240) if person // 4 % 4 == 0][:number]
    return [None if person in few else 1000.0 + person for person in range(240)]


def found(differences: dict[int, int], **parameters: Any) -> list[Finding]:
    return MissingValues(**parameters).apply(MissingEvidence(PERSONS, differences))


def test_few_who_lack_a_value_go_to_people(build: Build) -> None:
    verdict = build(income=lacking(4)).judge(index="area", **BOTH)
    assert failing(verdict, "missing_values", "review") == {("a", "count_income"), ("a", "count_hours")}
    assert verdict.outcome == "review"


@pytest.mark.parametrize("number", [0, 10, 12])
def test_nobody_and_many_who_lack_a_value_do_not(build: Build, number: int) -> None:
    assert build(income=lacking(number)).judge(index="area", **BOTH).outcome == "pass"


def test_ten_is_enough_and_the_policy_may_ask_for_more() -> None:
    assert not found({0: 10})
    assert found({0: 10}, minimum_units=11)


def test_the_finding_names_the_cells_and_the_way_out() -> None:
    (finding,) = found({0: 12, 3: 4, 4: 4})
    assert (finding.cells, finding.evidence["counts"]) == ((3, 4), (4, 4))
    assert finding.reason.en.startswith("2 cells in which fewer than 10 persons lack a value")
    assert finding.remedy is not None
    assert "income IS NOT NULL" in finding.remedy.nl


def test_without_the_rule_it_passes(build: Build) -> None:
    policy = load_policy("essnet")
    off = policy.model_copy(update={"rules": policy.rules | {MissingValues.id: MissingValues(enabled=False)}})
    assert MissingValues.id in policy.rules
    assert "missing_values" not in {
        one.rule for one in build(income=lacking(4)).judge(off, index="area", **BOTH).findings
    }

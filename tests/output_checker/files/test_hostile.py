"""Every hostile file is found by the right rules, none passes, and no finding repeats what the file holds."""

import pytest

from output_checker.files.inspection import inspect_file, known_file_rules
from output_checker.verdict import Outcome
from tests.output_checker.files.hostile import HOSTILE, IBAN
from tests.output_checker.files.makers import BSN


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_file_is_found_by_the_right_rules(attack: str) -> None:
    name, content, rules = HOSTILE[attack]
    found = inspect_file(name, content)
    assert {finding.rule for finding in found.findings} == rules
    assert found.outcome is not Outcome.PASS
    refused = any(known_file_rules()[rule].outcome is Outcome.FAIL for rule in rules)
    assert found.outcome is (Outcome.FAIL if refused else Outcome.REVIEW)


def test_the_corpus_is_large_and_tries_every_rule_but_the_one_for_dead_readers() -> None:
    tried = {rule for _, _, rules in HOSTILE.values() for rule in rules}
    assert len(HOSTILE) >= 40
    assert set(known_file_rules()) - tried == {"not_inspected"}


@pytest.mark.parametrize("attack", [name for name, found in HOSTILE.items() if found[2] & {"bsn", "iban"}])
def test_no_finding_repeats_an_identifier(attack: str) -> None:
    name, content, _ = HOSTILE[attack]
    told = str([finding.model_dump() for finding in inspect_file(name, content).findings])
    assert BSN not in told
    assert IBAN[4:12] not in told.replace(" ", "")


@pytest.mark.parametrize("attack", HOSTILE)
def test_the_words_of_a_finding_are_those_of_its_rule(attack: str) -> None:
    name, content, _ = HOSTILE[attack]
    for finding in inspect_file(name, content).findings:
        rule = known_file_rules()[finding.rule]
        assert (finding.reason, finding.remedy) == (rule.reason, rule.remedy)

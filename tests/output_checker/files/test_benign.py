"""Harmless files of each allowed kind are for people, without any finding."""

import pytest

from output_checker.files.inspection import inspect_file
from output_checker.files.kinds import KINDS
from output_checker.verdict import Outcome
from tests.output_checker.files.makers import BENIGN


@pytest.mark.parametrize("name", BENIGN)
def test_a_harmless_file_raises_no_alarm_and_never_passes_by_itself(name: str) -> None:
    found = inspect_file(name, BENIGN[name])
    assert [(finding.rule, [place.words.en for place in finding.places]) for finding in found.findings] == []
    assert found.outcome is Outcome.REVIEW
    assert found.report.leaves is not None


def test_there_is_a_harmless_file_of_each_kind() -> None:
    assert {inspect_file(name, content).report.kind for name, content in BENIGN.items()} == {
        kind.id for kind in KINDS
    }

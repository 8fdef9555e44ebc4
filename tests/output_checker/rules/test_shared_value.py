from output_checker.rules.shared_value import Shared, SharedValue, SharedValueEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text

PERSONS = Text(nl="personen", en="persons")


def test_values_that_few_or_nearly_all_share() -> None:
    cells = (Shared(9, 100), Shared(10, 100), Shared(90, 100), Shared(91, 100))
    evidence = SharedValueEvidence(PERSONS, (), Statbarn.MODE, cells)
    assert [finding.cells for finding in SharedValue().apply(evidence)] == [(0,), (3,)]
    assert SharedValue().concerns(evidence)

import pytest

from output_checker.rules.concentration import Concentration, ConcentrationEvidence, Contributors
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Outcome

FIRMS = Text(nl="bedrijven", en="firms")
GROUPS = Text(nl="concerns", en="groups")


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        (Contributors(10, 0.5, False), None),
        (Contributors(9, 0.2, False), Outcome.FAIL),
        (Contributors(40, 0.51, False), Outcome.FAIL),
        (Contributors(40, 0.1, True), Outcome.FAIL),
        (Contributors(40, 0.1, False, slice_units=9), Outcome.FAIL),
        (Contributors(40, 0.1, False, slice_units=20, slice_share=0.6), Outcome.FAIL),
        (Contributors(40, 0.1, False, single=True), Outcome.REVIEW),
        (Contributors(40, 0.1, False, others=(3,)), Outcome.REVIEW),
    ],
)
def test_each_shortage_is_found(cell: Contributors, outcome: Outcome | None) -> None:
    others = (GROUPS,) if cell.others else ()
    evidence = ConcentrationEvidence(FIRMS, others, Statbarn.GINI_COEFFICIENT, (cell,))
    assert [finding.outcome for finding in Concentration().apply(evidence)] == ([outcome] if outcome else [])


def test_the_reason_names_the_unit_in_both_languages() -> None:
    evidence = ConcentrationEvidence(FIRMS, (), Statbarn.GINI_COEFFICIENT, (Contributors(3, 0.4, False),))
    (finding,) = Concentration().apply(evidence)
    assert finding.reason == Text(
        nl="1 cel van minder dan 10 bedrijven.", en="1 cell of fewer than 10 firms."
    )

import pytest

from output_checker.rules.survival_steps import Step, SurvivalEvidence, SurvivalSteps
from output_checker.text import Text


@pytest.mark.parametrize(
    ("step", "curve", "table"),
    [
        (Step(events=10, censored=0, at_risk=40, left=30), True, True),
        (Step(events=1, censored=0, at_risk=40, left=39), False, False),
        (Step(events=10, censored=0, at_risk=19, left=9), False, False),
        (Step(events=10, censored=1, at_risk=40, left=29), True, False),
        (Step(events=10, censored=10, at_risk=40, left=20), True, True),
        (Step(events=200, censored=0, at_risk=220, left=20), False, False),
    ],
)
def test_steps_of_ten(step: Step, curve: bool, table: bool) -> None:
    rule = SurvivalSteps()
    assert (rule.is_safe(step, counts=False), rule.is_safe(step, counts=True)) == (curve, table)
    evidence = SurvivalEvidence(Text.same("persons"), (), True, (step,))
    assert bool(rule.apply(evidence)) is not table

from output_checker.rules.correlation import Correlation
from tests.output_checker.rules.inferences import correlations


def test_one_that_follows_from_the_other() -> None:
    (finding,) = Correlation().apply(correlations(0.5, -1.0, 1.0))
    assert (finding.outcome, finding.cells) == ("fail", (1, 2))


def test_exactly_nothing_goes_to_people() -> None:
    (finding,) = Correlation().apply(correlations(0.0, 0.001))
    assert (finding.outcome, finding.cells) == ("review", (0,))


def test_the_usual() -> None:
    assert not Correlation().apply(correlations(0.99, -0.3))

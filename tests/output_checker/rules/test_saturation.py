import pytest

from output_checker.rules.saturation import Saturation
from tests.output_checker.rules.inferences import model


@pytest.mark.parametrize(("explained", "findings"), [(1.0, 1), (0.9999, 1), (0.99, 0), (0.0, 0)])
def test_nothing_left_to_explain(explained: float, findings: int) -> None:
    assert len(Saturation().apply(model(explained=explained))) == findings

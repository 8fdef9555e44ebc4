import pytest

from output_checker.rules.degrees_of_freedom import DegreesOfFreedom
from tests.output_checker.rules.inferences import model


@pytest.mark.parametrize(("left", "findings"), [(9, 1), (10, 0), (0, 1), (-3, 1), (None, 0)])
def test_ten_are_enough(left: int | None, findings: int) -> None:
    found = DegreesOfFreedom().apply(model(degrees_of_freedom=left))
    assert len(found) == findings
    assert all(finding.outcome == "fail" and finding.cells == (0, 1, 2, 3) for finding in found)


def test_a_stricter_policy() -> None:
    assert DegreesOfFreedom(minimum=91).apply(model())

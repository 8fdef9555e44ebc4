"""Which caps lie between the steps of what they cap."""

import pytest

from output_checker.expressions import Scope
from output_checker.metadata import DatasetMetadata
from output_checker.steps import is_capped_between_steps
from tests.output_checker.town import metadata_document

SCOPE = Scope(DatasetMetadata.parse(metadata_document()))


def between(text: str) -> bool:
    return is_capped_between_steps(SCOPE.parse(text, "values"))


@pytest.mark.parametrize(
    "text",
    [
        "LEAST(age, 75.37)",
        "LEAST(10 * age, 755)",
        "LEAST(age / 10, 7.55)",
        "GREATEST(0.5 - age, -70)",
        "LEAST(FLOOR(income / 1000), 50.5)",
        "LEAST(income // 1000 * 1000, 60500)",
        "LEAST(ROUND(income, -3), 60500) / 12",
        "LEAST(GREATEST(age, 20.001), 60)",
        "ROUND(LEAST(age, 75.37), 1)",
        "LN(LEAST(income, 60000.5))",
        "CEIL(LEAST(age * 2, 75) / 3)",
    ],
)
def test_a_cap_that_no_other_value_equals(text: str) -> None:
    assert between(text)


@pytest.mark.parametrize(
    "text",
    [
        "age",
        "LEAST(age, 75)",
        "LEAST(-age, -18)",
        "LEAST(10 * age, 750)",
        "LEAST(age / 10, 7.5) * 3",
        "LEAST(age - 18.5, 60.5)",
        "LEAST(FLOOR(income / 1000), 50)",
        "LEAST(FLOOR(age * 10), 700)",
        "LEAST(ROUND(income), 60000)",
        "LEAST(LN(income), 11.5)",
        "LEAST(LN(income) + 1, 11.5)",
        "LEAST(income, 60000) / 12",
        "LEAST(age / 0, 3)",
    ],
)
def test_a_cap_that_others_may_equal(text: str) -> None:
    assert not between(text)

from itertools import product

import pytest

from output_checker.solving import MOST_VALUES, OFF_BY_ONE, fewest_solved


@pytest.mark.parametrize(
    ("values", "counts", "moments", "fewest"),
    [
        ([0, 1], [100, 1], 2, None),
        ([0, 1, 2], [100, 100, 1], 2, 1),
        ([0, 1, 2], [100, 100, 1], 1, 1 + 40 * OFF_BY_ONE),
        ([0, 1, 2], [100, 4, 1], 1, 1 + 3 * OFF_BY_ONE),
        ([0.0, 0.7, 1.4], [100, 100, 1], 1, 1 + 40 * OFF_BY_ONE),
        ([0, 1, 2, 3], [100, 100, 50, 1], 2, 1 + 17 * OFF_BY_ONE),
        ([0, 1, 2, 3], [100, 2, 5, 1], 2, 1 + OFF_BY_ONE),
        ([0.0, 1023.42, 1455.10], [50, 50, 1], 1, 1),
        ([*range(MOST_VALUES + 1)], [1] * (MOST_VALUES + 1), 2, None),
    ],
)
def test_what_readers_know_best(
    values: list[float], counts: list[int], moments: int, fewest: int | None
) -> None:
    assert fewest_solved(values, counts, moments) == fewest


@pytest.mark.parametrize("moments", [1, 2])
@pytest.mark.parametrize("counts", [(6, 5, 4, 1), (3, 9, 1, 2), (1, 1, 8, 3)])
def test_readers_are_never_taken_to_know_less_than_they_do(counts: tuple[int, ...], moments: int) -> None:
    """Tried on every way in which so many units can have the values 0, 1, 2 and 4."""
    values = (0, 1, 2, 4)

    def told(tried: tuple[int, ...]) -> list[int]:
        return [
            sum(number * value**power for number, value in zip(tried, values, strict=True))
            for power in range(moments + 1)
        ]

    ways = [tried for tried in product(range(sum(counts) + 1), repeat=4) if told(tried) == told(counts)]
    spans = [[tried[place] for tried in ways] for place in range(4)]
    known = min(counts[place] + OFF_BY_ONE * (max(span) - min(span)) for place, span in enumerate(spans))
    found = fewest_solved(values, counts, moments)
    assert found is not None
    assert min(counts) <= found <= known

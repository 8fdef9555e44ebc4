"""Histograms: numpy's numbers over public bins; no edge, bin or missing value tells about a few."""

from collections.abc import Callable

import numpy as np
import pytest

from output_checker.errors import QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import SIZE, Town, failing, inhabitants, value

Build = Callable[..., Town]


def histogram(town: Town, values: str = "age", **more: object) -> Verdict:
    return town.judge(kind="histogram", values=values, **more)


def numbers(verdict: Verdict) -> list[float | None]:
    return [cell.value for cell in verdict.table.cells]


def test_equals_numpy(town: Town) -> None:
    ages = inhabitants()["age"]
    assert numbers(histogram(town, bins=11)) == np.histogram(ages, bins=11, range=(0, 99))[0].tolist()
    edges = [20, 35, 50, 79]
    assert numbers(histogram(town, bins=edges)) == np.histogram(ages, bins=edges)[0].tolist()
    density = np.histogram(ages, bins=edges, density=True)[0]
    assert numbers(histogram(town, bins=edges, stat="density")) == pytest.approx(density.tolist(), rel=1e-9)


def test_hundreds_per_bin_and_empty_bins_are_not_refused(town: Town) -> None:
    verdict = histogram(town, bins=[0, 10, 20, 50, 80, 90])
    assert numbers(verdict) == [0, 0, 120, 120, 0]
    assert verdict.outcome is Outcome.PASS


def test_by_groups(town: Town) -> None:
    verdict = histogram(town, bins=[20, 50, 80], by="sex", stat="proportion")
    assert verdict.table.column_names == ("bin",)
    ages, sexes = (np.array(inhabitants()[name]) for name in ("age", "sex"))
    assert value(verdict, "f", "[20, 50)") == pytest.approx(float((ages[sexes == "f"] < 50).mean()), rel=1e-9)
    assert verdict.outcome is Outcome.PASS


def test_those_outside_and_missing_do_not_vanish(build: Build) -> None:
    town = build(income=[None if person < 40 else float(person) for person in range(SIZE)])
    verdict = histogram(town, "income", bins=[100, 150, 200], stat="proportion")
    labels = [label for (label,) in verdict.table.rows]
    assert labels == ["< 100", "[100, 150)", "[150, 200]", "> 200", "(missing)"]
    assert sum(number or 0 for number in numbers(verdict)) == pytest.approx(1)
    density = histogram(town, "income", bins=[100, 150, 200], stat="density")
    assert [number is None for number in numbers(density)] == [True, False, False, True, True]


def test_not_a_number_is_missing(build: Build) -> None:
    town = build(income=[float("nan")] * 40 + [150.0] * 100 + [250.0] * 100)
    assert value(histogram(town, "income", bins=[100, 200, 300]), "(missing)") == 40


def test_nobody_inside_has_no_density(town: Town) -> None:
    assert numbers(histogram(town, bins=[90, 95, 99], stat="density")) == [None, None, None]


def test_a_lone_bin_of_few_fails(build: Build) -> None:
    town = build(age=[30] * 120 + [50] * 117 + [98] * 3)
    assert failing(histogram(town, bins=9), "threshold") == {("[88, 99]",)}


def test_a_bin_with_nearly_everybody_fails(build: Build) -> None:
    assert histogram(build(age=[30] * 230 + [60] * 10), bins=9).outcome is Outcome.FAIL


def test_shares_of_few_fail_like_counts(build: Build) -> None:
    town = build(age=[30] * 120 + [50] * 117 + [98] * 3)
    for stat in ("proportion", "density"):
        assert histogram(town, bins=9, stat=stat).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({"values": "income", "bins": [0, 34512.37]}, "no round number"),
        ({"values": "hours"}, "no public bounds"),
        (
            {"values": "age", "derive": {"double": "age * 2"}, "by": "sex", "bins": [3, 2]},
            "Edges of bins ascend",
        ),
        ({"values": "age", "bins": 0}, "right form"),
        ({"values": "sex"}, "is not a number"),
    ],
)
def test_what_is_refused_before_running(town: Town, more: dict[str, object], english: str) -> None:
    with pytest.raises(QueryError, match=english):
        town.judge(kind="histogram", **more)


def test_a_public_bound_may_be_an_edge_and_fractions_are_spelled_out(town: Town) -> None:
    rows = histogram(town, "income", bins=[-1e6, 0.5, 1e6]).table.rows
    assert rows == (("[-1000000, 0.5)",), ("[0.5, 1000000]",))


def test_a_variable_called_bin_is_left_alone(town: Town) -> None:
    verdict = histogram(town, "bin", derive={"bin": "age + 1"}, bins=[0, 50, 100])
    assert verdict.table.row_names == ("bin_",)


def test_derived_values_have_no_public_bounds_of_their_own(town: Town) -> None:
    with pytest.raises(QueryError, match="bins: This variable has no public bounds"):
        histogram(town, "double", derive={"double": "age * 2"})


def test_in_words(town: Town) -> None:
    asked = Query.parse({"dataset": "town", "kind": "histogram", "values": "age", "bins": [0, 50, 99]})
    assert asked.in_words(town.metadata).en.startswith(
        "Number of persons per bin of age; bins with the edges 0, 50, 99."
    )
    assert asked.result_name == "count_age"

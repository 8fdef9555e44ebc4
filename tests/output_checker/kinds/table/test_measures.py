"""Every statistic equals that of pandas to 1e-9, with totals, weights and subtotals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from output_checker.errors import QueryError, TableTooLargeError
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.verdict import Verdict
from tests.output_checker.town import SIZE, Town, inhabitants, value

Build = Callable[..., Town]


def numbers(verdict: Verdict) -> list[list[float]]:
    """The cells as rows, what is not there as NaN."""
    table = verdict.table
    cells = [np.nan if cell.value is None else float(cell.value) for cell in table.cells]
    width = len(table.columns)
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def check_same(verdict: Verdict, expected: pd.DataFrame | pd.Series) -> None:
    wanted = expected.to_numpy(dtype=float)
    np.testing.assert_allclose(np.array(numbers(verdict)).reshape(wanted.shape), wanted, rtol=1e-9)


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(7)
    return pd.DataFrame(inhabitants()).assign(
        income=np.round(random.lognormal(10, 0.4, SIZE), 2), weight=random.uniform(0.5, 3, SIZE)
    )


@pytest.fixture
def town(build: Build, frame: pd.DataFrame) -> Town:
    return build(income=frame["income"].tolist(), weight=frame["weight"].tolist())


@pytest.mark.parametrize("aggfunc", ["count", "sum", "mean", "std", "var"])
@pytest.mark.parametrize("margins", [False, True])
def test_one_statistic(town: Town, frame: pd.DataFrame, aggfunc: Any, margins: bool) -> None:
    verdict = town.judge(index="area", columns="sex", values="income", aggfunc=aggfunc, margins=margins)
    expected = frame.pivot_table("income", "area", "sex", aggfunc, margins=margins)
    check_same(verdict, expected)


def test_dispersion_is_exact_far_from_zero(build: Build, frame: pd.DataFrame) -> None:
    far = (frame["income"] / 1e5 + 1e6).tolist()
    verdict = build(income=far).judge(index="area", values="income", aggfunc="std", margins=True)
    expected = [*frame.assign(income=far).groupby("area")["income"].std(), pd.Series(far).std()]
    np.testing.assert_allclose(np.ravel(numbers(verdict)), expected, rtol=1e-7)


def test_several_statistics_of_several_variables(town: Town, frame: pd.DataFrame) -> None:
    verdict = town.judge(index="area", columns="sex", values=["income", "hours"], aggfunc=["sum", "mean"])
    assert verdict.table.column_names == ("sex", "measure")
    names = ["sum_income", "sum_hours", "mean_income", "mean_hours"]
    assert [line for line in verdict.table.columns if line[0] == "f"] == [("f", name) for name in names]
    for name in names:
        function, variable = name.split("_")
        expected = frame.pivot_table(variable, "area", "sex", function)
        for area in "abcd":
            assert value(verdict, area, "m", name) == pytest.approx(expected.loc[area, "m"], rel=1e-9)
    assert verdict.table.label("measure", "mean_income", "nl") == "gemiddelde van income"
    assert verdict.table.heading("measure", "nl") == "statistiek"


def test_each_variable_its_own_statistics(town: Town) -> None:
    verdict = town.judge(index="area", aggfunc={"income": ["mean", "std"], "hours": "sum"})
    assert [line[-1] for line in verdict.table.columns] == ["mean_income", "std_income", "sum_hours"]
    assert isinstance(value(verdict, "a", "sum_hours"), int)


def test_a_classification_may_be_called_measure(build: Build) -> None:
    derive = {"measure": "age // 20 * 20"}
    verdict = build().judge(index="measure", derive=derive, values="income", aggfunc=["sum", "mean"])
    assert verdict.table.column_names == ("measure_",)


def test_weights(town: Town, frame: pd.DataFrame) -> None:
    weighted = frame.assign(w=frame["weight"], wx=frame["weight"] * frame["income"])
    sums = weighted.groupby("area")[["w", "wx"]].sum()
    asked: dict[str, Any] = {"index": "area", "weights": "weight"}
    check_same(town.judge(**asked), sums["w"])
    check_same(town.judge(**asked, values="income"), sums["w"])
    check_same(town.judge(**asked, values="income", aggfunc="sum"), sums["wx"])
    check_same(town.judge(**asked, values="income", aggfunc="mean"), sums["wx"] / sums["w"])
    assert [cell.units for cell in town.judge(**asked).table.cells] == [60] * 4


def test_weights_per_household_count_each_once(town: Town, frame: pd.DataFrame, build: Build) -> None:
    weight = [1.0 + household % 3 for household in frame["household"]]
    verdict = build(weight=weight).judge(index="area", unit="household", weights="weight")
    expected = frame.assign(weight=weight).drop_duplicates("household").groupby("area")["weight"].sum()
    check_same(verdict, expected)


def test_who_has_no_weight_is_not_in_a_weighted_number(build: Build) -> None:
    weight = [None, 0.0] * 25 + [2.0] * (SIZE - 50)
    verdict = build(area=["a"] * 55 + ["b"] * (SIZE - 55), weight=weight).judge(
        index="area", weights="weight"
    )
    assert [cell.units for cell in verdict.table.cells] == [5, SIZE - 55]
    assert verdict.outcome == "fail"


def test_ratios_of_two_sums(town: Town, frame: pd.DataFrame) -> None:
    sums = frame.groupby(["area", "sex"])[["income", "hours"]].sum()
    verdict = town.judge(index="area", columns="sex", values="income", aggfunc="ratio", over="hours")
    check_same(verdict, (sums["income"] / sums["hours"]).unstack())
    assert verdict.table.cells[0].units == 30
    nothing = town.judge(
        index="area", values="income", aggfunc="ratio", over="zero", derive={"zero": "hours * 0"}
    )
    assert value(nothing, "a") is None


@pytest.mark.parametrize("normalize", ["all", "index", "columns", True])
def test_shares(town: Town, frame: pd.DataFrame, normalize: Any) -> None:
    check_same(
        town.judge(index="area", columns="sex", normalize=normalize),
        pd.crosstab(frame["area"], frame["sex"], normalize=normalize),
    )
    summed = town.judge(index="area", columns="sex", values="income", aggfunc="sum", normalize=normalize)
    crossed = pd.crosstab(
        frame["area"], frame["sex"], values=frame["income"], aggfunc="sum", normalize=normalize
    )
    check_same(summed, crossed)


def test_index_numbers(town: Town, frame: pd.DataFrame) -> None:
    means = frame.pivot_table("income", "area", "sex", "mean")
    verdict = town.judge(index="area", columns="sex", values="income", aggfunc="mean", base={"area": "b"})
    check_same(verdict, means / means.loc["b"] * 100)
    by_sex = town.judge(
        index="area", columns="sex", values="income", aggfunc="ratio", over="hours", base={"sex": "m"}
    )
    sums = frame.groupby(["area", "sex"])[["income", "hours"]].sum()
    ratios = (sums["income"] / sums["hours"]).unstack()
    check_same(by_sex, ratios.div(ratios["m"], axis=0) * 100)


def test_subtotals_of_each_leading_part(town: Town, frame: pd.DataFrame) -> None:
    verdict = town.judge(
        index=["quarter", "area", "sex"], values="income", aggfunc="sum", subtotals=True, margins=True
    )
    rows = verdict.table.rows
    assert rows[:4] == (
        ("north", "a", "f"),
        ("north", "a", "m"),
        ("north", "a", "All"),
        ("north", "b", "f"),
    )
    assert rows[-1] == ("All", "All", "All")
    by_area = frame.groupby("area")["income"].sum()
    assert value(verdict, "north", "a", "All") == pytest.approx(by_area["a"], rel=1e-9)
    assert value(verdict, "north", "All", "All") == pytest.approx(by_area["a"] + by_area["b"], rel=1e-9)
    assert value(verdict, "(missing)", "d", "All") == pytest.approx(by_area["d"], rel=1e-9)
    assert ("All", "a", "All") not in rows


def test_subtotals_of_units_with_many_rows_count_each_once(build: Build) -> None:
    household = [person // 4 for person in range(SIZE)]
    area = ["ab"[person // 2 % 2] for person in range(SIZE)]
    town = build(household=household, area=area)
    verdict = town.judge(index=["quarter", "area"], unit="household", subtotals=True)
    assert value(verdict, "north", "a") == value(verdict, "north", "b") == 60
    assert value(verdict, "north", "All") == 60


def test_sums_of_large_whole_numbers_keep_every_digit(build: Build) -> None:
    verdict = build(hours=[10_000_000_000_001] * SIZE).judge(index="sex", values="hours", aggfunc="sum")
    assert value(verdict, "f") == 1_200_000_000_000_120


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"values": ["income", "hours", "income"], "aggfunc": "sum"}, "aggfunc"),
        ({"values": ["income", "in come"], "aggfunc": "sum"}, "values"),
        ({"values": "income", "aggfunc": "max"}, "aggfunc"),
        ({"values": "income", "aggfunc": ["sum", "max"]}, "aggfunc"),
        ({"aggfunc": {"income": "max"}}, "aggfunc"),
        ({"values": "income", "aggfunc": 3}, "aggfunc"),
        ({"values": "income", "aggfunc": []}, "aggfunc"),
        ({"values": "income", "aggfunc": ["sum"] * 30}, "aggfunc"),
        ({"values": ["income"] * 30, "aggfunc": "sum"}, "values"),
        ({"values": 3}, "values"),
        ({"values": []}, "values"),
        ({"values": "hours", "aggfunc": {"income": "sum"}}, "values"),
        ({"values": [f"v{n}" for n in range(9)], "aggfunc": ["sum", "mean", "std"]}, "aggfunc"),
        ({"aggfunc": ["count", "mean"]}, "values"),
        ({"values": "income", "aggfunc": "ratio"}, "over"),
        ({"values": "income", "aggfunc": "sum", "over": "hours"}, "over"),
        ({"values": "income", "aggfunc": "mean", "normalize": "all"}, "normalize"),
        ({"columns": [], "normalize": "index"}, "normalize"),
        ({"normalize": "rows"}, "normalize"),
        ({"normalize": "all", "base": {"area": "a"}}, "base"),
        ({"base": {"sector": "1"}}, "base"),
        ({"base": {"area": "a"}, "margins": True}, "base"),
        ({"base": {"area": "zz"}}, "base.area"),
        ({"values": "income", "aggfunc": "std", "weights": "weight"}, "weights"),
        ({"weights": "income"}, "weights"),
        ({"weights": "own", "derive": {"own": "age * 2"}}, "weights"),
    ],
)
def test_what_makes_no_sense_is_refused(town: Town, query: dict[str, Any], field: str) -> None:
    with pytest.raises(QueryError) as caught:
        town.judge(**{"index": "area", "columns": "sex", **query})
    assert caught.value.field == field


def test_several_statistics_count_for_the_size_of_a_table(town: Town) -> None:
    small = load_policy("essnet").model_copy(update={"largest_table": 9})
    assert town.judge(small, index="sex", values="income", aggfunc=["sum", "mean"]).outcome == "pass"
    with pytest.raises(TableTooLargeError):
        town.judge(small, index="area", values="income", aggfunc=["sum", "mean"])


def test_one_in_a_list_is_the_same_question_as_one() -> None:
    asked = {"dataset": "town", "index": ["sex"], "values": "income", "aggfunc": "mean"}
    listed = Query.parse({**asked, "values": ["income"], "aggfunc": ["mean"]})
    assert listed.digest == Query.parse(asked).digest
    assert listed.result_name == "mean_income"
    assert Query.parse({**asked, "aggfunc": ["mean", "sum"]}).result_name == "value"


def test_the_reviewer_reads_all_of_it(town: Town) -> None:
    query = Query.parse(
        {
            "dataset": "town",
            "index": "area",
            "columns": "sex",
            "values": ["income", "hours"],
            "aggfunc": ["mean", "ratio"],
            "over": "age",
            "weights": "weight",
            "base": {"sex": "m"},
        }
    )
    words = query.in_words(town.metadata)
    assert words.en == (
        "Mean of income, mean of hours, sum of income divided by sum of age, sum of hours divided by sum of age "
        "by area × sex; weighted by weight; as an index number, sex m = 100. Population: All inhabitants."
    )
    shares = Query.parse(
        {"dataset": "town", "index": "area", "subtotals": True, "margins": True, "normalize": True}
    )
    assert shares.in_words(town.metadata).nl == (
        "Aantal personen naar area; als aandeel van het geheel; met subtotalen; met totalen. Populatie: All inhabitants."
    )

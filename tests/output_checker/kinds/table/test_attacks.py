"""Ways to get a secret out of a table: none may end in an automatic pass. And tables that disclose nothing: none fails."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from output_checker.verdict import Outcome
from tests.output_checker.town import SIZE, Town, failing, metadata_document

Build = Callable[..., Town]
AREA = ["a"] * 60 + ["b"] * 90 + ["c"] * 90
MEASURE: dict[str, Any] = {"index": "area", "values": "income", "aggfunc": "sum"}


def varied(**changed: float) -> list[float]:
    """Incomes that are all different; ``p0=5.0`` is that of the first person."""
    incomes = [1000.0 + 7 * person for person in range(SIZE)]
    for name, number in changed.items():
        incomes[int(name[1:])] = number
    return incomes


def few_ill(ill: int) -> list[int]:
    """Yes or no as a sector (2 or 1): ``ill`` persons in area a, half of the others."""
    return [2 if (person < ill if person < 60 else person % 2 == 0) else 1 for person in range(SIZE)]


SMALL_COUNTS = [
    {"values": "sector", "aggfunc": "sum"},
    {"values": "sector", "aggfunc": "mean"},
    {"values": "sector", "aggfunc": "std"},
    {"values": "sector", "aggfunc": "var"},
    {"values": "sector", "aggfunc": "mean", "weights": "weight"},
    {"values": "sector", "aggfunc": "sum", "weights": "weight"},
    {"values": "sector", "aggfunc": "sum", "normalize": "columns"},
    {"values": "sector", "aggfunc": "ratio", "over": "hours"},
    {"values": "hours", "aggfunc": "ratio", "over": "sector"},
    {"values": "sector", "aggfunc": "mean", "base": {"area": "b"}},
    {"values": "sector", "aggfunc": ["count", "mean"]},
    {"values": "ill", "aggfunc": "sum", "derive": {"ill": "CASE WHEN sector = 2 THEN 1 ELSE 0 END"}},
    {"values": "ill", "aggfunc": "mean", "derive": {"ill": "CASE WHEN sector = 2 THEN 1000 ELSE 1 END"}},
    {"values": "ill", "aggfunc": "count", "derive": {"ill": "CASE WHEN sector = 2 THEN 1 END"}},
    {"values": "both", "aggfunc": "sum", "derive": {"both": "hours + 1000000 * (sector - 1)"}},
    {"where": "sector = 2", "weights": "weight"},
    {"where": "sector = 2", "normalize": "all"},
    {"columns": "sector", "normalize": "index"},
    {"columns": "sector", "normalize": "columns"},
    {"index": ["area", "sector"], "normalize": "all"},
    {"index": ["area", "sector"], "subtotals": True},
]


@pytest.mark.parametrize("query", SMALL_COUNTS)
@pytest.mark.parametrize("ill", [1, 4, 56, 59])
def test_small_counts_in_disguise(build: Build, query: dict[str, Any], ill: int) -> None:
    town = build(area=AREA, sector=few_ill(ill), household=range(SIZE))
    verdict = town.judge(**{"index": "area", **query})
    hidden_in_the_rest = ill > 10 and query.get("where") == "sector = 2"
    if not hidden_in_the_rest and not (ill > 10 and query.get("aggfunc") == "count"):
        assert verdict.outcome is not Outcome.PASS


@pytest.mark.parametrize("query", [query for query in SMALL_COUNTS if "derive" not in query])
def test_everybody_alike(build: Build, query: dict[str, Any]) -> None:
    """0 % and 100 % in one area; a count of those who are is zero or all, and says so."""
    for ill in (0, 60):
        if query.get("where") is None and "count" not in query.get("aggfunc", ""):
            town = build(area=AREA, sector=few_ill(ill), household=range(SIZE))
            assert town.judge(**{"index": "area", **query}).outcome is Outcome.FAIL


@pytest.mark.parametrize("statistic", ["sum", "mean", "std", "var"])
@pytest.mark.parametrize(
    ("incomes", "rule"),
    [
        (varied(p0=500_000.0), "dominance"),
        (varied(p0=-500_000.0), "dominance"),
        (varied(p0=500_000.0, p1=480_000.0), "dominance_nk"),
        (varied(p0=500_000.0, p1=-499_000.0), "dominance_nk"),
        ([400_000.0, 390_000.0, 30_000.0] + [1.0 + n / 100 for n in range(237)], "p_percent"),
        ([5.0] * 60 + varied()[60:], "constant_cells"),
        ([0.0] * 60 + varied()[60:], "constant_cells"),
        ([None] * 51 + varied()[51:], "threshold"),
        ([float("nan")] * 51 + varied()[51:], "threshold"),
    ],
)
def test_magnitudes_that_tell_of_one(build: Build, statistic: str, incomes: list[Any], rule: str) -> None:
    town = build(area=AREA, income=incomes, household=range(SIZE))
    assert failing(town.judge(**{**MEASURE, "aggfunc": statistic}), rule) == {("a",)}


@pytest.mark.parametrize(
    "more",
    [
        {"normalize": "columns"},
        {"base": {"area": "b"}},
        {"base": {"area": "a"}},
        {"aggfunc": "ratio", "over": "hours"},
        {"aggfunc": "ratio", "values": "hours", "over": "income"},
        {"aggfunc": ["count", "mean"]},
        {"weights": "weight"},
        {"subtotals": True, "margins": True},
    ],
)
def test_dominated_sums_in_disguise(build: Build, more: dict[str, Any]) -> None:
    town = build(area=AREA, income=varied(p0=500_000.0), household=range(SIZE))
    assert town.judge(**{**MEASURE, **more}).outcome is Outcome.FAIL


def test_an_index_number_tells_of_its_base_in_every_cell(build: Build) -> None:
    town = build(area=AREA, income=varied(p0=500_000.0), household=range(SIZE))
    verdict = town.judge(**MEASURE, base={"area": "a"})
    assert failing(verdict, "dominance") == {("a",), ("b",), ("c",)}


def test_a_share_tells_of_a_dominated_whole(build: Build) -> None:
    """The largest unit is in two cells, in neither of which it dominates what is shown; it does in the whole."""
    document = metadata_document()
    document["units"]["person"]["one_row_per_unit"] = False
    income = [400.0 if place % 20 == 0 else 10.0 + place / 100 for place in range(SIZE)]
    person = [0 if place % 20 == 0 else place for place in range(SIZE)]
    town = build(document=document, person=person, income=income, household=range(SIZE))
    verdict = town.judge(index="area", values="income", aggfunc="sum", normalize="all")
    assert verdict.outcome is Outcome.FAIL


def test_one_weight_may_make_one_unit_the_whole(build: Build) -> None:
    weight = [500.0] + [1.0 + person % 3 / 10 for person in range(1, SIZE)]
    town = build(area=AREA, income=varied(), weight=weight, household=range(SIZE))
    assert failing(town.judge(**MEASURE), "dominance") == set()
    assert failing(town.judge(**MEASURE, weights="weight"), "dominance") == {("a",)}
    assert failing(town.judge(index="area", weights="weight"), "dominance") == {("a",)}


@pytest.mark.parametrize("unit", [None, "household"])
def test_one_household_with_nearly_everything(build: Build, unit: str | None) -> None:
    household = [0] * 20 + list(range(1, SIZE - 19))
    income = [20_000.0 + person for person in range(20)] + varied()[20:]
    town = build(area=AREA, income=income, household=household)
    asked = town.judge(**MEASURE, unit=unit)
    assert asked.outcome is (Outcome.REVIEW if unit is None else Outcome.FAIL)
    assert failing(asked, "dominance", "review" if unit is None else "fail") == {("a",)}


def test_few_households_with_a_value_among_many(build: Build) -> None:
    """Thirty persons of area a have a value, but of six households."""
    household = [person // 5 for person in range(30)] + list(range(100, 100 + SIZE - 30))
    income = [*varied()[:30], *[None] * 30, *varied()[60:]]
    town = build(area=AREA, income=income, household=household)
    verdict = town.judge(**{**MEASURE, "aggfunc": "mean"})
    assert failing(verdict, "threshold", "review") == {("a",)}


def test_one_unit_with_many_rows(build: Build) -> None:
    document = metadata_document()
    document["units"]["person"]["one_row_per_unit"] = False
    person = [0] * 55 + list(range(1, SIZE - 54))
    town = build(document=document, area=AREA, person=person, income=varied(), household=range(SIZE))
    for query in (MEASURE, {"index": "area"}, {"index": "area", "normalize": "all"}):
        assert failing(town.judge(**query), "threshold") == {("a",)}


def test_a_nested_group_that_is_all_alike(build: Build) -> None:
    """In the rows only, where a column total over all areas would not show it."""
    employed = [person < 60 or person % 2 == 0 for person in range(SIZE)]
    town = build(area=AREA, employed=employed, household=range(SIZE))
    verdict = town.judge(index=["area", "employed"])
    assert failing(verdict, "group_disclosure") == {("a", "true")}
    finding = next(one for one in verdict.findings if one.rule == "group_disclosure")
    assert finding.reason.en == "1 cell with more than 90% of the persons of their group over all employed."


def test_a_composed_value_goes_to_people(build: Build) -> None:
    town = build(area=AREA, income=varied(), household=range(SIZE))
    derive = {"mixed": "income + 1000000 * (sector - 1)", "monthly": "income / 12"}
    mixed = town.judge(index="area", values="mixed", aggfunc="sum", derive=derive)
    assert (mixed.outcome, mixed.findings[0].rule) == (Outcome.REVIEW, "composed_values")
    assert town.judge(index="area", values="monthly", aggfunc="mean", derive=derive).outcome is Outcome.PASS


SAFE: list[dict[str, Any]] = [
    {"index": "area", "columns": "sex"},
    {"index": "area", "columns": "sex", "normalize": "index", "margins": True},
    {"index": "area", "columns": "sex", "normalize": "all"},
    {"index": "area", "columns": "sex", "weights": "weight"},
    {"index": ["quarter", "area", "sex"], "subtotals": True, "margins": True},
    {
        "index": "area",
        "columns": "sex",
        "values": "income",
        "aggfunc": ["count", "sum", "mean", "std", "var"],
    },
    {"index": "area", "columns": "sex", "values": "income", "aggfunc": "mean", "weights": "weight"},
    {"index": "area", "columns": "sex", "values": "income", "aggfunc": "sum", "normalize": "columns"},
    {"index": "area", "values": "income", "aggfunc": "ratio", "over": "hours"},
    {"index": "area", "values": "income", "aggfunc": "mean", "base": {"area": "b"}},
    {"index": "area", "values": "sector", "aggfunc": "mean"},
    {"index": "area", "values": "income", "aggfunc": "sum", "unit": "household"},
    {"index": "area", "columns": "sex", "values": "income", "aggfunc": "mean", "unit": "household"},
    {
        "index": "area",
        "values": "ill",
        "aggfunc": "mean",
        "derive": {"ill": "CASE WHEN sector = 2 THEN 1 ELSE 0 END"},
    },
]


@pytest.mark.parametrize("query", SAFE)
def test_what_discloses_nothing_passes(build: Build, query: dict[str, Any]) -> None:
    random = np.random.default_rng(3)
    income = np.round(random.lognormal(10, 0.5, SIZE), 2).tolist()
    sector = random.integers(1, 3, SIZE).tolist()
    verdict = build(income=income, sector=sector, household=range(SIZE)).judge(**query)
    assert [finding.reason.en for finding in verdict.findings] == []
    assert verdict.outcome is Outcome.PASS


def test_a_structural_zero_is_no_disclosure(build: Build) -> None:
    """Nobody in area e can be in another sector than farming, as everybody knows."""
    area = ["e"] * 60 + AREA[60:]
    sector = [1] * 60 + [1 + person % 2 for person in range(60, SIZE)]
    unknown = build(area=area, sector=sector).judge(index="area", columns="sector")
    assert failing(unknown, "group_disclosure") == {("e", "1")}
    document = metadata_document(structural_zeros=[{"area": ["e"], "sector": ["2"]}])
    declared = build(document=document, area=area, sector=sector).judge(index="area", columns="sector")
    assert declared.outcome is Outcome.PASS
    assert declared.table.cell(2, 1).status == "empty"


def test_nobody_with_a_value_has_no_number(build: Build) -> None:
    town = build(area=AREA, income=[None] * 60 + varied()[60:])
    for aggfunc in ("sum", "mean", "std", "ratio"):
        over = "hours" if aggfunc == "ratio" else None
        verdict = town.judge(index="area", values="income", aggfunc=aggfunc, over=over)
        assert verdict.table.cells[0].value is None
        assert ("a",) in failing(verdict, "threshold")

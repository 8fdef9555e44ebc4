"""Noisy answers as a researcher gets them. Wide noise never shows what narrow noise would."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from output_checker.engine import DEFAULT_LIMITS
from output_checker.errors import QueryError
from output_checker.examination import examine
from output_checker.noise.errors import NoiseError
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.verdict import ALL, MISSING
from tests.output_checker.noise.town import PRECISE, ask, column, covers, declared, shown
from tests.output_checker.town import SIZE, Town

Build = Callable[..., Town]

TOO_LARGE = "170000000 * 170000000 * 170000000 * 170000000 > 1"


def near(found: float, truth: float, margin: float = 4) -> bool:
    return abs(found - truth) <= margin


class TestTables:
    def test_counts_with_totals(self, town: Town) -> None:
        found = shown(ask(town, index="area", columns="sex", margins=True))
        assert near(found["a", "f"], 30)
        assert near(found["a", ALL], 60)
        assert near(found[ALL, "f"], 120)
        assert near(found[ALL, ALL], SIZE)

    def test_what_people_read_adds_up_and_is_never_negative(self, town: Town) -> None:
        found = shown(ask(town, index="area", columns="sex", margins=True, noise={"epsilon": 0.1}))
        assert all(isinstance(value, int) and value >= 0 for value in found.values())
        inner = {line: value for line, value in found.items() if ALL not in line}
        assert found[ALL, ALL] == sum(inner.values())
        for area in {line[0] for line in inner}:
            assert found[area, ALL] == sum(value for line, value in inner.items() if line[0] == area)

    def test_cells_that_hold_nobody_have_a_number_too(self, build: Build) -> None:
        """Area e has nobody, and nobody misses a sex: both are in the table, with noise."""
        found = ask(build(), index="area", columns="sex", noise={"epsilon": 0.01})
        assert len(found.table.lines) == 6 * 3
        raw = dict(zip(found.table.lines, column(found).raw, strict=True))
        assert any(raw["e", sex] for sex in ("f", "m", MISSING))

    def test_missing_is_a_category(self, build: Build) -> None:
        sex = [None if person % 4 == 0 else "f" for person in range(SIZE)]
        found = shown(ask(build(sex=sex), index="sex"))
        assert near(found[MISSING,], 60)
        assert near(found["m",], 0)

    def test_classes_written_with_a_point(self, town: Town) -> None:
        halves = {"half": "CASE WHEN age < 50 THEN 1.0 ELSE 2.0 END"}
        found = shown(ask(town, index="half", derive=halves))
        assert near(found["1",], SIZE / 2)
        assert near(found[MISSING,], 0)

    def test_levels_within_a_classification(self, town: Town) -> None:
        found = shown(ask(town, index=["quarter", "area"], subtotals=True, margins=True, noise={"rho": 5}))
        assert ("north", "c") not in found, "everybody knows that area c is in the south"
        assert near(found["north", ALL], 120)
        assert near(found[MISSING, "d"], 60), "an area in no quarter"
        assert near(found[ALL, ALL], SIZE)

    def test_sums_and_means_within_public_bounds(self, build: Build) -> None:
        document = declared()
        document["variables"][5]["bounds"] = [0, 2_000]
        town = build(document=document)
        found = ask(town, index="sex", values="income", aggfunc=["sum", "mean"])
        total, mean = shown(found, "sum_income"), shown(found, "mean_income")
        assert near(total["f",], 120 * 1118.5, 30_000)
        assert near(mean["f",], 1118.5, 150)
        assert column(found, "mean_income").lower[0] < 1118.5 < column(found, "mean_income").upper[0]
        assert mean[MISSING,] <= 2_000
        assert min(total.values()) >= 0

    def test_a_value_outside_the_bounds_counts_as_the_bound(self, build: Build) -> None:
        document = declared()
        document["variables"][5]["bounds"] = [0, 100]
        found = shown(ask(build(document=document), index="sex", values="income", aggfunc="sum"))
        assert near(found["f",], 12_000, 1_000), "not the 134,000 that they have"

    def test_yes_and_no_have_a_mean(self, town: Town) -> None:
        found = ask(town, index="sex", values="employed", aggfunc="mean")
        assert near(shown(found)["f",], 2 / 3, 0.15)

    def test_those_with_a_value(self, build: Build) -> None:
        hours = [None if person % 4 == 0 else 8 for person in range(SIZE)]
        found = shown(ask(build(hours=hours), index="sex", values="hours", aggfunc="count"))
        assert near(found["f",] + found["m",], 180, 8)

    def test_shares(self, town: Town) -> None:
        for normalize, truth in (("index", 0.5), ("columns", 0.25), ("all", 0.125)):
            found = ask(town, index="area", columns="sex", normalize=normalize)
            assert near(shown(found)["a", "f"], truth, 0.1)
            assert covers(found, {("a", "f"): truth}) == 1
            assert all(0 <= end <= 1 for end in (*column(found).lower, *column(found).upper))

    def test_shares_of_nobody_may_be_anything(self, town: Town) -> None:
        found = ask(town, index="area", columns="sex", normalize="index", where="age > 98")
        assert set(column(found).lower) == {0.0}
        assert set(column(found).upper) == {1.0}

    def test_units_with_many_rows(self, build: Build) -> None:
        """Households by age of their members: one household is in up to six cells, so noise is six times as wide."""
        found = ask(
            build(document=declared()), index="sex", unit="household", margins=True, noise={"epsilon": 8}
        )
        assert near(shown(found)["f",], 60, 25)
        assert near(shown(found)[ALL,], 120, 25)
        laws = {one.level: one.parameter for one in found.measurements}
        assert laws == {("sex",): "3/4", (): "1/4"}

    def test_bounds_hold_in_the_catalogue_not_in_the_data(self, town: Town) -> None:
        with pytest.raises(NoiseError, match="does not say how many rows"):
            ask(town, index="sex", unit="household")


class TestHistogramsAndQuantiles:
    def test_a_histogram(self, town: Town) -> None:
        found = ask(town, kind="histogram", values="age", bins=[0, 20, 40, 100])
        counts = shown(found)
        assert near(counts["2",], 80)
        assert found.table.label("bin", "2", "en") == "[20, 40)"
        assert found.table.label("bin", MISSING, "nl") == "(ontbreekt)"
        assert found.table.heading("bin", "nl") == "klasse"

    def test_shares_of_a_group(self, town: Town) -> None:
        found = shown(
            ask(town, kind="histogram", values="age", bins=[0, 40, 100], by="sex", stat="proportion")
        )
        assert near(found["f", "1"], 1 / 3, 0.1)

    def test_shares_of_all(self, town: Town) -> None:
        found = shown(ask(town, kind="histogram", values="age", bins=[0, 40, 100], stat="proportion"))
        assert near(found["1",], 1 / 3, 0.1)

    def test_quantiles_of_whole_numbers(self, town: Town) -> None:
        found = ask(town, kind="quantiles", values="age", q=[0.25, 0.5])
        assert covers(found, {("0.25",): 34.75, ("0.5",): 49.5}) == 1
        assert near(shown(found)["0.5",], 49.5, 3)

    def test_quantiles_by_group(self, build: Build) -> None:
        document = declared()
        document["variables"][5]["bounds"] = [0, 10_240]
        found = ask(build(document=document), kind="quantiles", values="income", by="sex")
        assert covers(found, {("f", "0.5"): 1118.5, ("m", "0.5"): 1120.5}) == 1
        assert found.table.lines[-1] == (MISSING, "0.5")

    def test_quantiles_of_hardly_anybody_are_unknown(self, town: Town) -> None:
        found = ask(town, kind="quantiles", values="age", where="age > 98", noise={"epsilon": 0.01})
        assert (column(found).lower, column(found).upper) == ((0.0,), (100.0,))


class TestNoErrorTellsOfTheData:
    @pytest.mark.parametrize(
        "trap",
        [
            {"where": f"CASE WHEN income = 1000 THEN {TOO_LARGE} ELSE true END"},
            {"derive": {"band": "age // 10"}, "where": "1 // (age - 20) >= 0", "index": "band"},
        ],
    )
    def test_a_computation_that_fails_for_one_unit_gives_no_value(
        self, town: Town, trap: dict[str, Any]
    ) -> None:
        assert ask(town, **{"index": "sex", **trap}).table.lines

    def test_nor_does_a_view_whose_filter_fails_for_one_unit(self, town: Town) -> None:
        """Who it fails for is not in view."""
        seen = town.seen_through(row_filter=f"CASE WHEN income = 1000 THEN {TOO_LARGE} ELSE true END")
        assert near(sum(shown(ask(seen, index="sex")).values()), SIZE - 1, 6)

    def test_nobody_at_all_is_an_answer(self, town: Town) -> None:
        assert near(sum(shown(ask(town, index="sex", where="age > 98")).values()), 0, 6)

    def test_a_label_outside_its_list_is_missing(self, build: Build) -> None:
        found = shown(ask(build(area=["z"] * SIZE), index="area"))
        assert near(found[MISSING,], SIZE)

    def test_what_is_impossible_is_in_no_cell(self, build: Build) -> None:
        zeros = [{"area": ["a"], "sex": ["f"]}]
        found = shown(ask(build(document=declared(structural_zeros=zeros)), index="area", columns="sex"))
        assert ("a", "f") not in found
        assert near(sum(found.values()), SIZE - 30, 12)


class TestRefusals:
    @pytest.mark.parametrize(
        ("question", "field"),
        [
            ({"aggfunc": "std", "values": "income"}, "aggfunc"),
            ({"aggfunc": "sum", "values": "hours"}, "values"),
            ({"aggfunc": "sum", "values": "sex"}, "values"),
            ({"aggfunc": "sum", "values": "double", "derive": {"double": "income * 2"}}, "values"),
            ({"aggfunc": "sum", "values": "income", "normalize": "all"}, "normalize"),
            ({"aggfunc": "mean", "values": "income", "unit": "household"}, "aggfunc"),
            ({"columns": "sex", "normalize": "index", "unit": "household"}, "normalize"),
            ({"weights": "weight"}, "weights"),
            ({"hide": ["failing"]}, "hide"),
            ({"rounding": 5}, "rounding"),
            ({"base": {"area": "a"}}, "base"),
            ({"aggfunc": "ratio", "values": "income", "over": "hours"}, "over"),
            ({"dataset": "village"}, "dataset"),
            ({"unit": "street"}, "unit"),
            ({"where": "age"}, "where[0]"),
            ({"noise": {"epsilon": 1e-6}, "aggfunc": "sum", "values": "income", "unit": "household"}, None),
        ],
    )
    def test_of_tables(self, build: Build, question: dict[str, Any], field: str | None) -> None:
        town = build(document=declared())
        if field is None:
            assert ask(town, **{"index": "area", **question})
            return
        with pytest.raises(QueryError) as refused:
            ask(town, **{"index": "area", **question})
        assert refused.value.field == field

    @pytest.mark.parametrize(
        ("question", "field"),
        [
            ({"kind": "quantiles", "values": "age", "q": ["min"]}, "q"),
            ({"kind": "quantiles", "values": "hours"}, "values"),
            ({"kind": "quantiles", "values": "older", "derive": {"older": "age + 1"}}, "values"),
            ({"kind": "histogram", "values": "age", "stat": "density"}, "stat"),
            ({"kind": "model", "formula": "income ~ age"}, "kind"),
        ],
    )
    def test_of_other_kinds(self, town: Town, question: dict[str, Any], field: str) -> None:
        with pytest.raises(QueryError) as refused:
            ask(town, **question)
        assert refused.value.field == field

    def test_bounds_too_far_apart(self, build: Build) -> None:
        document = declared()
        document["variables"][5]["bounds"] = [0, 1e15]
        with pytest.raises(NoiseError, match="too far apart"):
            ask(build(document=document), index="sex", values="income", aggfunc="sum")

    def test_a_budget_too_small_for_any_answer(self, build: Build) -> None:
        document = declared()
        document["units"]["household"]["most_rows"] = 1_000
        document["variables"][5]["bounds"] = [0, 2e9]
        with pytest.raises(NoiseError, match="too small"):
            ask(
                build(document=document),
                index="sex",
                values="income",
                aggfunc="sum",
                unit="household",
                noise={"epsilon": 0.000001},
            )

    def test_more_cells_than_can_be_answered(self, build: Build) -> None:
        bands = {f"band_{letter}": "age" for letter in "abcd"}
        with pytest.raises(NoiseError, match="all have a number"):
            ask(build(), index=list(bands), derive=bands)

    def test_own_variables(self, town: Town) -> None:
        own = {"score": {"type": "integer", "sha256": "0" * 64, "unit": "person"}}
        query = Query.parse({"dataset": "town", "index": "sex", "noise": PRECISE}).model_copy(
            update={"own": own}
        )
        from output_checker.noise.plan import plan_of

        with pytest.raises(NoiseError, match="Own variables"):
            plan_of(query, town.dataset)

    def test_a_question_without_noise(self, town: Town) -> None:
        with pytest.raises(NoiseError, match="how much noise"):
            ask(town, index="sex", noise=None)

    @pytest.mark.parametrize(
        "question",
        [
            {"index": "sex", "noise": PRECISE},
            {"kind": "figure", "mark": "bar", "of": {"dataset": "town", "index": "sex", "noise": PRECISE}},
        ],
    )
    def test_the_judge_shows_no_true_numbers_of_a_noisy_question(
        self, town: Town, question: dict[str, Any]
    ) -> None:
        query = Query.parse({"dataset": "town", **question})
        with pytest.raises(NoiseError, match="not judged"):
            examine(query, town.dataset, load_policy("essnet"), DEFAULT_LIMITS)


class TestWhatIsTold:
    def test_the_expected_error_is_known_before(self, town: Town) -> None:
        found = ask(town, index="sex", noise={"epsilon": 1}, margins=True)
        assert [one.words.en for one in found.expected] == [
            "95 % of cells within 3 persons",
            "95 % of cells within 5 persons",
        ]

    def test_of_sums_means_and_quantiles(self, town: Town) -> None:
        found = ask(town, index="sex", values="income", aggfunc=["sum", "mean"])
        assert found.expected[0].words.nl.startswith("95 % van de cellen binnen")
        assert "gemiddelden over 1000 personen" in found.expected[1].words.nl
        ranks = ask(town, kind="quantiles", values="age").expected[0]
        assert ranks.words.en.endswith("persons in rank")

    def test_the_share_of_useless_numbers(self, town: Town) -> None:
        assert ask(town, index=["area", "sex"], noise={"epsilon": 0.001}).useless > 0.5
        assert ask(town, index="sex").useless == 0

    def test_intervals_cover_the_truth(self, town: Town) -> None:
        truth = {(area, sex): 30.0 for area in "abcd" for sex in "fm"}
        covered = [
            covers(ask(town, index="area", columns="sex", noise={"epsilon": 0.5}), truth) for _ in range(40)
        ]
        assert np.mean(covered) > 0.9

    def test_the_manifest_says_what_is_promised(self, build: Build) -> None:
        zeros = [{"area": ["a"], "sector": ["1"]}]
        document = declared(structural_zeros=zeros)
        found = ask(build(document=document), index="sex", noise={"rho": 0.125}).manifest
        assert found.guarantee.flavour == "zero-concentrated differential privacy"
        assert [(one.unit, one.nano_rho, one.nano_epsilon) for one in found.guarantee.losses] == [
            ("person", 125_000_000, None),
            ("household", 36 * 125_000_000, None),
        ]
        assert len(found.method.unprotected) == 2
        assert found.method.implementation_delta == 0
        assert "hoogstens 1 rij" in found.method.unit_in_detail.nl

    def test_pure_answers_cost_households_as_often_as_they_have_members(self, build: Build) -> None:
        found = ask(build(document=declared()), index="sex", noise={"epsilon": 1}).manifest
        assert [one.nano_epsilon for one in found.guarantee.losses] == [10**9, 6 * 10**9]

    def test_one_number_says_that_diffprivlib_drew_it(self, town: Town) -> None:
        found = ask(town, index=["sex"], margins=True, noise={"epsilon": 1})
        assert found.manifest.method.implementation_delta == 0
        everybody = ask(town, kind="histogram", values="age", bins=[0, 100])
        assert everybody.manifest.method.implementation.en.startswith("Noise in whole numbers")

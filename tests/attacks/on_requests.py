"""Attacks by what surrounds the numbers: labels, expressions, rounding, the missing, hidden cells, by class."""

from tests.attacks.microdata import (
    farm_of_one,
    few_in_e_by_sex,
    four_without_income,
    magnate,
    old_man,
    twelve_without_income,
    unknown_area,
    village,
)
from tests.attacks.questions import AREA, AREA_SEX, HIDDEN, SUMS, drawn, histogram, model, survival
from tests.attacks.world import Case, case

ON_REQUESTS: dict[str, list[Case]] = {
    "labels and values": [
        case("a label of data", {"index": "said", "derive": {"said": "concat('earns ', income)"}}),
        case(
            "a sentence as a name",
            {
                "index": "jan_de_vries_of_kerkstraat_is_ill",
                "derive": {"jan_de_vries_of_kerkstraat_is_ill": "age >= 50"},
            },
        ),
        case("a label of a key", {"index": "person"}),
        case("a derived key", {"index": "code", "derive": {"code": "person % 2"}}),
        case("the sum of a key", {**AREA, "values": "person", "aggfunc": "sum"}),
        case(
            "the sum of a derived key",
            {**AREA, "values": "code", "aggfunc": "sum", "derive": {"code": "household * 1.0"}},
        ),
        case("a condition on a key", {**AREA, "where": "person <> 7"}),
        case("a magnitude as a label", {"index": "income"}),
        case(
            "packed values",
            {
                **AREA,
                "values": "packed",
                "aggfunc": "sum",
                "derive": {"packed": "age * 1000000 + hours * 1000 + sector"},
            },
        ),
        case(
            "one person's value in a constant",
            {
                **AREA,
                "values": "secret",
                "aggfunc": "mean",
                "derive": {"secret": "CASE WHEN sex = 'f' THEN 48372619 ELSE 48372619 END"},
            },
        ),
        case(
            "one person's value times everybody",
            {
                **AREA,
                "values": "secret",
                "aggfunc": "sum",
                "derive": {"secret": "CASE WHEN age = 97 THEN income ELSE 0 END"},
            },
            bend=old_man,
        ),
        case(
            "one person's value among the small",
            {
                **AREA,
                "values": "secret",
                "aggfunc": "mean",
                "derive": {"secret": "CASE WHEN age = 97 THEN income ELSE 0.0001 END"},
            },
            bend=old_man,
        ),
        case(
            "a secret in a class",
            {"index": "band", "derive": {"band": "CASE WHEN age > 50 THEN 48372619 ELSE 1 END"}},
        ),
        case(
            "a secret in words",
            {
                "index": "band",
                "derive": {"band": "CASE WHEN age > 50 THEN 'person 7 earns 48372' ELSE 'no' END"},
            },
        ),
        case(
            "a made-up frame",
            {
                "index": "half",
                "own": {
                    "half": {
                        "type": "category",
                        "label": {"nl": "half", "en": "half"},
                        "code": "half = secret",
                        "sha256": "0" * 64,
                        "codes": {"x": {"nl": "x", "en": "x"}},
                    }
                },
            },
        ),
        case("another dataset", {"dataset": "frame", "index": "area"}),
        case("a threshold by a person", {**AREA, "where": "income > (SELECT max(income) FROM town)"}),
    ],
    "hostile expressions": [
        case("a file", {**AREA, "where": "age > (SELECT 1 FROM read_csv('/etc/passwd'))"}),
        case("text of a file", {"index": "x", "derive": {"x": "read_text('/etc/passwd')"}}),
        case("a pragma", {**AREA, "where": "1; PRAGMA database_list"}),
        case("a window", {**AREA, "where": "row_number() OVER () = 1"}),
        case("an aggregate", {**AREA, "where": "income = max(income)"}),
        case(
            "a division",
            {**AREA, "values": "x", "aggfunc": "sum", "derive": {"x": "1 / (age - 96.999999)"}},
            bend=old_man,
        ),
        case("an expression that is its own", {"index": "x", "derive": {"x": "x + 1"}}),
        case("a regular expression", {**AREA, "where": "regexp_matches(area, '(a+)+$')"}),
        case("a random sample", {**AREA, "where": "random() < 0.01"}),
    ],
    "rounding": [
        case("a count", {**AREA, "rounding": 5}, bend=village(4)),
        case("a count to nothing", {**AREA, "rounding": 1_000_000}, bend=village(4)),
        case("a sum", {**AREA, "values": "income", "aggfunc": "sum", "rounding": 1_000}, bend=magnate),
        case("a share", {**AREA_SEX, "normalize": "index", "rounding": 0.1}, bend=few_in_e_by_sex),
        case("for another policy", {**AREA, "rounding": 5}, bend=village(4), policy="opensafely"),
    ],
    "missing": [
        case("a category of three", AREA, bend=unknown_area),
        case("with margins", {**AREA_SEX, "margins": True}, bend=unknown_area),
        case(
            "left out but in another total",
            {**AREA_SEX, "where": "area IS NOT NULL", "margins": True},
            {"index": "sex"},
            bend=unknown_area,
        ),
        case(
            "codes in no group",
            {"index": "area", "where": "sector IS NOT NULL"},
            {"index": "area"},
            bend=lambda people: people["sector"].__setitem__(slice(0, 3), [None] * 3),
        ),
        case(
            "by a derived condition",
            {"index": "band", "derive": {"band": "CASE WHEN area IS NULL THEN 1 ELSE 2 END"}},
            bend=unknown_area,
        ),
        case(
            "counts of two variables",
            {**AREA, "values": ["income", "hours"], "aggfunc": "count"},
            bend=four_without_income,
        ),
        case(
            "in a total only",
            {
                **AREA,
                "values": ["income", "hours"],
                "aggfunc": "count",
                "margins": True,
                "hide": [{"area": "a"}],
            },
            bend=four_without_income,
        ),
        case(
            "means of two variables",
            {**AREA, "values": ["income", "hours"], "aggfunc": "mean"},
            bend=four_without_income,
        ),
        case(
            "a count of one and a mean of another",
            {**AREA, "aggfunc": {"income": ["mean"], "hours": ["count"]}},
            bend=four_without_income,
        ),
        case(
            "weights of those with a value",
            {**AREA, "values": ["income", "hours"], "aggfunc": "count", "weights": "weight"},
            bend=four_without_income,
        ),
        case(
            "weighted sums beside weighted means",
            {
                **AREA,
                "values": ["income", "hours"],
                "aggfunc": ["sum", "mean"],
                "weights": "weight",
                "unit": "person",
            },
            bend=four_without_income,
        ),
        case(
            "counts by other measures of one group",
            {
                "index": "quarter",
                "columns": "sex",
                "values": ["income", "hours"],
                "aggfunc": ["count", "std"],
            },
            bend=four_without_income,
        ),
        *(
            case(f"beside {name}", query, {**AREA, "values": "income", "aggfunc": "count"}, bend=lacking)
            for name, query, lacking in (
                ("all units", AREA, four_without_income),
                ("all units by more", {"index": "sex", "columns": ["area", "sector"]}, four_without_income),
                ("all units by less", {"index": "quarter"}, twelve_without_income),
                (
                    "all units by a condition of everybody",
                    {**AREA, "where": "hours > 0"},
                    four_without_income,
                ),
                ("a mean", {**AREA, "values": "hours", "aggfunc": "mean"}, four_without_income),
                ("a bar chart", drawn("bar", **AREA), four_without_income),
                ("a histogram", histogram(20, 40, 60, 80, by="area"), four_without_income),
                ("a model", model("hours ~ age"), four_without_income),
                ("a curve", survival(by="area"), four_without_income),
                ("a test", {"kind": "test", "test": "chi2", "by": ["area", "sex"]}, four_without_income),
            )
        ),
        *(
            case(
                f"in curves of {measure} beside all units",
                survival(duration="income", times=[20_000, 30_000], measures=[measure], by="area"),
                AREA,
                bend=twelve_without_income,
            )
            for measure in ("at_risk", "survival")
        ),
        case(
            "by less than both",
            {"index": ["area", "sector"], "values": "hours", "aggfunc": "count"},
            {"index": ["area", "sex"], "values": "income", "aggfunc": "count"},
            bend=four_without_income,
        ),
        case(
            "through a part and the rest",
            {**AREA, "where": "age < 50"},
            {**AREA, "where": "age >= 50"},
            {**AREA, "values": "income", "aggfunc": "count"},
            bend=four_without_income,
        ),
    ],
    "hidden cells": [
        case("one, with its totals", {**HIDDEN, "margins": True}, bend=few_in_e_by_sex),
        case("failing, with totals", {**AREA_SEX, "hide": "failing", "margins": True}, bend=few_in_e_by_sex),
        case(
            "two in a row, with totals",
            {**AREA_SEX, "hide": [{"area": "d"}], "margins": True},
            bend=few_in_e_by_sex,
        ),
        case("a second table with it", HIDDEN, AREA_SEX, bend=few_in_e_by_sex),
        case("totals in other tables", HIDDEN, {"index": "area"}, {"index": "sex"}, bend=few_in_e_by_sex),
        case(
            "totals of a coarser table",
            {"index": "area", "hide": [{"area": "e"}]},
            {"index": "quarter"},
            bend=village(5),
        ),
        case(
            "the whole in a table of one row",
            {"index": "area", "hide": [{"area": "e"}]},
            {"index": "sex"},
            bend=village(5),
        ),
        case("the complement", HIDDEN, {**AREA, "where": "sex = 'm'"}, AREA, bend=few_in_e_by_sex),
        case("as a share", HIDDEN, {**AREA_SEX, "normalize": "index"}, bend=few_in_e_by_sex),
        case(
            "as a share of a row with two columns",
            {**AREA_SEX, "normalize": "index", "hide": [{"area": "d", "sex": "f"}]},
            bend=few_in_e_by_sex,
        ),
        case(
            "as a mean with its count",
            {**SUMS, "hide": [{"area": "d", "sex": "f"}], "margins": True},
            {**SUMS, "aggfunc": "mean"},
            bend=few_in_e_by_sex,
        ),
        case(
            "means of the rest",
            {**SUMS, "aggfunc": "mean", "hide": [{"area": "d", "sex": "f"}], "margins": True},
            {**AREA_SEX, "margins": True, "hide": [{"area": "d", "sex": "f"}]},
            bend=few_in_e_by_sex,
        ),
        case(
            "in subtotals",
            {"index": ["quarter", "area"], "subtotals": True, "hide": [{"quarter": "south", "area": "e"}]},
            bend=village(5),
        ),
        case(
            "a dominated sum",
            {**AREA, "values": "income", "aggfunc": "sum", "margins": True, "hide": [{"area": "a"}]},
            bend=magnate,
        ),
        case(
            "in a figure",
            drawn("bar", **HIDDEN),
            drawn("bar", **AREA),
            drawn("bar", index="sex"),
            bend=few_in_e_by_sex,
        ),
        case(
            "in a histogram beside it",
            {"index": "band", "derive": {"band": "age // 60 * 60"}, "hide": "failing"},
            histogram(0, 60, 99),
            bend=old_man,
        ),
        case("in a saturated model", HIDDEN, model("income ~ C(area) * C(sex)"), bend=few_in_e_by_sex),
        case(
            "through a test",
            HIDDEN,
            {"kind": "test", "test": "chi2", "by": ["area", "sex"]},
            bend=few_in_e_by_sex,
        ),
        case(
            "behind the missing",
            {**AREA, "margins": True, "hide": [{"area": "(missing)"}]},
            bend=unknown_area,
        ),
        case("by rounding to one", {**HIDDEN, "margins": True, "rounding": 1}, bend=few_in_e_by_sex),
    ],
    "differences of two outputs": [
        case(
            "tables that differ by one",
            {"index": "sex"},
            {"index": "sex", "where": "age <> 97"},
            bend=old_man,
        ),
        case(
            "means that differ by one",
            {"index": "sex", "values": "income", "aggfunc": "mean"},
            {"index": "sex", "values": "income", "aggfunc": "mean", "where": "age < 97"},
            bend=old_man,
        ),
        case(
            "sums that differ by one",
            {**AREA, "values": "income", "aggfunc": "sum"},
            {**AREA, "values": "income", "aggfunc": "sum", "where": "age < 97"},
            bend=old_man,
        ),
        case(
            "bands that shift by one",
            {"index": "band", "derive": {"band": "age >= 60"}},
            {"index": "band", "derive": {"band": "age >= 97"}},
            bend=old_man,
        ),
        case(
            "a part and the rest", {"index": "sex", "where": "sector = 2"}, {"index": "sex"}, bend=farm_of_one
        ),
    ],
}

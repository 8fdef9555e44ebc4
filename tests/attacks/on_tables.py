"""Attacks by tables of counts, sums, means, shares and other measures, by class."""

from tests.attacks.microdata import (
    all_alike,
    debtor,
    everybody_employed,
    few_in_e_by_sex,
    hardly_answered,
    hardly_anybody_employed,
    magnate,
    nearly_one_of_each,
    nobody_employed,
    not_a_number,
    one_home,
    one_of_each,
    one_with_many_rows,
    outweighed,
    refused_to_answer,
    runner_up,
    two_holdings,
    two_incomes,
    village,
)
from tests.attacks.questions import AGED, AREA, AREA_SEX, ONE, SUMS, histogram, model, positions, survival
from tests.attacks.world import Case, case

ON_TABLES: dict[str, list[Case]] = {
    "small counts": [
        case("a count of three", AREA, bend=village(3)),
        case("a count of nine", AREA, bend=village(9)),
        case("in a margin", {**AREA_SEX, "margins": True}, bend=village(9)),
        case("under another policy", AREA, bend=village(2), policy="datashield"),
        case("by a condition", {"index": "sex", "where": "area = 'e'"}, bend=village(9)),
        case("by a narrow condition", {"index": "sex", "where": ["age = 33", "sector = 1", "hours < 5"]}),
        case("by derived classes", {"index": "band", "derive": {"band": "age // 1"}, "columns": "area"}),
        case("of a deep nesting", {"index": ["area", "sector", "age"], "columns": "sex"}),
        case("in a subtotal", {"index": ["area", "sector"], "subtotals": True}, bend=village(9)),
    ],
    "counts in disguise": [
        case("a sum", {**AREA, "values": "income", "aggfunc": "sum"}, bend=village(4)),
        case("a mean", {**AREA, "values": "income", "aggfunc": "mean"}, bend=village(4)),
        case("a count of values", {**AREA, "values": "income", "aggfunc": "count"}, bend=village(4)),
        case(
            "the sum of an indicator",
            {**AREA, "values": "one", "aggfunc": "sum", "derive": ONE},
            bend=hardly_anybody_employed,
        ),
        case(
            "the mean of an indicator",
            {**AREA, "values": "one", "aggfunc": "mean", "derive": ONE},
            bend=hardly_anybody_employed,
        ),
        case(
            "a percentage",
            {
                **AREA,
                "values": "share",
                "aggfunc": "mean",
                "derive": {"share": "CASE WHEN employed THEN 100 ELSE 0 END"},
            },
            bend=hardly_anybody_employed,
        ),
        case(
            "a shifted indicator",
            {
                **AREA,
                "values": "one",
                "aggfunc": "sum",
                "derive": {"one": "CASE WHEN employed THEN 1001 ELSE 1000 END"},
            },
            bend=hardly_anybody_employed,
        ),
        case(
            "an indicator of three values",
            {
                **AREA,
                "values": "one",
                "aggfunc": "sum",
                "derive": {"one": "CASE WHEN employed THEN 1000000 WHEN age > 50 THEN 1 ELSE 2 END"},
            },
            bend=hardly_anybody_employed,
        ),
        case(
            "the spread of an indicator",
            {**AREA, "values": "one", "aggfunc": "std", "derive": ONE},
            bend=hardly_anybody_employed,
        ),
        case(
            "the ratio of an indicator",
            {**AREA, "values": "one", "over": "hours", "aggfunc": "ratio", "derive": ONE},
            bend=hardly_anybody_employed,
        ),
        case(
            "the ratio of two indicators",
            {**AREA, "values": "one", "over": "aged", "aggfunc": "ratio", "derive": {**ONE, **AGED}},
            bend=hardly_anybody_employed,
        ),
        case("shares of rows", {**AREA_SEX, "normalize": "index"}, bend=few_in_e_by_sex),
        case("shares of columns", {**AREA_SEX, "normalize": "columns"}, bend=few_in_e_by_sex),
        case("shares of all", {**AREA_SEX, "normalize": "all"}, bend=few_in_e_by_sex),
        case("shares of a sum", {**SUMS, "normalize": "all"}, bend=few_in_e_by_sex),
        case("weighted counts", {**AREA_SEX, "weights": "weight"}, bend=few_in_e_by_sex),
        case("weights as values", {**AREA_SEX, "values": "weight", "aggfunc": "sum"}, bend=few_in_e_by_sex),
        case("weighted means", {**SUMS, "aggfunc": "mean", "weights": "weight"}, bend=few_in_e_by_sex),
        case("index numbers", {**SUMS, "aggfunc": "sum", "base": {"area": "d"}}, bend=few_in_e_by_sex),
        case("standard deviations", {**SUMS, "aggfunc": "std"}, bend=few_in_e_by_sex),
        case("variances", {**SUMS, "aggfunc": "var"}, bend=few_in_e_by_sex),
        case("a ratio of few", {**SUMS, "aggfunc": "ratio", "over": "hours"}, bend=few_in_e_by_sex),
        case(
            "one measure of several",
            {**SUMS, "values": ["hours", "income"], "aggfunc": ["mean", "sum"]},
            bend=few_in_e_by_sex,
        ),
    ],
    "few with a value": [
        case(f"{aggfunc} of {bend.__name__}", {**AREA, "values": "income", "aggfunc": aggfunc}, bend=bend)
        for bend in (hardly_answered, refused_to_answer, not_a_number)
        for aggfunc in ("sum", "mean", "std")
    ]
    + [
        case(
            "count of hardly_answered", {**AREA, "values": "income", "aggfunc": "count"}, bend=hardly_answered
        ),
        case(
            "count of refused_to_answer",
            {**AREA, "values": "income", "aggfunc": "count"},
            bend=refused_to_answer,
        ),
    ]
    + [
        case(
            "a ratio whose denominator few have",
            {**AREA, "values": "hours", "over": "income", "aggfunc": "ratio"},
            bend=hardly_answered,
        ),
        case("a median of four", positions(0.5, by="area"), bend=hardly_answered),
        case(
            "a gini of four",
            {"kind": "concentration", "values": "income", "by": "area"},
            bend=hardly_answered,
        ),
        case(
            "a model in which few take part", model("income ~ age", where="area = 'a'"), bend=hardly_answered
        ),
        case(
            "the missing of a histogram",
            {"kind": "histogram", "values": "income", "bins": [0, 20000, 1000000], "by": "area"},
            bend=hardly_answered,
        ),
    ],
    "units, not rows": [
        case("a count", AREA, bend=one_with_many_rows),
        case("a sum", {**AREA, "values": "hours", "aggfunc": "sum"}, bend=one_with_many_rows),
        case("a median", positions(0.5, by="area"), bend=one_with_many_rows),
        case("a histogram", histogram(20, 50, 80, by="area"), bend=one_with_many_rows),
        case(
            "a density",
            {"kind": "density", "values": "age", "by": "area", "clip": [20, 80]},
            bend=one_with_many_rows,
        ),
        case("a curve", survival(by="area"), bend=one_with_many_rows),
        case("a model", model("income ~ age", where="area = 'e'"), bend=one_with_many_rows),
        case(
            "a test",
            {"kind": "test", "test": "anova", "values": "income", "by": "area"},
            bend=one_with_many_rows,
        ),
        case("persons of one household", AREA, bend=one_home),
        case("a sum of one household", {**AREA, "values": "income", "aggfunc": "sum"}, bend=one_home),
        case("a median of one household", positions(0.5, by="area"), bend=one_home),
        case("a curve of one household", survival(by="area"), bend=one_home),
        case("two holdings", {**AREA, "unit": "household"}, bend=two_holdings),
        case(
            "the income of two holdings",
            {**AREA, "values": "income", "aggfunc": "sum", "unit": "household"},
            bend=two_holdings,
            policy="business",
        ),
    ],
    "dominance": [
        case("a sum", {**AREA, "values": "income", "aggfunc": "sum"}, bend=magnate),
        case("a mean", {**AREA, "values": "income", "aggfunc": "mean"}, bend=magnate),
        case("a share", {**AREA, "values": "income", "aggfunc": "sum", "normalize": "all"}, bend=magnate),
        case(
            "an index number",
            {**AREA, "values": "income", "aggfunc": "sum", "base": {"area": "b"}},
            bend=magnate,
        ),
        case(
            "the base of an index number",
            {**AREA, "values": "income", "aggfunc": "sum", "base": {"area": "a"}},
            bend=magnate,
        ),
        case("a numerator", {**AREA, "values": "income", "over": "hours", "aggfunc": "ratio"}, bend=magnate),
        case(
            "a denominator", {**AREA, "values": "hours", "over": "income", "aggfunc": "ratio"}, bend=magnate
        ),
        case("a standard deviation", {**AREA, "values": "income", "aggfunc": "std"}, bend=magnate),
        case("p%", {**AREA, "values": "income", "aggfunc": "sum"}, bend=runner_up, policy="business"),
        case("p% of the strict preset", {**AREA, "values": "income", "aggfunc": "sum"}, bend=runner_up),
        case("a debt", {**AREA, "values": "income", "aggfunc": "sum"}, bend=debtor),
        case("a debt in a mean", {**AREA, "values": "income", "aggfunc": "mean"}, bend=debtor),
        case("weights", {**AREA, "values": "income", "aggfunc": "sum", "weights": "weight"}, bend=outweighed),
        case("weighted counts", {**AREA, "weights": "weight"}, bend=outweighed),
        case(
            "weighted means",
            {**AREA, "values": "income", "aggfunc": "mean", "weights": "weight"},
            bend=outweighed,
        ),
        case(
            "a product",
            {
                **AREA,
                "values": "much",
                "aggfunc": "sum",
                "derive": {"much": "income * CASE WHEN age = 33 THEN 1000000 ELSE 1 END"},
            },
            bend=village(30),
        ),
        case("concentration ratios", {"kind": "concentration", "values": "income", "measures": ["cr1"]}),
        case(
            "two largest",
            {"kind": "concentration", "values": "income", "measures": ["cr2"], "by": "area"},
            bend=runner_up,
        ),
        case("a gini", {"kind": "concentration", "values": "income", "by": "area"}, bend=magnate),
        case(
            "a herfindahl",
            {"kind": "concentration", "values": "income", "measures": ["herfindahl"], "by": "area"},
            bend=magnate,
        ),
        case(
            "the top of a lorenz curve",
            {"kind": "concentration", "values": "income", "measures": [], "lorenz": [0.5, 0.999]},
        ),
    ],
    "what holds for all of a group": [
        case("a constant mean", {**AREA, "values": "income", "aggfunc": "mean"}, bend=all_alike),
        case("a constant sum", {**AREA, "values": "income", "aggfunc": "sum"}, bend=all_alike),
        case("no spread", {**AREA, "values": "income", "aggfunc": "std"}, bend=all_alike),
        case("a constant median", positions(0.5, by="area"), bend=all_alike),
        case("nearly constant", {**AREA, "values": "income", "aggfunc": "mean"}, bend=two_incomes),
        case("the mode of two values", positions("mode", by="area"), bend=two_incomes),
        case("0 %", {**AREA, "values": "one", "aggfunc": "mean", "derive": ONE}, bend=nobody_employed),
        case("100 %", {**AREA, "values": "one", "aggfunc": "mean", "derive": ONE}, bend=everybody_employed),
        case("0 % in two columns", {**AREA, "columns": "employed"}, bend=nobody_employed),
        case("a group in rows", AREA_SEX, bend=nearly_one_of_each),
        case("a group in columns", {"index": "sex", "columns": "area"}, bend=nearly_one_of_each),
        case("shares of a group", {**AREA_SEX, "normalize": "index"}, bend=one_of_each),
        case("a histogram in one bin", histogram(20, 60, 99, where="age < 60")),
        case("everybody survives", survival(by="area"), bend=nobody_employed),
        case(
            "a test of one value",
            {"kind": "test", "test": "ttest", "values": "income", "popmean": 1.0, "where": "area = 'a'"},
            bend=all_alike,
        ),
    ],
}

"""Attacks by what belongs together: measures of one table, outputs of one request, hidden cells beside other outputs,
constants of the researcher's own, and yes-or-no variables in statistics that are not made for them."""

from tests.attacks.microdata import (
    at,
    everybody_employed,
    few_in_e_by_sex,
    few_without_work,
    hardly_anybody_employed,
    magnate,
    nearly_all_full_time,
    old_man,
    one_of_fifty,
    village,
)
from tests.attacks.questions import (
    AGED,
    AREA,
    AREA_SEX,
    HIDDEN,
    ONE,
    SUMS,
    histogram,
    model,
    positions,
    survival,
)
from tests.attacks.world import Case, Columns, case

HIDE_E = {**AREA, "hide": [{"area": "e"}]}
IN_A = {"where": "area = 'a'", "derive": ONE}
NEARLY_SIXTY = "age >= 60 OR (age = 59 AND hours = 7)"
TWO_KINDS = {
    "one": "CASE WHEN age >= 60 THEN 1 ELSE 0 END",
    "two": f"CASE WHEN {NEARLY_SIXTY} THEN 1 ELSE 0 END",
}
BANDS = {"old": "age >= 60", "older": NEARLY_SIXTY}
SAID = {"said": "CASE WHEN employed THEN 1 END"}
MONTHLY = {"monthly": "income / 12"}


def one_by_one(people: Columns) -> None:
    """In each of two areas one woman, and hundreds of men."""
    for area in "cd":
        for place, person in enumerate(at(people, "area", area)):
            people["sex"][person] = "m" if place else "f"


def alike_in_weight(people: Columns) -> None:
    village(5)(people)
    people["weight"] = [1.5] * len(people["weight"])


def heavy(people: Columns) -> None:
    people["weight"][0] = 1e6


def weights_that_tell(people: Columns) -> None:
    magnate(people)
    people["weight"] = list(people["income"])


def concentration(*measures: str, lorenz: tuple[float, ...] = (), **more: object) -> dict[str, object]:
    return {"kind": "concentration", "values": "income", "measures": measures, "lorenz": lorenz, **more}


def tested(test: str, *values: str, **more: object) -> dict[str, object]:
    return {"kind": "test", "test": test, "values": list(values), **more}


CODED = {
    "record": "age * 1000000 + income",
    "digits": "CASE WHEN age < 24 THEN 1000000 WHEN age < 40 THEN 1000 ELSE 1 END",
    "twice": "LEAST(income, 20000) + income * 1000",
    "rest": "income % 1000",
    "upside_down": "LN(income) / LN(age)",
    "primes": "LN(LEAST(age // 20, 3) + 1)",
    "prime": "LN(LEAST(hours, 3))",
}
CAPS = {"capped": "LEAST(income, 60000)", "floored": "GREATEST(income, 9000)", "thousands": "income // 1000"}


ON_COMBINATIONS: dict[str, list[Case]] = {
    "encoded values": [
        *(
            case(f"digits in {query['kind']} {query.get('family', query.get('test', ''))}", query)
            for query in (
                tested("ttest", "digits", by="sex", derive=CODED),
                tested("ttest", "digits", popmean=1000, derive=CODED),
                tested("ttest", "digits", "hours", paired=True, derive=CODED),
                tested("anova", "digits", by="area", derive=CODED),
                tested("correlation", "digits", "hours", derive=CODED),
                {"kind": "components", "values": ["digits", "hours"], "derive": CODED},
                model("digits ~ hours", family="poisson", derive=CODED),
                concentration("gini", values="digits", derive=CODED),
            )
        ),
        *(
            case(f"{name} in a {query.get('kind', 'table')}", query)
            for name in CODED
            for query in (
                tested("ttest", name, by="sex", derive=CODED),
                model(f"{name} ~ hours", derive=CODED),
                {**AREA, "values": name, "aggfunc": "mean", "derive": CODED},
            )
        ),
        *(
            case(f"a record in a {query['kind']}", query)
            for query in (
                {"kind": "density", "values": "record", "clip": [0, 90000000], "derive": CODED},
                survival(duration="record", times=[30000000, 60000000], derive=CODED),
                positions(0.5, values="record", derive=CODED),
            )
        ),
    ],
    "nearly constant": [
        *(
            case(f"{aggfunc} of {values}", {**AREA, "values": values, "aggfunc": aggfunc, **more}, bend=bend)
            for aggfunc in ("sum", "mean", "std")
            for values, bend, more in (
                ("hours", nearly_all_full_time, {}),
                ("hours", nearly_all_full_time, {"weights": "weight"} if aggfunc != "std" else {}),
                ("floor", nearly_all_full_time, {"derive": {"floor": "GREATEST(income, 100000)"}}),
                ("clip", None, {"derive": {"clip": "GREATEST(LEAST(income, 22200), 22000)"}}),
            )
        ),
        case(
            "of all households but two",
            {**AREA, "values": "hours", "aggfunc": "mean", "unit": "household"},
            bend=nearly_all_full_time,
        ),
    ],
    "capped and not": [
        *(
            case(
                f"{name} in one table",
                {**AREA, "values": ["income", name], "aggfunc": "mean", "derive": CAPS},
            )
            for name in CAPS
        ),
        *(
            case(
                f"{name} beside {other.get('kind', 'a table')}",
                {**AREA, "values": name, "aggfunc": "mean", "derive": CAPS},
                other,
            )
            for name in ("capped", "floored")
            for other in (
                {**AREA, "values": "income", "aggfunc": "sum"},
                {**AREA, "aggfunc": {"income": ["mean"]}},
                model("income ~ hours"),
                {**AREA, "values": "monthly", "aggfunc": "sum", "derive": MONTHLY},
                {**AREA, "values": "half", "aggfunc": "mean", "derive": {"half": "LEAST(income, 59000)"}},
            )
        ),
    ],
    "measures that are subtracted": [
        case(
            "two sums of yes and no",
            {**AREA, "values": ["one", "two"], "aggfunc": "sum", "derive": TWO_KINDS},
        ),
        case(
            "two shares", {"index": "sex", "values": ["one", "two"], "aggfunc": "mean", "derive": TWO_KINDS}
        ),
        case(
            "all of those who are counted",
            {**AREA, "values": ["said", "hours"], "aggfunc": "count", "derive": SAID},
            bend=everybody_employed,
        ),
        case(
            "all but three of those who are counted",
            {**AREA, "values": ["said", "hours"], "aggfunc": "count", "derive": SAID},
            bend=few_without_work,
        ),
        case(
            "all but three, counted by a sum and a mean",
            {**AREA, "aggfunc": {"said": ["count"], "hours": ["sum", "mean"]}, "derive": SAID},
            bend=few_without_work,
        ),
        case(
            "capped and not",
            {
                **AREA,
                "values": ["income", "capped"],
                "aggfunc": "sum",
                "derive": {"capped": "LEAST(income, 60000)"},
            },
        ),
    ],
    "outputs that are subtracted": [
        case(
            "two sums of yes and no, declared alike",
            {**AREA, "values": "one", "aggfunc": "sum", "derive": TWO_KINDS},
            {**AREA, "values": "two", "aggfunc": "sum", "derive": TWO_KINDS},
        ),
        case(
            "two bands, declared alike",
            {"index": "old", "derive": BANDS},
            {"index": "older", "derive": BANDS},
        ),
        case("two dummies", model("income ~ old", derive=BANDS), model("income ~ older", derive=BANDS)),
        case(
            "two tests",
            tested("ttest", "income", by="old", derive=BANDS),
            tested("ttest", "income", by="older", derive=BANDS),
        ),
        case("two medians", positions(0.5, by="old", derive=BANDS), positions(0.5, by="older", derive=BANDS)),
        case(
            "a band of two columns beside one of them", {"index": "older", "derive": BANDS}, {"index": "age"}
        ),
        case("quantiles side by side", positions(0.5, by="area"), positions(0.501, by="area")),
        case("one more in the top", concentration("cr40"), concentration("cr41")),
        case(
            "points of two curves side by side", concentration(lorenz=(0.5,)), concentration(lorenz=(0.501,))
        ),
        case(
            "quantile regressions side by side",
            model("income ~ C(sex)", family="quantreg", q=0.5),
            model("income ~ C(sex)", family="quantreg", q=0.501),
        ),
        case("curves with shifted steps", survival(times=[10, 20]), survival(times=[11, 20])),
        case(
            "a curve and the events in a table",
            survival(),
            {"index": "early", "columns": "employed", "derive": {"early": "hours <= 11"}},
        ),
        case(
            "bins that shift in another unit of measure",
            histogram(20, 50, 80),
            {"kind": "histogram", "values": "x", "bins": [200, 510, 800], "derive": {"x": "age * 10"}},
            bend=one_of_fifty,
        ),
    ],
    "hidden cells beside other outputs": [
        case("the number behind a model", HIDE_E, model("income ~ age"), bend=village(5)),
        case("the number behind a test", HIDE_E, tested("ttest", "income", by="sex"), bend=village(5)),
        case("the numbers at risk", HIDE_E, survival(measures=["at_risk"]), bend=village(5)),
        case("a histogram", HIDE_E, histogram(0, 30, 99), bend=village(5)),
        case("coefficients by area", HIDDEN, model("income ~ C(area)"), bend=few_in_e_by_sex),
        case(
            "counts of those with a value",
            HIDE_E,
            {"index": "quarter", "values": "income", "aggfunc": "count"},
            bend=village(5),
        ),
        case("weights all alike", HIDE_E, {"index": "quarter", "weights": "weight"}, bend=alike_in_weight),
        case(
            "sums in another unit of measure",
            {**HIDE_E, "values": "income", "aggfunc": "sum", "derive": MONTHLY},
            {"index": "quarter", "values": "monthly", "aggfunc": "sum", "derive": MONTHLY},
            bend=village(5),
        ),
        case(
            "sums divided by means",
            {**HIDE_E, "values": "income", "aggfunc": "sum"},
            {"index": "sex", "values": "income", "aggfunc": "sum"},
            {"index": "sex", "values": "income", "aggfunc": "mean"},
            bend=village(5),
        ),
        case(
            "standard deviations of the whole",
            {**AREA, "values": "income", "aggfunc": "std", "hide": [{"area": "e"}]},
            {"index": "quarter", "values": "income", "aggfunc": "std"},
            bend=village(5),
        ),
        case("shares that add up to one", {**HIDE_E, "normalize": "all"}, bend=village(5)),
        case(
            "shares of rows that add up to one",
            {"index": "sex", "columns": "area", "normalize": "index", "hide": [{"area": "e"}]},
            bend=village(9),
        ),
        case(
            "shares beside index numbers",
            {**HIDE_E, "base": {"area": "a"}, "values": "income", "aggfunc": "sum"},
            {**HIDE_E, "normalize": "all", "values": "income", "aggfunc": "sum"},
            bend=village(5),
        ),
        case(
            "the only two of a column, each of whom knows the other",
            {
                **SUMS,
                "margins": True,
                "hide": [{"area": area, "sex": sex} for area in "cd" for sex in "fm"],
            },
            bend=one_by_one,
        ),
        case(
            "a class of the same areas",
            HIDE_E,
            {"index": "half", "derive": {"half": "CASE WHEN area IN ('a', 'b') THEN 1 ELSE 2 END"}},
            bend=village(5),
        ),
    ],
    "constants that tell": [
        case(
            "an offset",
            {**AREA, "values": "x", "aggfunc": "mean", "derive": {"x": "income * 0.0000001 + 48372.61"}},
        ),
        case(
            "a factor",
            {**AREA, "values": ["x", "income"], "aggfunc": "mean", "derive": {"x": "income * 1.4837261"}},
        ),
        case("a reciprocal", {**AREA, "values": "x", "aggfunc": "sum", "derive": {"x": "1 / (income - 1)"}}),
        case("a position", positions(0.483726)),
        case("a base to round to", {**AREA_SEX, "rounding": 48372.61}),
        case("a mean to test against", tested("ttest", "income", popmean=48372.61)),
        case("a time", survival(times=[10.48372, 20])),
        case("a limit of a density", {"kind": "density", "values": "age", "clip": [20.48372, 80]}),
    ],
    "yes and no in other statistics": [
        case("a t-test", tested("ttest", "one", by="sex", **IN_A), bend=hardly_anybody_employed),
        case(
            "an analysis of variance",
            tested("anova", "one", by="area", derive=ONE),
            bend=hardly_anybody_employed,
        ),
        case(
            "a t-test of one sample",
            tested("ttest", "one", popmean=0.5, **IN_A),
            bend=hardly_anybody_employed,
        ),
        case(
            "a paired t-test",
            tested("ttest", "one", "aged", paired=True, where="area = 'a'", derive={**ONE, **AGED}),
            bend=hardly_anybody_employed,
        ),
        case("a correlation", tested("correlation", "one", "age", **IN_A), bend=hardly_anybody_employed),
        case(
            "a correlation of ranks",
            tested("correlation", "one", "age", method="spearman", **IN_A),
            bend=hardly_anybody_employed,
        ),
        case(
            "a component",
            {"kind": "components", "values": ["one", "age"], **IN_A},
            bend=hardly_anybody_employed,
        ),
        case(
            "a density",
            {"kind": "density", "values": "one", "clip": [-1, 2], "by": "area", "derive": ONE},
            bend=hardly_anybody_employed,
        ),
        case(
            "a gini", concentration("gini", values="one", by="area", derive=ONE), bend=hardly_anybody_employed
        ),
        case(
            "a point of a curve",
            concentration(values="one", lorenz=(0.95,), by="area", derive=ONE),
            bend=hardly_anybody_employed,
        ),
        case(
            "a percentile", positions(0.99, values="one", by="area", derive=ONE), bend=hardly_anybody_employed
        ),
        case("a regressor", model("age ~ one", **IN_A), bend=hardly_anybody_employed),
    ],
    "weights that tell": [
        case("weights as incomes", {**AREA, "weights": "weight"}, bend=weights_that_tell),
        case("a weighted median of one", positions(0.5, by="area", weights="weight"), bend=heavy),
        case(
            "a histogram of weights",
            {"kind": "histogram", "values": "weight", "bins": [0, 1, 2, 5]},
            bend=heavy,
        ),
        case(
            "a shared median",
            positions(0.25, values="hours", by="area", weights="weight", derive={}),
            bend=lambda people: people["hours"].__setitem__(slice(0, 1_200), [8] * 1_200),
        ),
        case("a table and its part", AREA, {**AREA, "where": "age < 97"}, bend=old_man),
    ],
}

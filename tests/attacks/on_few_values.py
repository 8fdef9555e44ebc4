"""Attacks by equations: a variable of few values, whose mean and spread (or other numbers) say how many have each of them;
numbers of the researcher's own that are the same as others but for a few; caps that count who is above them."""

from typing import Any

from tests.attacks.microdata import at, few_in_e_by_sex
from tests.attacks.on_combinations import concentration, tested
from tests.attacks.questions import AREA, AREA_SEX, ONE, model
from tests.attacks.world import SIZE, Case, Columns, case

LONE = "CASE WHEN age = 97 THEN 1 ELSE 0 END"


def three_kinds(people: Columns) -> None:
    """Hours are 0 or 20, and of one person in area a 50."""
    people["hours"] = [20 * (person // 8 % 2) for person in range(SIZE)]
    people["hours"][at(people, "area", "a")[0]] = 50


def three_counts(people: Columns) -> None:
    """Hours are 0 or 1, and of one person 2."""
    people["hours"] = [person // 8 % 2 for person in range(SIZE)]
    people["hours"][0] = 2


def fixed_amounts(people: Columns) -> None:
    """Incomes are one of three fixed amounts, the largest of three persons in area a."""
    people["income"] = [(0.0, 1023.42)[person // 8 % 2] for person in range(SIZE)]
    for person in at(people, "area", "a")[:3]:
        people["income"][person] = 1455.10


def rare_amounts(people: Columns) -> None:
    """Incomes are one of two fixed amounts, but for five persons in area a, each of whom has a larger one of their own."""
    people["income"] = [(0.0, 1023.42)[person // 8 % 2] for person in range(SIZE)]
    for person, amount in zip(
        at(people, "area", "a"), (1455.10, 1511.87, 1622.33, 1701.07, 1810.55), strict=False
    ):
        people["income"][person] = amount


def fixed_weights(people: Columns) -> None:
    fixed_amounts(people)
    people["weight"] = [1.5] * SIZE


def three_elders(people: Columns) -> None:
    """Nobody is older than seventy but three in area a."""
    people["age"] = [min(age, 70) for age in people["age"]]
    for person in at(people, "area", "a")[:3]:
        people["age"][person] = 79


def one_elder(people: Columns) -> None:
    """Nobody is older than 59 but one, who is 97."""
    people["age"] = [min(age, 59) for age in people["age"]]
    people["age"][0], people["employed"][0] = 97, True


def hours_by(*aggfunc: str, **more: Any) -> dict[str, Any]:
    return {**AREA, "values": "hours", "aggfunc": list(aggfunc), **more}


ON_FEW_VALUES: dict[str, list[Case]] = {
    "numbers that solve to counts": [
        case("mean and spread of three values", hours_by("mean", "std"), bend=three_kinds),
        case("the spread alone", hours_by("var"), bend=three_kinds),
        case("mean and spread apart", hours_by("mean"), hours_by("std"), bend=three_kinds),
        case("of the whole only", {**hours_by("sum", "std"), "index": "sex"}, bend=three_kinds),
        case("in a total", {**AREA_SEX, **hours_by("std"), "margins": True}, bend=three_kinds),
        case("of households", hours_by("mean", "std", unit="household"), bend=three_kinds),
        case(
            "of steps of one's own",
            {**AREA, "values": "x", "aggfunc": ["mean", "std"], "derive": {"x": "age // 36"}},
            bend=three_elders,
        ),
        *(
            case(
                f"the {aggfunc} of three amounts",
                {**AREA, "values": "income", "aggfunc": aggfunc},
                bend=fixed_amounts,
            )
            for aggfunc in ("sum", "mean")
        ),
        *(
            case(
                f"the {aggfunc} of two amounts and five that one person each has",
                {**AREA, "values": "income", "aggfunc": aggfunc},
                bend=rare_amounts,
            )
            for aggfunc in ("sum", "mean", "std")
        ),
        case(
            "a share of three amounts",
            {**AREA, "values": "income", "aggfunc": "sum", "normalize": "all"},
            bend=fixed_amounts,
        ),
        case("a gini of three", concentration("gini", values="hours", by="area"), bend=three_kinds),
        case(
            "a herfindahl of three", concentration("herfindahl", values="hours", by="area"), bend=three_kinds
        ),
        case("a t-test of three values", tested("ttest", "hours", by="sex"), bend=three_kinds),
        case("a t-test against a mean", tested("ttest", "hours", popmean=5), bend=three_kinds),
        case(
            "an analysis of variance of three values", tested("anova", "hours", by="area"), bend=three_kinds
        ),
        case("a model of nothing but a mean", model("hours ~ 1"), bend=three_kinds),
        case("a likelihood of small counts", model("hours ~ age", family="poisson"), bend=three_counts),
        case(
            "amounts with one weight",
            {**AREA, "values": "income", "weights": "weight", "aggfunc": "sum"},
            bend=fixed_weights,
        ),
        case(
            "a correlation of three amounts with yes and no",
            tested("correlation", "income", "one", derive=ONE),
            bend=fixed_amounts,
        ),
        case("a small cell behind a chi2", tested("chi2", by=["area", "sex"]), bend=few_in_e_by_sex),
        case("and by sex", model("hours ~ C(sex)", family="poisson"), bend=three_counts),
    ],
    "numbers in a design that solve to counts": [
        case("three values", model("income ~ hours"), bend=three_kinds),
        case("three values beside others", model("income ~ hours + age"), bend=three_kinds),
        case("three values beside categories", model("income ~ hours + C(sex)"), bend=three_kinds),
        case("three values in an interaction", model("income ~ hours:age"), bend=three_kinds),
        case("three values in a logit", model("employed ~ hours", family="logit"), bend=three_kinds),
        case("who is in two categories", model("income ~ C(area) + C(sex)"), bend=few_in_e_by_sex),
        case(
            "who is in two categories, by a logit",
            model("employed ~ C(area) + C(sex)", family="logit"),
            bend=few_in_e_by_sex,
        ),
        case("three values, weighted", model("income ~ hours", weights="weight"), bend=three_kinds),
        case(
            "three values in a curve", model("age ~ hours", family="cox", event="employed"), bend=three_kinds
        ),
        case(
            "one behind a cover of many",
            model(
                "income ~ x + hours",
                derive={"x": "CASE WHEN age = 97 THEN 2 WHEN age = 30 THEN 1 ELSE 0 END"},
            ),
            bend=one_elder,
        ),
        case(
            "one who is far away in a number",
            model("income ~ x", derive={"x": f"age + 1000 * {LONE}"}),
            bend=one_elder,
        ),
        *(
            case(f"{text}, whatever others do", model("income ~ x", derive={"x": text}), bend=one_elder)
            for text in (
                "age + 10 * CASE WHEN age = 97 AND employed THEN 1 ELSE 0 END",
                "CASE WHEN age > 60 THEN age + sector ELSE age END",
                "age + sector / (1 + 1000 * (age - 97) * (age - 97))",
            )
        ),
        case(
            "a spike",
            model("income ~ x", derive={"x": "1 / (1 + 1000 * (age - 97) * (age - 97))"}),
            bend=one_elder,
        ),
    ],
    "models that differ by a few in a term": [
        *(
            case(
                f"a term that is {text} in a {family}",
                model(f"{y} ~ age", family=family),
                model(f"{y} ~ x", family=family, derive={"x": text}),
                bend=one_elder,
            )
            for y, family in (("income", "ols"), ("employed", "logit"))
            for text in (
                f"age + {LONE}",
                f"3 * age - 0.0001 * {LONE}",
                "CASE WHEN age = 97 THEN 96 ELSE age END",
            )
        ),
        case(
            "two terms of one's own",
            model("income ~ x + C(sex)", derive={"x": "age * age"}),
            model("income ~ x + C(sex)", derive={"x": f"age * age + {LONE}"}),
            bend=one_elder,
        ),
    ],
    "caps that count": [
        *(
            case(
                f"{text} in {query.get('kind', 'a table')}",
                {**query, "derive": {"x": text}},
                bend=three_elders,
            )
            for text in ("LEAST(age, 75.37)", "LEAST(age * 10, 755)", "LEAST(GREATEST(age, 20.01), 75.1)")
            for query in (
                {**AREA, "values": "x", "aggfunc": "mean"},
                model("x ~ hours"),
                tested("ttest", "x", by="sex"),
            )
        ),
        case(
            "a cap between steps",
            {**AREA, "values": "x", "aggfunc": "sum", "derive": {"x": "LEAST(income // 1000, 50.37)"}},
        ),
    ],
}

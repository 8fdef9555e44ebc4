"""Every class of attack that the judge must see through: none of these ends in an automatic pass."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from output_checker.errors import OutputCheckerError
from output_checker.verdict import Outcome
from tests.attacks.world import SIZE, Case, Columns, case

AREA: dict[str, Any] = {"index": "area"}
AREA_SEX: dict[str, Any] = {"index": "area", "columns": "sex"}
ONE = {"one": "CASE WHEN employed THEN 1 ELSE 0 END"}
AGED = {"aged": "CASE WHEN age >= 60 THEN 1 ELSE 0 END"}


def drawn(mark: str, **of: Any) -> dict[str, Any]:
    return {"kind": "figure", "mark": mark, "of": {"dataset": "town", **of}}


def model(formula: str, **more: Any) -> dict[str, Any]:
    return {"kind": "model", "formula": formula, **more}


def positions(*q: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "quantiles", "values": "income", "q": list(q), **more}


def histogram(*bins: float, **more: Any) -> dict[str, Any]:
    return {"kind": "histogram", "values": "age", "bins": list(bins), **more}


def survival(**more: Any) -> dict[str, Any]:
    return {"kind": "survival", "duration": "hours", "event": "employed", "times": [10, 20, 30, 40], **more}


# --- microdata made for the attacks -----------------------------------------------------------------------------


def village(size: int) -> Any:
    """Area e has this many persons, each of another household."""

    def bend(people: Columns) -> None:
        for person in range(0, 2 * size, 2):
            people["area"][person] = "e"
            people["household"][person] = SIZE + person

    return bend


def one_home(people: Columns) -> None:
    """Area e has thirty persons, all of one household."""
    people["area"][:30] = ["e"] * 30
    people["household"][:30] = [SIZE] * 30


def two_holdings(people: Columns) -> None:
    """Area e has thirty persons, of two households that between them have everything."""
    people["area"][:30] = ["e"] * 30
    people["household"][:30] = [SIZE + person % 2 for person in range(30)]


def one_with_many_rows(people: Columns) -> None:
    """Three hundred rows of area e are of nine persons."""
    people["area"][:300] = ["e"] * 300
    people["person"][:300] = [person % 9 for person in range(300)]
    people["household"][:300] = [person % 9 for person in range(300)]


def magnate(people: Columns) -> None:
    """One person in area a has most of its income."""
    people["income"][0] = 9e5 * 20


def runner_up(people: Columns) -> None:
    """Two persons in area a between them have nearly all of its income."""
    for person in at(people, "area", "a"):
        people["income"][person] = 1.0
    people["income"][0], people["income"][8] = 5e5, 4.9e5


def debtor(people: Columns) -> None:
    """The largest debt of area a is hidden by what the others earn: the total says little of it."""
    rest = sum(people["income"][person] for person in at(people, "area", "a")[1:])
    people["income"][0] = -1.2 * rest


def outweighed(people: Columns) -> None:
    """One person of area a stands for as many as all others of it."""
    people["weight"][0] = 1_000.0


def hardly_answered(people: Columns) -> None:
    """Of hundreds in area a, four said what they earn."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = None


def refused_to_answer(people: Columns) -> None:
    """The same, with the code for no answer."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = -9.0


def not_a_number(people: Columns) -> None:
    """The same, with what is no number."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = float("nan")


def all_alike(people: Columns) -> None:
    """Everybody in area a earns the same."""
    for person in at(people, "area", "a"):
        people["income"][person] = 31_416.0


def two_incomes(people: Columns) -> None:
    """Everybody in area a earns the same but three, who earn one other amount."""
    all_alike(people)
    for person in at(people, "area", "a")[:3]:
        people["income"][person] = 99_999.0


def nobody_employed(people: Columns) -> None:
    for person in at(people, "area", "a"):
        people["employed"][person] = False


def everybody_employed(people: Columns) -> None:
    for person in at(people, "area", "a"):
        people["employed"][person] = True


def hardly_anybody_employed(people: Columns) -> None:
    nobody_employed(people)
    for person in at(people, "area", "a")[:3]:
        people["employed"][person] = True


def one_of_each(people: Columns) -> None:
    """All women live in area a, and everybody in area a is a woman."""
    people["sex"] = ["f" if area == "a" else "m" for area in people["area"]]


def nearly_one_of_each(people: Columns) -> None:
    one_of_each(people)
    for person in at(people, "area", "a")[:12]:
        people["sex"][person] = "m"


def unknown_area(people: Columns) -> None:
    """Of three persons nobody knows where they live."""
    for person in range(0, 6, 2):
        people["area"][person] = None


def old_man(people: Columns) -> None:
    """One person is much older than all others."""
    people["age"] = [min(age, 59) for age in people["age"]]
    people["age"][0] = 97


def farm_of_one(people: Columns) -> None:
    people["sector"] = [2] * SIZE
    people["sector"][0] = 1


def outlier(people: Columns) -> None:
    """One person is far away from all others in what the model explains by."""
    people["hours"][0] = 100_000
    people["income"][0] = 9.9e5


def lone_deaths(people: Columns) -> None:
    """Nobody has the event but three."""
    people["employed"] = [person in (0, 8, 16) for person in range(SIZE)]


def few_in_e_by_sex(people: Columns) -> None:
    """Area d has four women; all other cells are of hundreds."""
    women = count()
    for person in at(people, "area", "d"):
        people["sex"][person] = "f" if next(women) < 4 else "m"


def one_of_fifty(people: Columns) -> None:
    """One person is fifty years old."""
    people["age"] = [51 if age == 50 else age for age in people["age"]]
    people["age"][0] = 50


def exact_relation(people: Columns) -> None:
    people["hours"] = [2 * age + 3 for age in people["age"]]


def at(people: Columns, name: str, label: object) -> list[int]:
    return [person for person, value in enumerate(people[name]) if value == label]


HIDDEN = {**AREA_SEX, "hide": [{"area": "d", "sex": "f"}]}
SUMS = {**AREA_SEX, "values": "income", "aggfunc": "sum"}
DUMMY = {"farm": "CASE WHEN sector = 1 THEN 1 ELSE 0 END"}

ATTACKS = {
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
    "extremes and positions": [
        case("a maximum", positions("max")),
        case("a minimum", positions("min", by="area")),
        case("a maximum of ages", positions("max", values="age"), bend=old_man),
        case("nearly a maximum", positions(0.999)),
        case("nearly a minimum", positions(0.005)),
        case("a quantile of a small group", positions(0.9, by="area"), bend=village(40)),
        case("a median of nine", positions(0.5, by="area"), bend=village(9)),
        case("a mode of few", positions("mode")),
        case("every percentile", positions(*(round(k / 400, 4) for k in range(1, 100)))),
        case("a quantile regression at the edge", model("income ~ age", family="quantreg", q=0.998)),
        case("a bin of one", histogram(20, 60, 99), bend=old_man),
        case("an edge that is a value", histogram(20, 59.5013, 99)),
        case(
            "a box of few",
            drawn("box", kind="quantiles", values="income", q=[0.25, 0.5, 0.75], by="area"),
            bend=village(9),
        ),
    ],
    "figures": [
        case("a bar of three", drawn("bar", **AREA), bend=village(3)),
        case("a tile of three", drawn("map", **AREA), bend=village(3)),
        case(
            "a line of three", drawn("line", index="area", values="income", aggfunc="mean"), bend=village(3)
        ),
        case("a bin of one", drawn("histogram", **histogram(20, 60, 99)), bend=old_man),
        case(
            "a forest with a dummy of one",
            drawn("forest", **model("income ~ age + C(sector)")),
            bend=farm_of_one,
        ),
        case("a curve of four", drawn("survival", **survival(by="area")), bend=village(4)),
        case(
            "a lorenz curve of four",
            drawn("lorenz", kind="concentration", values="income", measures=[], lorenz=[0.5], by="area"),
            bend=village(4),
        ),
    ],
    "models and tests": [
        case("a dummy of one", model("income ~ age + C(sector)"), bend=farm_of_one),
        case("a derived dummy of one", model("income ~ age + farm", derive=DUMMY), bend=farm_of_one),
        case(
            "a dummy of one as outcome", model("farm ~ age", family="logit", derive=DUMMY), bend=farm_of_one
        ),
        case(
            "a scaled dummy",
            model("income ~ farm", derive={"farm": "CASE WHEN sector = 1 THEN 0.001 ELSE 0.002 END"}),
            bend=farm_of_one,
        ),
        case("a saturated model", model("income ~ C(area) * C(sex)"), bend=few_in_e_by_sex),
        case("a mean as a model", model("income ~ C(area)"), bend=village(5)),
        case("few degrees of freedom", model("income ~ age + hours", where=["area = 'e'"]), bend=village(11)),
        case("high leverage", model("income ~ hours"), bend=outlier),
        case(
            "a person by polynomial",
            model("income ~ peak", derive={"peak": "CASE WHEN age = 97 THEN 100 ELSE age / 1000.0 END"}),
            bend=old_man,
        ),
        case(
            "effects of groups of one",
            model("income ~ hours", absorb="age", where="area = 'e'"),
            bend=village(30),
        ),
        case(
            "one weight",
            model("income ~ age", weights="weight"),
            bend=lambda people: people["weight"].__setitem__(0, 1e9),
        ),
        case(
            "two models that differ by one",
            model("income ~ age"),
            model("income ~ age", where="age <> 97"),
            bend=old_man,
        ),
        case(
            "a model and a table that differ by one",
            model("income ~ C(sex)"),
            {"index": "sex", "values": "income", "aggfunc": "mean", "where": "age <> 97"},
            bend=old_man,
        ),
        case("few events", model("employed ~ age", family="logit"), bend=lone_deaths),
        case("few events in time", model("hours ~ age", family="cox", event="employed"), bend=lone_deaths),
        case("counts of few", model("one ~ C(area)", family="poisson", derive=ONE), bend=lone_deaths),
        case(
            "a t-test of three",
            {
                "kind": "test",
                "test": "ttest",
                "values": "income",
                "by": "place",
                "derive": {"place": "area = 'e'"},
            },
            bend=village(3),
        ),
        case(
            "a t-test of one against many",
            {"kind": "test", "test": "ttest", "values": "income", "by": "sector"},
            bend=farm_of_one,
        ),
        case(
            "variance between few",
            {"kind": "test", "test": "anova", "values": "income", "by": "area"},
            bend=village(2),
        ),
        case("a small chi2", {"kind": "test", "test": "chi2", "by": ["area", "sex"]}, bend=village(2)),
        case(
            "a correlation of five",
            {"kind": "test", "test": "correlation", "values": ["income", "age"], "where": "area = 'e'"},
            bend=village(5),
        ),
        case(
            "an exact correlation",
            {"kind": "test", "test": "correlation", "values": ["hours", "age"]},
            bend=exact_relation,
        ),
        case(
            "a correlation by one",
            {"kind": "test", "test": "correlation", "values": ["income", "hours"]},
            bend=outlier,
        ),
        case(
            "a correlation with a dummy of one",
            {"kind": "test", "test": "correlation", "values": ["income", "farm"], "derive": DUMMY},
            bend=farm_of_one,
        ),
        case(
            "components of six",
            {"kind": "components", "values": ["income", "age"], "where": "area = 'e'"},
            bend=village(6),
        ),
        case(
            "components by one",
            {"kind": "components", "values": ["income", "hours"], "standardize": False},
            bend=outlier,
        ),
        case(
            "factors of six",
            {
                "kind": "components",
                "method": "factor",
                "values": ["income", "age", "hours"],
                "where": "area = 'e'",
            },
            bend=village(6),
        ),
    ],
    "survival": [
        case("a group of four", survival(by="area"), bend=village(4)),
        case("steps of one", survival(measures=["survival", "at_risk", "events"]), bend=lone_deaths),
        case("a curve of three events", survival(), bend=lone_deaths),
        case("events of a small group", survival(by="area", measures=["events"]), bend=village(9)),
    ],
    "labels and values": [
        case("a label of data", {"index": "said", "derive": {"said": "concat('earns ', income)"}}),
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

CASES = [pytest.param(one, id=f"{kind}: {one.name}") for kind, cases in ATTACKS.items() for one in cases]


def outcome(attack: Case, directory: Path) -> str:
    """How a request with these outputs ends: the worst of its verdicts, or "refused"."""
    try:
        outcomes = {verdict.outcome for verdict in attack.verdicts(directory)}
    except OutputCheckerError:
        return "refused"
    return next(one for one in (Outcome.FAIL, Outcome.REVIEW, Outcome.PASS) if one in outcomes)


OPEN = [
    pytest.param(one, id=one.name, marks=pytest.mark.xfail(strict=True, reason=reason))
    for one, reason in [
        (
            case(
                "a secret in a name of one's own",
                {"index": "earns_48372", "derive": {"earns_48372": "age // 30 * 30"}},
            ),
            "names of derived variables are read by people only",
        ),
        (
            case("100 % in two tables", {**AREA, "where": "employed"}, AREA, bend=everybody_employed),
            "cells of tables are not subtracted from each other",
        ),
        (
            case("bins that shift", histogram(20, 50, 80), histogram(20, 51, 80), bend=one_of_fifty),
            "bins of histograms are not subtracted from each other",
        ),
    ]
]
"""What is known to pass still: the test fails as soon as one no longer does."""


def published(attack: Case, directory: Path) -> dict[str, Any]:
    """The numbers of the only output of a request that passes, by the last label of their row."""
    (verdict,) = attack.verdicts(directory)
    table = verdict.table
    assert verdict.outcome is Outcome.PASS
    return {" ".join(table.rows[cell.row]): cell.value for cell in table.cells}


def test_a_density_leaves_out_where_one_person_is(tmp_path: Path) -> None:
    density = {"kind": "density", "values": "age", "clip": [0, 99], "gridsize": 12}
    numbers = published(case("a density", density, bend=old_man), tmp_path)
    assert [point for point, number in numbers.items() if number is None] == [
        "0",
        "9",
        "72",
        "81",
        "90",
        "99",
    ]


def test_a_curve_stops_before_nobody_is_left(tmp_path: Path) -> None:
    """Everybody in area a has the event before the last time that was asked."""
    numbers = published(case("a curve", survival(by="area"), bend=everybody_employed), tmp_path)
    assert min(numbers.values()) > 0.1
    assert "a 40" not in numbers


@pytest.mark.parametrize("attack", [*CASES, *OPEN])
def test_none_passes(attack: Case, tmp_path: Path) -> None:
    assert outcome(attack, tmp_path) in ("refused", Outcome.FAIL, Outcome.REVIEW)

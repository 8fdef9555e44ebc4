"""Attacks by positions, figures, models, tests and survival, by class."""

from tests.attacks.microdata import (
    exact_relation,
    farm_of_one,
    few_in_e_by_sex,
    lone_deaths,
    old_man,
    outlier,
    village,
)
from tests.attacks.questions import AREA, DUMMY, ONE, drawn, histogram, model, positions, survival
from tests.attacks.world import Case, case

ON_STATISTICS: dict[str, list[Case]] = {
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
}

import math
from collections.abc import Callable

import pytest
from sqlglot import exp

from output_checker.engine import DEFAULT_LIMITS, SOURCE, Engine
from output_checker.errors import ExpressionError, QueryError, UnknownColumnError
from output_checker.expressions import (
    ALLOWED,
    Scope,
    is_linear,
    is_monotone,
    is_smooth,
    public_labels,
    sources,
)
from tests.output_checker.town import Town


@pytest.fixture
def scope(town: Town) -> Scope:
    return Scope(town.metadata, {"band": "age // 10 * 10", "old": "band >= 60"})


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("age // 10 * 10", '"age" // 10 * 10'),
        ("sex = 'f' AND NOT employed", '"sex" = \'f\' AND NOT "employed"'),
        ("age in (1, 2)", '"age" IN (1, 2)'),
        ("age between 18 and 65", '"age" BETWEEN 18 AND 65'),
        ("sex is not null", 'NOT "sex" IS NULL'),
        ("case when age < 18 then 0 else 1 end", 'CASE WHEN "age" < 18 THEN 0 ELSE 1 END'),
        ("abs(-hours) + round(age / 3)", 'ABS(-"hours") + ROUND("age" / 3)'),
        ("coalesce(hours, 0) % 2 == 0", 'COALESCE("hours", 0) % 2 = 0'),
        ("income > 3", '(CASE WHEN "income" IN (-9) THEN NULL ELSE "income" END) > 3'),
        ("band = 20", '("age" // 10 * 10) = 20'),
        ("old", '(("age" // 10 * 10) >= 60)'),
        (
            "quarter = 'north'",
            "(CASE WHEN \"area\" IN ('a', 'b') THEN 'north' WHEN \"area\" IN ('c') THEN 'south' END) = 'north'",
        ),
    ],
)
def test_what_researchers_write_is_rendered_anew(scope: Scope, written: str, rendered: str) -> None:
    assert scope.render(scope.parse(written, "where[0]")) == rendered


INCOME = '(CASE WHEN "income" IN (-9) THEN NULL ELSE "income" END)'


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("income // 1000", f"(FLOOR(({INCOME}) / (1000)))"),
        ("hours // 2.5", '(FLOOR(("hours") / (2.5)))'),
        ("(age / 2) // 2", '(FLOOR((("age" / 2)) / (2)))'),
        ("hours // 2", '"hours" // 2'),
        ("age >= income // 1000 // 2", f'"age" >= (FLOOR(((FLOOR(({INCOME}) / (1000)))) / (2)))'),
    ],
)
def test_whole_division_of_fractions_rounds_down(scope: Scope, written: str, rendered: str) -> None:
    """As in pandas; the engine's own would leave 25.5 // 1 what it is."""
    assert scope.render(scope.parse(written, "derive.v")) == rendered


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("ln(hours)", [math.log(2), 0.0, None, None]),
        ("ln(hours - 1)", [0.0, None, None, None]),
        ("ln(ln(hours + 1))", [math.log(math.log(3)), math.log(math.log(2)), None, None]),
    ],
)
def test_logarithms_are_missing_where_they_do_not_exist(
    build: Callable[..., Town], written: str, numbers: list[float | None]
) -> None:
    town = build(hours=[2, 1, 0, None] * 60)
    scope = Scope(town.metadata)
    with Engine.over(town.dataset, DEFAULT_LIMITS) as engine:
        found = engine.rows(f"SELECT {scope.render(scope.parse(written, 'derive.v'))} FROM {SOURCE} LIMIT 4")  # noqa: S608
    assert [one for (one,) in found] == [None if one is None else pytest.approx(one) for one in numbers]


HOSTILE = [
    "(SELECT max(income) FROM microdata)",
    "age IN (SELECT 1)",
    "EXISTS (SELECT 1)",
    "read_csv('/etc/passwd')",
    "read_parquet('x') IS NULL",
    "getenv('HOME')",
    "current_setting('threads')",
    "pragma_version()",
    "age::varchar",
    "CAST(age AS VARCHAR)",
    "TRY_CAST(age AS INT)",
    "row_number() OVER ()",
    "count(age)",
    "sum(age) OVER (PARTITION BY sex)",
    "random()",
    "age > 1; DROP TABLE microdata",
    "age > 1 -- and more",
    "/* hidden */ age",
    "microdata.age",
    "a.b.c.age",
    "age[1]",
    "{'a': 1}",
    "[1, 2]",
    "*",
    "COLUMNS('.*')",
    "$1",
    "?",
    "#1",
    "sex LIKE 'f%'",
    "regexp_matches(sex, '(a+)+$')",
    "sex || sex",
    "concat(sex, sex)",
    "x -> x + 1",
    "DATE '2020-01-01'",
    "INTERVAL 3 DAY",
    "current_user",
    "age COLLATE nocase",
    "ATTACH 'x.db'",
    "COPY microdata TO 'x.csv'",
    "SET threads = 1",
    "",
    "'",
    "$$f$$",
    "E'\\x66'",
    "SELECT",
    "age >",
    "person = 17",
    "household = 3",
]


@pytest.mark.parametrize("written", HOSTILE)
def test_hostile_expressions_are_refused_with_their_place(scope: Scope, written: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        scope.parse(written, "where[3]")
    assert caught.value.field == "where[3]"
    assert caught.value.message.nl != caught.value.message.en


@pytest.mark.parametrize(
    "written",
    [
        "(" * 900 + "1" + ")" * 900,
        "NOT " * 400 + "employed",
        "- " * 900 + "1",
        "CASE WHEN " * 150,
        "+".join(["age"] * 400),
        "1 IN " + "(" * 90 + "1" + ")" * 90,
        "9" * 400,
    ],
)
def test_huge_and_deep_expressions_are_refused_quickly(scope: Scope, written: str) -> None:
    with pytest.raises(ExpressionError):
        scope.parse(written, "where[0]")


def test_growth_through_derived_variables_is_refused(town: Town) -> None:
    steps = {f"v{step}": "+".join([f"v{step + 1}"] * 20) for step in range(6)}
    with pytest.raises(ExpressionError, match="too large"):
        Scope(town.metadata, {**steps, "v6": "age"}).parse("v0 > 1", "where[0]")


def test_circular_derivation_is_refused(town: Town) -> None:
    with pytest.raises(ExpressionError, match="a is computed from itself"):
        Scope(town.metadata, {"a": "b + 1", "b": "a + 1"}).variable("a", "index")


@pytest.mark.parametrize(("word", "near"), [("edge", "age"), ("sxe", "sex"), ("quartr", "quarter")])
def test_an_unknown_column_gets_the_nearest_name(scope: Scope, word: str, near: str) -> None:
    with pytest.raises(UnknownColumnError) as caught:
        scope.parse(f"{word} = 1", "where[0]")
    assert caught.value.remedy is not None
    assert near in caught.value.remedy.en


def test_nothing_near_means_no_advice(scope: Scope) -> None:
    with pytest.raises(UnknownColumnError) as caught:
        scope.parse("zzzzzzzz = 1", "where[0]")
    assert caught.value.remedy is None


def test_a_text_outside_every_code_list_is_refused(scope: Scope) -> None:
    with pytest.raises(QueryError, match=r"'nort' is in no code list\. Did you mean 'north'"):
        scope.parse("quarter = 'nort'", "where[0]")


def test_columns_outside_the_view_do_not_exist(town: Town) -> None:
    with pytest.raises(UnknownColumnError):
        Scope(town.metadata.limited_to(("sex",))).parse("age > 3", "where[0]")


def test_integer_groupings_compare_numbers(town: Town) -> None:
    document = town.metadata.model_dump()
    sector = next(item for item in document["variables"] if item["name"] == "sector")
    label = {"nl": "x", "en": "x"}
    sector["groupings"] = {"trade": {"label": label, "groups": {"land": {"label": label, "codes": ["1"]}}}}
    scope = Scope(type(town.metadata).parse(document))
    assert scope.render(scope.variable("trade", "index")) == "(CASE WHEN \"sector\" IN (1) THEN 'land' END)"


def test_public_labels_come_with_their_words(town: Town) -> None:
    assert public_labels(town.metadata)["north"].nl == "Noord"


def test_sources_are_named_once(scope: Scope) -> None:
    assert sources(scope.parse("age > 1 and (sex = 'f' or age < 9)", "where[0]")) == ["age", "sex"]


def test_the_allow_list_holds_no_way_out_of_the_row() -> None:
    assert not ALLOWED & {
        exp.Subquery,
        exp.Select,
        exp.Anonymous,
        exp.Window,
        exp.Cast,
        exp.Command,
        exp.Star,
    }


@pytest.mark.parametrize(
    ("written", "linear"),
    [
        ("(income - 32) * 5 / 9", True),
        ("income / 1000000", True),
        ("income * 0", True),
        ("income * 8e303", False),
        ("income / 0.001 / 0.001 / 0.001 / 0.001", False),
        ("100000 * 100000 * 100000 * 1000 + income", False),
        ("income * 1.0001", False),
    ],
)
def test_constants_that_overflow_or_swallow_digits_change_more_than_the_unit(
    scope: Scope, written: str, linear: bool
) -> None:
    assert is_linear(scope.parse(written, "derive.v")) is linear


@pytest.mark.parametrize(
    ("written", "monotone", "smooth"),
    [
        ("income / 12", True, True),
        ("ln(income)", True, True),
        ("10 * ln(income / 1000)", True, True),
        ("least(income, 100000)", True, False),
        ("greatest(least(income, 100000), -500)", True, False),
        ("income // 1000", True, False),
        ("round(income / 1000)", True, False),
        ("least(income, 48372.61)", False, False),
        ("least(income, age)", False, False),
        ("least(income, 1000) + income * 1000", False, False),
        ("1000 // income", False, False),
        ("income % 1000", False, False),
        ("abs(income)", False, False),
        ("ln(income // 1000 + 1)", False, False),
        ("round(income, -3)", True, False),
        ("round(9876, 0 - age)", False, False),
        ("CASE WHEN income > 1000 THEN income END", False, False),
    ],
)
def test_what_keeps_the_order_of_one_column(scope: Scope, written: str, monotone: bool, smooth: bool) -> None:
    tree = scope.parse(written, "derive.v")
    assert (is_monotone(tree), is_smooth(tree)) == (monotone, smooth)


@pytest.mark.parametrize(
    ("written", "capped"),
    [
        ("least(income, 50)", [10.0, None, 50.0, None]),
        ("greatest(least(income, 50) + 1, 20)", [20.0, None, 51.0, None]),
        ("least(income, hours)", [10.0, 30.0, 30.0, 30.0]),
        ("least(coalesce(income, 0), 50)", [10.0, 0.0, 50.0, None]),
    ],
)
def test_a_cap_leaves_what_is_missing_missing(
    build: Callable[..., Town], written: str, capped: list[float | None]
) -> None:
    """With the cap in place of a missing value, a sum would tell how many are missing; -9 is "no answer"."""
    town = build(income=[10.0, -9.0, 70.0, math.nan], hours=[30.0] * 4)
    scope = Scope(town.metadata)
    rendered = scope.render(scope.parse(written, "where"))
    with Engine(town.dataset.path, DEFAULT_LIMITS) as engine:
        assert [row[0] for row in engine.rows(f"SELECT {rendered} FROM {SOURCE}")] == capped  # noqa: S608 - rendered from checked expressions


def test_caps_of_caps_of_caps_are_refused(scope: Scope) -> None:
    nested = "income"
    for _ in range(4):
        nested = f"least({nested} + 1, 100)"
    assert scope.parse(nested, "derive.v")
    with pytest.raises(ExpressionError, match="too large"):
        scope.parse(f"greatest({nested}, 5)", "derive.v")


def test_logarithms_of_logarithms_stay_small(scope: Scope) -> None:
    nested = "income"
    for _ in range(15):
        nested = f"ln({nested})"
    assert len(scope.render(scope.parse(nested, "derive.v"))) < 1_000

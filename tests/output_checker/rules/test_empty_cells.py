from collections.abc import Callable
from typing import Any

from output_checker.policy import Policy, load_policy
from tests.output_checker.town import SIZE, Town, failing, inhabitants, metadata_document

Build = Callable[..., Town]
AREA = ["e"] * 60 + ["a"] * (SIZE - 60)
SEX = ["f"] * 60 + ["fm"[person % 2] for person in range(60, SIZE)]


def reviewing() -> Policy:
    strict = load_policy("essnet").model_dump(mode="json")
    strict["rules"]["empty_cells"]["review"] = True
    return Policy.parse(strict)


def empty(town: Town, policy: Policy, **query: Any) -> set[tuple[str, ...]]:
    return failing(town.judge(policy, index="area", columns="sex", **query), "empty_cells", "review")


def test_people_look_at_them_where_the_policy_says_so(build: Build) -> None:
    town = build(area=AREA, sex=SEX)
    assert empty(town, reviewing()) == {("e", "m")}
    assert empty(town, load_policy("essnet")) == set()


def test_not_at_those_that_everybody_knows_of(build: Build) -> None:
    document = metadata_document(structural_zeros=[{"area": ["e"], "sex": ["m"]}])
    assert empty(build(document=document, area=AREA, sex=SEX), reviewing()) == set()


def test_not_at_numbers_in_a_range_that_nobody_is_in(build: Build) -> None:
    sexes = ["f" if age < 30 else "m" for age in inhabitants()["age"]]
    women, men = {("f", str(age)) for age in range(20, 30)}, {("m", str(age)) for age in range(30, 80)}
    zeros = [{"age": {"low": 0, "high": 30}, "sex": ["m"]}, {"age": {"low": 30, "high": 99}, "sex": ["f"]}]
    asked = {"index": "sex", "columns": "age"}
    town = build(document=metadata_document(structural_zeros=zeros), sex=sexes)
    assert failing(town.judge(reviewing(), **asked), "empty_cells", "review") == set()
    plain = build(sex=sexes).judge(reviewing(), **asked)
    opposite = {("m", age) for _, age in women} | {("f", age) for _, age in men}
    assert failing(plain, "empty_cells", "review") == opposite


def test_not_at_codes_outside_a_public_group(town: Town) -> None:
    nested = town.judge(reviewing(), index="quarter", columns="area")
    assert failing(nested, "empty_cells", "review") == set()


def test_sums_are_about_those_who_are_there(build: Build) -> None:
    town = build(area=AREA, sex=SEX)
    assert empty(town, reviewing(), values="income", aggfunc="sum") == set()

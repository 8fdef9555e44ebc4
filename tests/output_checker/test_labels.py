from collections.abc import Callable
from decimal import Decimal

import pytest

from output_checker import labels
from output_checker.engine import Engine
from output_checker.errors import LabelError, QueryError
from output_checker.expressions import Scope
from output_checker.labels import label_of, labels_of, ordered
from output_checker.text import Text
from tests.output_checker.town import Town

LabelsOf = Callable[..., dict[str, Text]]


@pytest.fixture
def find(town: Town) -> LabelsOf:
    def find(name: str = "own", own: str = "age") -> dict[str, Text]:
        with Engine(town.path) as engine:
            return labels_of(Scope(town.metadata, {"own": own}), name, "index", engine)

    return find


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sex", ["f", "m"]),
        ("sector", ["1", "2"]),
        ("employed", ["false", "true"]),
        ("quarter", ["north", "south"]),
        ("age", [str(age) for age in range(100)]),
    ],
)
def test_registered_classifications(find: LabelsOf, name: str, expected: list[str]) -> None:
    assert list(find(name)) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("age // 25 * 25", ["0", "25", "50", "75"]),
        ("age >= 65", ["false", "true"]),
        ("income > 5000", ["false", "true"]),
        ("case when income < 0 then 1 when income < 9 then 2 else 3 end", ["1", "2", "3"]),
        ("(case when sex = 'f' then 1 end)", ["1"]),
        ("case when age < 30 then area else area end", ["a", "b", "c", "d", "e"]),
        ("case when quarter = 'north' then 'north' else area end", ["north", "a", "b", "c", "d", "e"]),
        ("case when employed then sector else 0 end", ["0", "1", "2"]),
        ("case when sex is null then 1 else 0 end", ["0", "1"]),
    ],
)
def test_derived_classifications_are_evaluated_over_public_values(
    find: LabelsOf, own: str, expected: list[str]
) -> None:
    assert sorted(find(own=own)) == sorted(expected)


@pytest.mark.parametrize(
    ("own", "english"),
    [
        ("round(age / 50) * 50", "own can become 100"),
        ("case when sex = 'f' then 2 end", "own can become 2"),
        ("case when sex = 'f' then 'f' else 1 end", "in no code list"),
        ("coalesce(area, 7)", "cannot be computed"),
        ("income", "depends on income, which has no public values"),
        ("hours // 10", "depends on hours, which has no public values"),
        ("age * 48213", "own can become"),
        ("case when sex = 'f' then 48213 else 0 end", "can become 48213"),
        ("age / 7", "not a whole number"),
        ("case when age < 30 then -5 else 0 end", "can become -5"),
        ("age * 1000 + income", "depends on income"),
        ("coalesce(age, 9999)", "can become 9999"),
        ("case when age = 3 then 1e300 * 1e300 else 0 end", "."),
    ],
)
def test_labels_that_could_carry_a_secret_are_refused(find: LabelsOf, own: str, english: str) -> None:
    with pytest.raises(LabelError, match=english) as caught:
        find(own=own)
    assert caught.value.field == "index"
    assert caught.value.remedy is not None


@pytest.mark.parametrize("name", ["income", "hours", "weight"])
def test_numbers_without_public_classes_are_refused(find: LabelsOf, name: str) -> None:
    with pytest.raises(LabelError, match="has no public classes"):
        find(name)


def test_identifiers_are_no_labels(find: LabelsOf) -> None:
    with pytest.raises(QueryError, match="points out units"):
        find("person")


def test_too_many_labels_are_refused(find: LabelsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MAX_LABELS", 50)
    with pytest.raises(LabelError, match="too many classes"):
        find("age")
    with pytest.raises(LabelError, match="too many classes"):
        find(own="age + 0")


def test_too_large_a_domain_is_refused_before_it_is_made(
    find: LabelsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "MAX_DOMAIN", 250)
    with pytest.raises(LabelError, match="too many classes"):
        find(own="case when sex = 'f' then age else age + 0 end")
    monkeypatch.setattr(labels, "MAX_DOMAIN", 50)
    with pytest.raises(LabelError, match="too many classes"):
        find(own="age + 0")


def test_an_expression_that_breaks_on_a_public_value_is_refused(find: LabelsOf) -> None:
    with pytest.raises(LabelError, match="cannot be computed"):
        find(own="999999999999999 * 999999999999999 * age")


def test_a_constant_is_a_label_too(find: LabelsOf) -> None:
    assert list(find(own="1 + 0")) == ["1"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (None, "(missing)"),
        (True, "true"),
        (40.0, "40"),
        (2.5, "2.5"),
        (7, "7"),
        ("x", "x"),
        (Decimal("1.0"), "1"),
        (Decimal("2.50"), "2.50"),
        (float("inf"), "inf"),
    ],
)
def test_spelling_of_labels(value: object, label: str) -> None:
    assert label_of(value) == label


def test_public_order_and_missing_last() -> None:
    public = {"b": Text.same("b"), "a": Text.same("a"), "c": Text.same("c")}
    assert ordered(public, ["(missing)", "a", "b"]) == ["b", "a", "(missing)"]

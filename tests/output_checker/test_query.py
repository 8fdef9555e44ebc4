import pytest

from output_checker.errors import QueryError
from output_checker.query import Query
from tests.output_checker.town import Town


def test_one_name_is_a_list_of_one_as_in_pandas() -> None:
    assert Query.parse({"dataset": "town", "index": "sex"}).index == ("sex",)


def test_the_digest_does_not_depend_on_spelling() -> None:
    first = Query.parse({"dataset": "town", "index": "sex", "where": [], "derive": {"b": "age", "a": "age"}})
    second = Query.parse(
        {"index": ["sex"], "dataset": "town", "derive": {"a": "age", "b": "age"}, "margins": False}
    )
    assert first.canonical() == second.canonical()
    assert first.digest == second.digest
    assert first.digest != Query.parse({"dataset": "town", "index": "area"}).digest


def test_a_sum_needs_a_variable() -> None:
    with pytest.raises(QueryError, match="'sum' needs a variable") as caught:
        Query.parse({"dataset": "town", "index": "sex", "aggfunc": "sum"})
    assert caught.value.field == "values"


def test_a_variable_classifies_once() -> None:
    with pytest.raises(QueryError, match="occurs twice"):
        Query.parse({"dataset": "town", "index": ["sex"], "columns": ["sex"]})


def test_in_words_for_a_reviewer(town: Town) -> None:
    query = Query.parse(
        {
            "dataset": "town",
            "index": ["quarter", "band"],
            "columns": "sex",
            "values": "income",
            "aggfunc": "mean",
            "margins": True,
            "where": ["age >= 18"],
            "derive": {"band": "age // 10 * 10"},
        }
    )
    assert query.in_words(town.metadata).nl == (
        "Gemiddelde van income naar kwartier × band × sex; alleen waar age >= 18; "
        "met band berekend als age // 10 * 10; met totalen. Populatie: All inhabitants."
    )


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({}, "Number of persons by sex. "),
        ({"unit": "household"}, "Number of households by sex. "),
        ({"unit": "street"}, "Number of street by sex. "),
        ({"values": "income"}, "Number of persons with a value for income by sex. "),
        ({"values": "income", "aggfunc": "sum"}, "Sum of income by sex. "),
    ],
)
def test_measures_in_words(town: Town, more: dict[str, str], english: str) -> None:
    query = Query.parse({"dataset": "town", "index": "sex", **more})
    assert query.in_words(town.metadata).en.startswith(english)


@pytest.mark.parametrize("kind", ["magic", 3])
def test_an_unknown_kind_says_which_there_are(kind: object) -> None:
    with pytest.raises(QueryError, match="no such kind") as refused:
        Query.parse({"dataset": "town", "index": "sex", "kind": kind})
    assert refused.value.field == "kind"
    assert refused.value.remedy is not None
    assert "quantiles" in refused.value.remedy.en

"""Components and factors: statsmodels' numbers, judged as the correlations that they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.pca import PCA

from output_checker.errors import QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.kinds.model.people import SIZE, frame, make_town, numbers, rules
from tests.output_checker.town import Town

NAMES = ["age", "income", "hours", "weight"]


@pytest.fixture
def people(tmp_path: Path) -> Town:
    return make_town(tmp_path)


@pytest.fixture
def with_people(tmp_path: Path) -> Callable[..., Town]:
    return lambda **changes: make_town(tmp_path, **changes)


def asked(town: Town, **query: Any) -> Verdict:
    return town.judge(kind="components", **{"values": NAMES, **query})


def loadings(verdict: Verdict, components: int) -> np.ndarray[Any, Any]:
    found = numbers(verdict)
    return np.array([[found[name, str(place + 1)] for place in range(components)] for name in NAMES])


@pytest.mark.parametrize("standardize", [True, False])
def test_principal_components(people: Town, standardize: bool) -> None:
    expected = PCA(frame(people)[NAMES].to_numpy(), standardize=standardize)
    verdict = asked(people, components=4, standardize=standardize)
    found = loadings(verdict, 4)
    assert np.abs(found) == pytest.approx(np.abs(expected.eigenvecs), rel=1e-9, abs=1e-10)
    assert all(found[np.abs(found[:, place]).argmax(), place] > 0 for place in range(4))
    shares = expected.eigenvals / expected.eigenvals.sum()
    assert [numbers(verdict)["(explained)", str(place)] for place in range(1, 5)] == pytest.approx(
        shares, rel=1e-9
    )
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("rotation", [None, "varimax", "quartimax"])
def test_factors(people: Town, rotation: str | None) -> None:
    expected = Factor(frame(people)[NAMES].to_numpy(), n_factor=2, method="pa").fit()
    if rotation:
        expected.rotate(rotation)
    verdict = asked(people, method="factor", components=2, rotation=rotation)
    assert np.abs(loadings(verdict, 2)) == pytest.approx(np.abs(expected.loadings), rel=1e-9, abs=1e-10)
    shared = [numbers(verdict)[name, "communality"] for name in NAMES]
    assert shared == pytest.approx(expected.communality, rel=1e-9)
    assert verdict.outcome is Outcome.PASS


def test_counts_are_shown(with_people: Callable[..., Town]) -> None:
    hours = [None if place % 40 == 0 else place % 17 for place in range(SIZE)]
    found = numbers(asked(with_people(hours=hours)))
    assert (found["(n)", "value"], found["(units)", "value"], found["(left_out)", "value"]) == (390, 390, 10)


ATTACKS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "few units": ({"where": "age = 33 OR age = 34"}, {"dummies", "degrees_of_freedom"}),
    "an indicator of a few": ({"values": ["income", "hours", "few"]}, {"dummies", "leverage"}),
    "two binary variables": ({"values": ["few", "f"]}, {"dummies"}),
    "a copy": ({"values": ["income", "hours", "twice"]}, {"correlation"}),
    "a far value": ({"values": ["income", "hours", "far"]}, {"leverage"}),
}
DERIVED = {
    "few": "CASE WHEN age = 33 THEN 1 ELSE 0 END",
    "f": "CASE WHEN sex = 'f' THEN 1 ELSE 0 END",
    "twice": "2 * income + 3",
    "far": "CASE WHEN age = 33 THEN 1000000 ELSE hours END",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_none_passes(people: Town, name: str) -> None:
    query, expected = ATTACKS[name]
    verdict = asked(people, derive=DERIVED, **query)
    assert verdict.outcome is Outcome.FAIL
    assert expected <= rules(verdict)


@pytest.mark.parametrize(
    "query",
    [
        {"values": "income"},
        {"values": ["income", "income"]},
        {"values": ["income", "person"]},
        {"values": ["income", "area"]},
        {"components": 5},
        {"method": "factor", "components": 4},
        {"rotation": "varimax"},
        {"method": "factor", "standardize": False},
        {"values": ["income", "same"], "derive": {"same": "0 * age"}},
        {"method": "factor", "values": ["income", "hours", "twice"], "derive": {"twice": "2 * income"}},
        {"where": "income = 0"},
    ],
)
def test_what_cannot_be_computed_is_refused(people: Town, query: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        asked(people, **query)


def test_no_more_people_than_variables(with_people: Callable[..., Town]) -> None:
    town = with_people(income=[1.0, 2.0, 4.0, *([None] * (SIZE - 3))])
    with pytest.raises(QueryError, match="no more observations"):
        asked(town)


def test_in_words(people: Town) -> None:
    factors = Query.parse(
        {"kind": "components", "dataset": "town", "method": "factor", "values": NAMES, "rotation": "varimax"}
    )
    assert factors.in_words(people.metadata).en.startswith(
        "Factors (1) of age × income × hours × weight; rotated by varimax."
    )
    plain = Query.parse({"kind": "components", "dataset": "town", "values": NAMES, "standardize": False})
    assert "van covarianties" in plain.in_words(people.metadata).nl
    assert plain.result_name == "pca"

"""What holds for every table and every policy, tried on many made-up ones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from output_checker.policy import Policy, check_tightens, load_policy
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import AREAS, Town, metadata_document

ORDER = (Outcome.PASS, Outcome.REVIEW, Outcome.FAIL)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

People = dict[str, list[Any]]


@st.composite
def people(draw: st.DrawFn) -> People:
    """Inhabitants whose areas and sexes are very unevenly filled, with a few large incomes."""
    size = draw(st.integers(30, 120))
    random = Random(draw(st.integers(0, 2**32)))
    weights = draw(st.lists(st.integers(1, 40), min_size=4, max_size=4))
    households = draw(st.integers(10, size))
    return {
        "person": list(range(size)),
        "household": [random.randrange(households) for _ in range(size)],
        "area": random.choices(AREAS, weights, k=size),
        "sex": random.choices("fm", weights[:2], k=size),
        "income": [float(round(random.paretovariate(1.2) * 100)) for _ in range(size)],
    }


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    columns = draw(st.sampled_from([(), ("sex",)]))
    aggfunc = draw(st.sampled_from(["count", "sum", "mean"]))
    values = {} if aggfunc == "count" else {"values": "income", "aggfunc": aggfunc}
    hidden = st.fixed_dictionaries({"area": st.sampled_from(AREAS)})
    return {
        "index": "area",
        "columns": columns,
        "margins": draw(st.booleans()),
        "unit": draw(st.sampled_from(["person", "household"])),
        "hide": draw(st.lists(hidden, max_size=2, unique_by=lambda cell: cell["area"])),
        **values,
    }


@st.composite
def limits(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    return {
        "threshold": {"minimum_units": draw(st.integers(1, 20))},
        "dominance": {"largest_share": draw(st.sampled_from([0.2, 0.5, 0.8]))},
        "group_disclosure": {"largest_share": draw(st.sampled_from([0.6, 0.9, 1.0]))},
        "p_percent": {"margin": draw(st.sampled_from([0.05, 0.1, 0.5]))},
        "hidden_cells": {"relative_width": draw(st.sampled_from([0.0, 0.1, 0.4]))},
    }


HIGHER = {"minimum_units", "margin", "relative_width"}


def policy(rules: dict[str, dict[str, Any]]) -> Policy:
    return Policy.parse(load_policy("essnet").model_dump() | {"rules": rules})


def stricter_of(
    one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    return {
        rule: {
            name: (max if name in HIGHER else min)(value, other[rule][name])
            for name, value in parameters.items()
        }
        for rule, parameters in one.items()
    }


def judged(
    found: People, query: dict[str, Any], rules: Policy | None = None, document: dict[str, Any] | None = None
) -> Verdict:
    """A verdict on a town; cells of areas that nobody lives in cannot be hidden."""
    assume({cell["area"] for cell in query["hide"]} <= set(found["area"]))
    with tempfile.TemporaryDirectory() as directory:
        return Town(Path(directory), document, **found).judge(rules, **query)


def by_label(verdict: Verdict) -> dict[tuple[str, ...], tuple[Any, ...]]:
    table = verdict.table
    return {
        (*table.rows[cell.row], *table.columns[cell.column]): (cell.value, cell.units, cell.status)
        for cell in table.cells
    }


@FEW
@given(people(), queries(), limits(), limits())
def test_a_stricter_policy_never_passes_what_a_looser_one_failed(
    found: People, query: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    loose, strict = policy(one), policy(stricter_of(one, other))
    check_tightens(loose, strict)
    before, after = judged(found, query, loose), judged(found, query, strict)
    assert ORDER.index(after.outcome) >= ORDER.index(before.outcome)


@FEW
@given(people(), queries(), st.data())
def test_the_rows_of_a_unit_twice_never_change_a_verdict_on_counts(
    found: People, query: dict[str, Any], data: st.DataObject
) -> None:
    query = {name: value for name, value in query.items() if name not in ("values", "aggfunc")}
    twice = data.draw(st.lists(st.sampled_from(found["person"]), max_size=20))
    repeated = {name: [*column, *(column[person] for person in twice)] for name, column in found.items()}
    document = metadata_document()
    document["units"]["person"]["one_row_per_unit"] = False
    once = judged(found, query, document=document)
    again = judged(repeated, query, document=document)
    assert again.outcome is once.outcome
    assert by_label(again) == by_label(once)


@FEW
@given(people(), queries(), st.permutations(AREAS))
def test_other_labels_never_change_a_verdict(
    found: People, query: dict[str, Any], permuted: list[str]
) -> None:
    renamed = dict(zip(AREAS, permuted, strict=True)) | {"All": "All"}
    other = {**found, "area": [renamed[area] for area in found["area"]]}
    hidden = [{"area": renamed[cell["area"]]} for cell in query["hide"]]
    before, after = judged(found, query), judged(other, {**query, "hide": hidden})
    assert after.outcome is before.outcome
    statuses = {(renamed[area], *rest): cell[1:] for (area, *rest), cell in by_label(before).items()}
    assert {labels: cell[1:] for labels, cell in by_label(after).items()} == statuses

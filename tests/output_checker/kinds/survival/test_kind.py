"""Survival: statsmodels' numbers, in steps that are each of ten events between ten at risk."""

from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from output_checker.errors import ExpressionError, QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import SIZE, Town, failing, inhabitants, value

Build = Callable[..., Town]
LIFE = ["at_risk", "events", "censored", "hazard", "survival"]


def survival(town: Town, **more: object) -> Verdict:
    return town.judge(kind="survival", **{"duration": "age", "event": "employed", **more})


def test_equals_statsmodels(build: Build) -> None:
    verdict = survival(build(household=range(SIZE)), measures=["survival", "std_err"], by="sex")
    columns = {name: np.array(inhabitants()[name]) for name in ("age", "employed", "sex")}
    assert verdict.outcome is Outcome.PASS
    assert len(verdict.table.rows) > 8
    for sex, time in verdict.table.rows:
        chosen = columns["sex"] == sex
        curve = SurvfuncRight(columns["age"][chosen], columns["employed"][chosen])
        place = int(np.searchsorted(curve.surv_times, float(time), "right")) - 1
        assert value(verdict, sex, time, "survival") == pytest.approx(curve.surv_prob[place], rel=1e-9)
        assert value(verdict, sex, time, "std_err") == pytest.approx(curve.surv_prob_se[place], rel=1e-9)


def test_every_step_is_of_many(build: Build) -> None:
    verdict = survival(build(household=range(SIZE)), measures=LIFE)
    table = verdict.table
    rows = [[table.cell(row, column).value or 0 for column in range(3)] for row in range(len(table.rows))]
    assert verdict.outcome is Outcome.PASS
    assert all(events >= 10 and (lost == 0 or lost >= 10) for _, events, lost in rows)
    assert all(at_risk - events - lost >= 10 for at_risk, events, lost in rows)
    assert [at_risk - events - lost for at_risk, events, lost in rows][:-1] == [
        at_risk for at_risk, *_ in rows[1:]
    ]
    assert value(verdict, table.rows[0][0], "hazard") == pytest.approx(
        rows[0][1] / (rows[0][0] - rows[0][2] / 2)
    )


def test_public_times(build: Build) -> None:
    verdict = survival(build(household=range(SIZE)), times=[25, 25.5, 40, 60, 79.5])
    assert [line for (line,) in verdict.table.rows] == ["25", "40", "60"]
    assert verdict.outcome is Outcome.PASS


def test_a_group_without_one_safe_step_fails(build: Build) -> None:
    town = build(area=["a"] * 15 + ["b"] * 225, household=range(SIZE))
    assert {labels[0] for labels in failing(survival(town, by="area"), "survival_steps")} == {"a"}


def test_when_nearly_everybody_at_risk_has_the_event_it_fails(build: Build) -> None:
    town = build(age=[30] * 228 + [50] * 12, employed=[True] * 228 + [False] * 12, household=range(SIZE))
    assert survival(town).outcome is Outcome.FAIL
    calmer = build(age=[30] * 200 + [50] * 40, employed=[True] * 200 + [False] * 40, household=range(SIZE))
    assert survival(calmer).outcome is Outcome.PASS


def test_few_out_of_sight_are_merged_only_where_numbers_are_published(build: Build) -> None:
    events = [person != 5 for person in range(SIZE)]
    town = build(age=[20 + person // 8 for person in range(SIZE)], employed=events, household=range(SIZE))
    assert len(survival(town).table.rows) > 10
    assert survival(town, measures=LIFE).outcome is Outcome.FAIL


def test_nobody_with_a_duration(build: Build) -> None:
    half = build(age=[None if person % 2 else 30 for person in range(SIZE)])
    verdict = survival(half, where="sector = 2")
    assert verdict.outcome is Outcome.FAIL
    assert value(verdict, "99", "survival") is None


def test_everybody_had_the_event_at_once(build: Build) -> None:
    verdict = survival(build(age=[30] * SIZE, employed=[True] * SIZE), measures=["survival", "std_err"])
    assert verdict.outcome is Outcome.FAIL
    assert value(verdict, "99", "std_err") is None


def test_an_unknown_event_does_not_count(build: Build) -> None:
    town = build(employed=[None] * 40 + [True] * 100 + [False] * 100, household=range(SIZE))
    assert (
        value(
            survival(town, measures=["at_risk"]),
            survival(town, measures=["at_risk"]).table.rows[0][0],
            "at_risk",
        )
        == 200
    )


def test_few_households_are_for_people(town: Town) -> None:
    assert failing(survival(town), "survival_steps", "review")


def test_one_row_per_unit(town: Town) -> None:
    with pytest.raises(QueryError, match="more than one duration"):
        survival(town, unit="household")


def test_another_unit_with_one_row_each(town: Town) -> None:
    chosen = survival(town, unit="household", where="sector = 1")
    assert chosen.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({"times": [5, 3]}, "ascending round"),
        ({"times": [12.345]}, "ascending round"),
        ({"duration": "hours"}, "no whole number within public bounds"),
        ({"duration": "income"}, "no whole number within public bounds"),
        ({"duration": "sex"}, "is not a number"),
        ({"measures": ["events", "events"]}, "occurs twice"),
    ],
)
def test_what_is_refused_before_running(town: Town, more: dict[str, object], english: str) -> None:
    with pytest.raises(QueryError, match=english):
        survival(town, **more)


def test_an_event_is_yes_or_no(town: Town) -> None:
    with pytest.raises(ExpressionError, match="is not yes or no"):
        survival(town, event="hours")


def test_a_group_called_time(town: Town) -> None:
    table = survival(town, derive={"time": "sector"}, by="time").table
    assert table.row_names == ("time", "time_")


def test_in_words(town: Town) -> None:
    asked = Query.parse(
        {"dataset": "town", "kind": "survival", "duration": "age", "event": "employed", "by": "sex"}
    )
    assert asked.in_words(town.metadata).en.startswith("Survival by age until employed by sex; steps merged")
    assert asked.result_name == "survival_age"

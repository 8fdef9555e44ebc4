"""The figures of a centre: what the database counts is what one history at a time would say."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from api.access.models import Project
from api.centre.courses import courses_since, usual_answer, usual_answers
from api.centre.downloads import HEAD, as_csv
from api.centre.figures import ZONE, Checks, Ending, Figures, Stage, ending_of, figures_of, took
from api.centre.shown import answers_of, objections_of, series_of
from api.db import now
from api.people.models import Centre, Person
from api.requests.models import OutputRequest
from api.requests.turnaround import courses_of
from api.review.models import AfterCheckResult
from tests.api.centre import past
from tests.api.flow import FINE, SMALL, Flow
from tests.api.review.test_settling import NARROWER, afterwards, unseen

HOUR = dt.timedelta(hours=1)
TODAY = dt.date(2026, 3, 12)
MONDAY = dt.datetime(2026, 3, 9, tzinfo=ZONE)


def remember(flow: Flow, histories: Sequence[past.History], *, foreign: bool = False) -> None:
    """Write a past of the project, or of that of another centre."""
    world = flow.world
    with flow.database.transaction() as session:
        project = session.get_one(Project, (world.foreign_project if foreign else world.project).id)
        version = project.views[0].dataset_version_id if project.views else None
        author = session.get_one(Person, (world.outsider if foreign else world.researcher).id)
        past.write_past(session, project, author, histories, version=version)


def figures(flow: Flow, weeks: int = 4, today: dt.date = TODAY) -> Figures:
    with flow.database.reading() as session:
        return figures_of(session, session.get_one(Centre, flow.world.centre.id), weeks, today)


def test_the_database_counts_what_each_history_says(flow: Flow) -> None:
    remember(flow, past.random_past(10, 300, MONDAY))
    remember(flow, past.random_past(10, 20, MONDAY, seed=2), foreign=True)
    with flow.database.reading() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        since = MONDAY - dt.timedelta(weeks=5)
        counted = Counter(courses_since(session, centre, since))
        mine = OutputRequest.project_id == flow.world.project.id
        one_by_one = [
            course
            for request in session.scalars(select(OutputRequest).where(mine))
            for course in courses_of(request.history)
            if course.submitted >= since
        ]
        assert len(one_by_one) > 100
        assert counted == Counter(one_by_one)


def test_weeks_begin_on_monday_in_the_netherlands(flow: Flow) -> None:
    last_second = MONDAY - dt.timedelta(seconds=1)
    remember(
        flow,
        [
            [(last_second, past.RULES_RETURN)],
            [(MONDAY, past.PEOPLE_APPROVE)],
            [(MONDAY - dt.timedelta(weeks=4), past.WITHDRAWN)],
        ],
    )
    shown = figures(flow)
    assert [week.monday.isoformat() for week in shown.weeks] == [
        "2026-02-16",
        "2026-02-23",
        "2026-03-02",
        "2026-03-09",
    ]
    assert shown.weeks[2].endings == Counter([Ending.RETURNED_BY_RULES])
    assert shown.weeks[3].endings == Counter([Ending.APPROVED_BY_PEOPLE])
    assert shown.total == 2


def test_shares_and_times(flow: Flow) -> None:
    ends = [past.PEOPLE_APPROVE] * 2 + [past.POLICY_APPROVES, past.RULES_RETURN, past.WITHDRAWN]
    remember(flow, [[(MONDAY, states)] for states in (*ends, past.PEOPLE_APPROVE[:3])])
    shown = figures(flow)
    assert (shown.settled, shown.decided, shown.settled_share) == (2, 4, 0.5)
    people = shown.stages[Stage.DECISION_BY_PEOPLE]
    assert people
    assert (people.times, people.median, people.p90) == (2, 5 * HOUR, 5 * HOUR)
    machine = shown.stages[Stage.DECISION_BY_MACHINE]
    assert machine
    assert (machine.times, machine.median) == (2, 2 * HOUR)


def test_nothing_happened(flow: Flow) -> None:
    shown = figures(flow)
    assert (shown.total, shown.settled_share, shown.objections) == (0, None, ())
    assert set(shown.stages.values()) == {None}
    assert series_of(shown) == []
    assert answers_of(shown.weeks) is None
    assert objections_of(shown) == []
    assert len(list(csv.reader(io.StringIO(as_csv(shown))))) == 1 + 4 * len(Ending) + 2 + 4


@pytest.mark.parametrize(
    ("hours", "median", "p90"), [([3], 3, 3), ([1, 2], 1, 2), (range(1, 11), 5, 9), (range(1, 12), 6, 10)]
)
def test_quantiles_are_durations_that_occurred(hours: Sequence[int], median: int, p90: int) -> None:
    of = took(hour * HOUR for hour in hours)
    assert of
    assert (of.times, of.median, of.p90) == (len(hours), median * HOUR, p90 * HOUR)


def test_objections_and_checks_afterwards_of_real_requests(flow: Flow) -> None:
    flow.let_policy_decide()
    flow.judge(flow.submit(SMALL))
    afterwards(flow, unseen(flow), AfterCheckResult.IN_ORDER)
    afterwards(flow, unseen(flow), AfterCheckResult.NOT_IN_ORDER, "A wrong weight.")
    unseen(flow)
    flow.revoke(unseen(flow))
    flow.judge(flow.submit_several(FINE, NARROWER))
    shown = figures(flow, today=now().astimezone(ZONE).date())
    assert shown.endings[Ending.APPROVED_BY_POLICY] == 4
    assert shown.checks == Checks(drawn=4, in_order=1, not_in_order=1, lapsed=1)
    assert shown.checks.waiting == 1
    found = {one.rule: (one.refused, one.sent) for one in shown.objections}
    assert found["threshold"] == (1, 0)
    assert found["differencing"] == (0, 2)


def test_the_file_holds_what_the_page_shows_and_nothing_of_microdata(flow: Flow) -> None:
    remember(flow, past.random_past(3, 60, MONDAY))
    shown = figures(flow)
    head, *lines = csv.reader(io.StringIO(as_csv(shown)))
    assert tuple(head) == HEAD
    assert sum(float(value) for figure, _, _, value, _ in lines if figure == "requests") == shown.total
    refused = {item: float(value) for figure, _, item, value, _ in lines if figure == "objections"}
    assert refused == {
        key: value
        for one in shown.objections
        for key, value in ((f"{one.rule}:fail", one.refused), (f"{one.rule}:review", one.sent))
    }


def test_plots_share_a_scale_and_fit_it(flow: Flow) -> None:
    remember(flow, past.random_past(3, 60, MONDAY))
    shown = figures(flow)
    series = series_of(shown)
    assert len({one.plot.top for one in series}) == 1
    answers = answers_of(shown.weeks)
    assert answers
    for plot in (answers.plot, *(one.plot for one in series)):
        assert len(plot.columns) == 4
        assert all(0 <= part.top <= 1 and part.height > 0 for column in plot.columns for part in column)
    bars = objections_of(shown)
    assert bars[0].refused_bar + bars[0].sent_bar == pytest.approx(1)


def test_what_is_usual_is_the_median_of_what_people_decided_lately(flow: Flow) -> None:
    with flow.database.reading() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        assert usual_answer(session, centre) is None
        assert usual_answers(session, [centre]) == []
    remember(
        flow, [[(MONDAY, past.PEOPLE_APPROVE)], [(MONDAY, past.RULES_RETURN)], [(MONDAY, past.PEOPLE_REJECT)]]
    )
    with flow.database.reading() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        assert usual_answers(session, [centre, centre]) == [(centre, 5 * HOUR)]


def test_every_ending_has_a_way_to_it() -> None:
    assert {ending_of(courses_of(history)[0]) for history in past.as_histories()} == set(Ending)

"""Turnaround is read off the history: per round, and apart for whom it waited with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from api.requests.models import RequestState, StateChange
from api.requests.states import Party
from api.requests.turnaround import courses_of, waited_with
from tests.api.centre import past

S = RequestState
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def history(*rounds: Sequence[RequestState]) -> list[StateChange]:
    """Steps of an hour each; the author takes a day before each next round."""
    steps, at, before = list[StateChange](), START, S.DRAFT
    for number, states in enumerate(rounds, start=1):
        for after in states:
            steps.append(StateChange(round=number, at=at, before=before, after=after))
            at, before = at + HOUR, after
        at += 23 * HOUR
    return steps


def test_each_part_of_a_round() -> None:
    (course,) = courses_of(history(past.PEOPLE_APPROVE))
    assert course.until_verdict == 2 * HOUR
    assert course.until_review == HOUR
    assert course.until_decision == 5 * HOUR
    assert course.until_release == HOUR
    assert (course.decision, course.by_people) == (S.APPROVED, True)


@pytest.mark.parametrize(
    ("states", "decision", "by_people"),
    [
        (past.PEOPLE_RETURN, S.RETURNED, True),
        (past.PEOPLE_REJECT, S.REJECTED, True),
        (past.POLICY_APPROVES, S.APPROVED, False),
        (past.POLICY_TAKES_BACK, None, False),
        ((*past.POLICY_TAKES_BACK, S.REVIEWED, S.APPROVED, S.RELEASED), S.APPROVED, True),
        (past.RULES_RETURN, S.RETURNED, False),
        (past.NOT_JUDGED, S.RETURNED, False),
        (past.NOT_WRITTEN, S.APPROVED, True),
        (past.WITHDRAWN, S.WITHDRAWN, False),
        (past.PEOPLE_APPROVE[:4], None, False),
    ],
)
def test_what_became_of_a_round_and_who_said_so(
    states: Sequence[RequestState], decision: RequestState | None, by_people: bool
) -> None:
    (course,) = courses_of(history(states))
    assert (course.decision, course.by_people) == (decision, by_people)
    assert (course.until_decision is None) is (decision is None)


def test_a_withdrawal_is_no_review() -> None:
    (course,) = courses_of(history(past.WITHDRAWN))
    assert course.first_review is None


def test_rounds_are_measured_apart_and_waiting_is_added_up_by_whom_it_was_with() -> None:
    steps = history(past.PEOPLE_RETURN, past.POLICY_APPROVES)
    first, second = courses_of(steps)
    assert (first.round, second.round) == (1, 2)
    assert second.submitted == first.submitted + 29 * HOUR
    assert waited_with(steps, START + 1000 * HOUR) == {
        Party.SYSTEM: 3 * HOUR + 3 * HOUR,
        Party.CHECKER: 2 * HOUR,
        Party.AUTHOR: 24 * HOUR,
    }


def test_what_waits_still_counts_until_now_and_a_draft_has_no_rounds() -> None:
    steps = history(past.PEOPLE_APPROVE[:3])
    assert waited_with(steps, START + 50 * HOUR)[Party.CHECKER] == 48 * HOUR
    assert courses_of([]) == []
    assert courses_of([StateChange(round=1, at=START, before=None, after=S.DRAFT)]) == []
    assert waited_with([], START) == {Party.SYSTEM: 0 * HOUR, Party.CHECKER: 0 * HOUR, Party.AUTHOR: 0 * HOUR}

from __future__ import annotations

import datetime as dt

import pytest

from api.requests.models import RequestState as S
from api.requests.models import StateChange
from api.web.progress import shown_steps
from output_checker.text import Text

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def walked(*states: S) -> list[StateChange]:
    """The history of a request that took these states, an hour apart."""
    before = (None, *states)
    return [
        StateChange(
            at=START + dt.timedelta(hours=hour), before=before[hour], after=after, reason=Text.same("")
        )
        for hour, after in enumerate(states)
    ]


WAY = (S.DRAFT, S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.ONE_REVIEW_IN, S.REVIEWED, S.APPROVED, S.RELEASED)


@pytest.mark.parametrize(
    ("states", "phases"),
    [
        (WAY[:1], "now ahead ahead ahead"),
        (WAY[:2], "done now ahead ahead"),
        (WAY[:3], "done now ahead ahead"),
        (WAY[:4], "done done now ahead"),
        (WAY[:5], "done done now ahead"),
        (WAY[:6], "done done now ahead"),
        (WAY[:7], "done done done now"),
        (WAY, "done done done done"),
        ((*WAY[:3], S.RETURNED), "done stopped ahead ahead"),
        ((*WAY[:6], S.REJECTED), "done done stopped ahead"),
        ((*WAY[:4], S.WITHDRAWN), "done done stopped ahead"),
        ((*WAY, S.REVOKED), "done done done stopped"),
    ],
)
def test_phases(states: tuple[S, ...], phases: str) -> None:
    assert " ".join(step.phase for step in shown_steps(states[-1], walked(*states))) == phases


def test_a_step_tells_when_it_was_done_last() -> None:
    again = (*WAY[:3], S.RETURNED, S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW)
    steps = shown_steps(again[-1], walked(*again))
    assert [step.at for step in steps[:2]] == [START + dt.timedelta(hours=hour) for hour in (4, 6)]
    assert steps[2].at is None


def test_an_end_without_a_history_stops_at_the_beginning() -> None:
    assert shown_steps(S.WITHDRAWN, [])[0].phase == "stopped"

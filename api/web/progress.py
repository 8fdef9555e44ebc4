"""The way of a request as four steps: submitted, judged by rules, reviewed by people, released."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from api.requests.models import RequestState, StateChange
from output_checker.text import Text

Phase = Literal["done", "now", "stopped", "ahead"]
S = RequestState

_STEPS: Final = (
    (Text("Ingediend", "Submitted"), S.SUBMITTED),
    (Text("Beoordeeld door de regels", "Judged by the rules"), S.UNDER_REVIEW),
    (Text("Gecontroleerd door mensen", "Reviewed by people"), S.APPROVED),
    (Text("Vrijgegeven", "Released"), S.RELEASED),
)
"""Each step with the state that tells it is done."""

_STEPS_UNSEEN: Final = (
    _STEPS[0],
    (_STEPS[1][0], S.APPROVED),
    (Text("Goedgekeurd door het beleid", "Approved by the policy"), S.APPROVED),
    _STEPS[3],
)
"""The way of what nobody had to look at."""

_POSITION: Final[dict[RequestState, int]] = {
    S.DRAFT: 0,
    S.SUBMITTED: 1,
    S.JUDGING: 1,
    S.UNDER_REVIEW: 2,
    S.ONE_REVIEW_IN: 2,
    S.REVIEWED: 2,
    S.APPROVED: 3,
    S.RELEASED: 4,
}
"""The step that is under way in each state; the others are ends, and stop at the step they came from."""


@dataclass(frozen=True)
class ShownStep:
    """One step: its name, how far it is, and when it was done."""

    name: Text
    phase: Phase
    at: dt.datetime | None


def shown_steps(state: RequestState, history: Sequence[StateChange]) -> list[ShownStep]:
    """Return the steps of a request in `state` with `history` (oldest first); only the last round counts."""
    stopped = state not in _POSITION
    before = history[-1].before if stopped and history else state
    steps = _STEPS_UNSEEN if _is_unseen(history) else _STEPS
    position = min(_POSITION.get(before or S.DRAFT, 0), 3 if stopped else 4)
    return [
        ShownStep(
            name, _phase(number, position, stopped), _moment(history, done) if number < position else None
        )
        for number, (name, done) in enumerate(steps)
    ]


def _is_unseen(history: Sequence[StateChange]) -> bool:
    """Whether a policy approved this, and nobody had to look after all."""
    approved = [change for change in history if change.after in (S.APPROVED, S.UNDER_REVIEW)]
    return bool(approved) and (approved[-1].before, approved[-1].after) == (S.JUDGING, S.APPROVED)


def _phase(number: int, position: int, stopped: bool) -> Phase:
    if number < position:
        return "done"
    if number > position:
        return "ahead"
    return "stopped" if stopped else "now"


def _moment(history: Sequence[StateChange], after: RequestState) -> dt.datetime | None:
    moments = [change.at for change in history if change.after is after]
    return moments[-1] if moments else None

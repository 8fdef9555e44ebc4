"""How long a request took and with whom it lay, from its history alone: the same steps that the audit tells of.

Pure: no database, no clock of its own. A round begins with a submission; "decided" is the moment at which it was clear
what becomes of it, whether people, a policy or the rules said so.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from api.requests.models import RequestState
from api.requests.states import IN_REVIEW, STATE_OWNERS, Party

S = RequestState

DECISIONS: Final = frozenset({S.APPROVED, S.RETURNED, S.REJECTED, S.WITHDRAWN})
"""States that tell what became of a round."""

WAITING: Final = (Party.SYSTEM, Party.CHECKER, Party.AUTHOR)
"""With whom a request can wait; a released one waits for nobody."""


class Moment(Protocol):
    """One step of a history: when it was, in which round, and from which state to which."""

    @property
    def round(self) -> int:
        """The round that it belongs to."""

    @property
    def at(self) -> dt.datetime:
        """When it was taken."""

    @property
    def before(self) -> RequestState | None:
        """The state that it left."""

    @property
    def after(self) -> RequestState:
        """The state that it led to."""


class Course(NamedTuple):
    """One round by its moments; None where it has not come so far, or passed by (no review where nobody looked)."""

    round: int
    submitted: dt.datetime
    judged: dt.datetime | None
    first_review: dt.datetime | None
    decided: dt.datetime | None
    decision: RequestState | None
    by_people: bool
    released: dt.datetime | None

    @property
    def until_verdict(self) -> dt.timedelta | None:
        """From the submission to the verdict of the rules."""
        return _since(self.submitted, self.judged)

    @property
    def until_review(self) -> dt.timedelta | None:
        """From the verdict to the first decision of a checker."""
        return _since(self.judged, self.first_review)

    @property
    def until_decision(self) -> dt.timedelta | None:
        """From the submission to what became of it."""
        return _since(self.submitted, self.decided)

    @property
    def until_release(self) -> dt.timedelta | None:
        """From the decision to the files."""
        return _since(self.decided, self.released)


def courses_of(history: Sequence[Moment]) -> list[Course]:
    """Return the rounds of a request from its history (oldest step first); a draft has none."""
    rounds = {number: list(steps) for number, steps in groupby(history, key=lambda step: step.round)}
    return [
        _course(number, submitted, steps)
        for number, steps in rounds.items()
        if (submitted := _submitted(steps))
    ]


def waited_with(history: Sequence[Moment], at: dt.datetime) -> dict[Party, dt.timedelta]:
    """Return how long a request waited until `at` for the service, for checkers and for its author, over all rounds."""
    waited: dict[Party, dt.timedelta] = defaultdict(dt.timedelta)
    for step, until in zip(history, [*(later.at for later in history[1:]), at], strict=False):
        waited[STATE_OWNERS[step.after]] += until - step.at
    return {party: waited[party] for party in WAITING}


def is_decision(step: Moment) -> bool:
    """Tell whether a step says what becomes of a round.

    What could not be written goes back to its author too, but that decides nothing about the outputs.
    """
    return step.after in DECISIONS and step.before is not S.APPROVED


def _submitted(steps: Sequence[Moment]) -> dt.datetime | None:
    return next((step.at for step in steps if step.after is S.SUBMITTED), None)


def _course(number: int, submitted: dt.datetime, steps: Sequence[Moment]) -> Course:
    decided = _decision(steps)
    return Course(
        round=number,
        submitted=submitted,
        judged=next((step.at for step in steps if step.before is S.JUDGING), None),
        first_review=next((step.at for step in steps if _is_review(step)), None),
        decided=decided.at if decided else None,
        decision=decided.after if decided else None,
        by_people=decided is not None and decided.before is S.REVIEWED,
        released=next((step.at for step in steps if step.after is S.RELEASED), None),
    )


def _decision(steps: Sequence[Moment]) -> Moment | None:
    """The last decision; none while it lies with checkers, also after a policy had approved it."""
    decided = None
    for step in steps:
        if is_decision(step):
            decided = step
        elif step.after is S.UNDER_REVIEW:
            decided = None
    return decided


def _is_review(step: Moment) -> bool:
    return step.before in IN_REVIEW and step.after is not S.WITHDRAWN


def _since(start: dt.datetime | None, end: dt.datetime | None) -> dt.timedelta | None:
    return end - start if start and end else None

"""How long one request took, as its page shows it, beside what is usual at its centre."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from api.centre.courses import usual_answer
from api.db import now
from api.requests.models import OutputRequest
from api.requests.states import IN_REVIEW, Party
from api.requests.turnaround import Course, courses_of, waited_with
from output_checker.text import Text

WAITED: Final[dict[Party, Text]] = {
    Party.SYSTEM: Text("Bij de dienst", "With the service"),
    Party.CHECKER: Text("Bij de controleurs", "With the checkers"),
    Party.AUTHOR: Text("Bij de onderzoeker", "With the researcher"),
}


@dataclass(frozen=True)
class Turnaround:
    """The rounds of a request, with whom it lay how long over all of them, and the usual time to an answer."""

    courses: list[Course]
    waited: list[tuple[Text, dt.timedelta]]
    usual: dt.timedelta | None
    is_waiting: bool


def turnaround_of(session: Session, request: OutputRequest) -> Turnaround:
    """Return how long a request took so far; what is usual only while it waits for checkers."""
    is_waiting = request.state in IN_REVIEW
    waited = waited_with(request.history, now())
    return Turnaround(
        courses_of(request.history),
        [(name, waited[party]) for party, name in WAITED.items()],
        usual_answer(session, request.project.centre) if is_waiting else None,
        is_waiting,
    )

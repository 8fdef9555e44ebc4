"""The queue of a checker: what waits for them, how risky and how old it is, who looks at it, and how to narrow it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from api.db import now
from api.people.models import Person
from api.requests.models import OutputRequest
from api.requests.queries import queue_of
from api.requests.verdicts import outcome_of
from api.review.claims import claims_of
from api.review.models import Claim
from api.review.service import reviews_needed, reviews_of_round
from output_checker.verdict import Outcome


class Holder(StrEnum):
    """Who looks at a request."""

    ME = "me"
    OTHERS = "others"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Narrowing:
    """Which part of the queue to show; what is None or 0 narrows nothing. `days`: waiting at least so long."""

    project: str | None = None
    risk: Outcome | None = None
    held_by: Holder | None = None
    days: int = 0


@dataclass(frozen=True)
class Waiting:
    """A request in the queue: its risk, its claims, and how many of the wanted decisions are in."""

    request: OutputRequest
    outcome: Outcome | None
    decided: int
    required: int
    claims: Sequence[Claim]
    holder: Holder
    since: dt.datetime

    def is_within(self, narrowing: Narrowing) -> bool:
        """Tell whether this is in the part of the queue that is asked for."""
        return (
            narrowing.project in (None, self.request.project.slug)
            and narrowing.risk in (None, self.outcome)
            and narrowing.held_by in (None, self.holder)
            and now() - self.since >= dt.timedelta(days=narrowing.days)
        )


def queue_for(session: Session, person: Person) -> list[Waiting]:
    """Return everything that waits for a decision of `person`, oldest first."""
    return [_waiting(session, person, request) for request in queue_of(session, person)]


def _waiting(session: Session, person: Person, request: OutputRequest) -> Waiting:
    claims = claims_of(session, request)
    return Waiting(
        request,
        outcome_of(request),
        len(reviews_of_round(session, request)),
        reviews_needed(session, request),
        claims,
        _holder(claims, person),
        request.rounds[-1].submitted_at if request.rounds else request.created_at,
    )


def _holder(claims: Sequence[Claim], person: Person) -> Holder:
    if any(claim.checker_id == person.id for claim in claims):
        return Holder.ME
    return Holder.OTHERS if claims else Holder.NOBODY

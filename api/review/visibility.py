"""Who sees which decision: checkers are blind to each other, and the author to both, until all have decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.people.models import Person
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.verdicts import findings_outside, verdict_of
from api.review.models import Review
from api.review.permissions import user_can_review
from output_checker.verdict import Verdict

_ROUND_COMPLETE = frozenset(
    {
        RequestState.REVIEWED,
        RequestState.RETURNED,
        RequestState.APPROVED,
        RequestState.RELEASED,
        RequestState.REJECTED,
        RequestState.REVOKED,
    }
)


def visible_reviews(session: Session, person: Person, request: OutputRequest) -> list[Review]:
    """Return the reviews of all rounds that `person` may see: their own always, others' once a round is complete.

    A request withdrawn half-way stays blind: nobody learns a colleague's decision by withdrawing.
    """
    complete = complete_rounds(request)
    reviews = session.scalars(select(Review).where(Review.request_id == request.id).order_by(Review.id))
    return [review for review in reviews if review.checker_id == person.id or review.round <= complete]


def complete_rounds(request: OutputRequest) -> int:
    """Return how many rounds of a request are complete: in those, nobody is blind any more."""
    return request.round if request.state in _ROUND_COMPLETE else request.round - 1


def verdicts_for(session: Session, person: Person, request: OutputRequest) -> dict[int, Verdict]:
    """Return the full verdicts (values, evidence) by position for who may see them outside: only who may review.

    An author sees the table in the sandbox and, once released, in the file; outside the findings must do
    (`findings_for`).
    """
    if not user_can_review(session, person, request):
        return {}
    return {output.position: verdict for output in request.outputs if (verdict := verdict_of(output))}


def findings_for(request: OutputRequest) -> list[dict[str, Any]]:
    """Return the findings about a request in words, without evidence: fit for everybody who may see the request."""
    return [finding for output in request.outputs for finding in findings_about(output)]


def findings_about(output: Output) -> list[dict[str, Any]]:
    """Return the findings about one output in words, without evidence; none until it is judged."""
    verdict = verdict_of(output)
    return findings_outside(verdict) if verdict else []

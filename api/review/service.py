"""What output checkers decide: each once a round, blind to each other, and never about what was altered meanwhile."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.policies import reviewers_required
from api.audit.service import SYSTEM, Actor, record
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.jobs.service import JobKind, enqueue
from api.people.models import Person
from api.requests import words
from api.requests.models import OutputRequest, RequestState
from api.requests.service import locked, move
from api.requests.states import IN_REVIEW
from api.requests.verdicts import check_unaltered, verdict_digest
from api.review.models import Decision, Review
from api.review.permissions import check_user_can_review, user_can_review
from output_checker.text import Text

ONE_IN = Text("Een outputcontroleur heeft beslist.", "An output checker has decided.")
ALL_IN = Text("Alle outputcontroleurs hebben beslist.", "All output checkers have decided.")
OUTCOMES: dict[Decision, tuple[RequestState, Text]] = {
    Decision.APPROVE: (
        RequestState.APPROVED,
        Text("Alle outputcontroleurs keuren dit goed.", "All output checkers approve this."),
    ),
    Decision.RETURN: (
        RequestState.RETURNED,
        Text("Een outputcontroleur vraagt om aanpassing.", "An output checker asks for a change."),
    ),
    Decision.REJECT: (
        RequestState.REJECTED,
        Text("Een outputcontroleur wijst dit af.", "An output checker rejects this."),
    ),
}
_DONE = {
    Decision.APPROVE: Text("U heeft dit al goedgekeurd.", "You already approved this."),
    Decision.RETURN: Text("U heeft dit al teruggegeven.", "You already returned this."),
    Decision.REJECT: Text("U heeft dit al afgewezen.", "You already rejected this."),
}
_RELOAD = Text("Bekijk de aanvraag opnieuw.", "Look at the request again.")


def decide(
    session: Session, actor: Actor, request: OutputRequest, decision: Decision, comment: str, row_version: int
) -> Review:
    """Store one checker's decision and, when it is the last one needed, what follows from all of them.

    All approve: approved, and the release is asked for in the same transaction. Else one rejection rejects, and one
    return returns. It takes as many people as project and policy ask for who may review still. `row_version` is that
    of the request as the checker saw it. Raises NotAllowedError (every reason), ConflictError (decided already,
    changed or no longer under review), InvalidError (a comment is missing) or UnavailableError (no policy).
    """
    checker = _checker(session, actor, request)
    locked(session, request)
    _check_open(session, request, checker, row_version)
    if decision is Decision.APPROVE:
        check_unaltered(request)
    review = Review(
        request=request,
        round=request.round,
        checker=checker,
        decision=decision,
        comment=_comment(decision, comment),
    )
    session.add(review)
    session.flush()
    digests = [verdict_digest(output) for output in request.outputs]
    number = f"request:{request.number}"
    record(session, actor, "review.decide", number, "output checker", decision=decision, verdicts=digests)
    _follow(session, actor, request)
    return review


def reviews_of_round(session: Session, request: OutputRequest) -> list[Review]:
    """Return the decisions of the present round in order, without regard to who asks."""
    statement = select(Review).where(Review.request_id == request.id, Review.round == request.round)
    return list(session.scalars(statement.order_by(Review.id)))


def _checker(session: Session, actor: Actor, request: OutputRequest) -> Person:
    if actor.person is None:
        raise NotAllowedError("nobody", Text("Alleen mensen beoordelen.", "Only people review."))
    check_user_can_review(session, actor.person, request)
    return actor.person


def _check_open(session: Session, request: OutputRequest, checker: Person, row_version: int) -> None:
    reviews = reviews_of_round(session, request)
    for review in reviews:
        if review.checker_id == checker.id:
            raise ConflictError("already_decided", _DONE[review.decision], remedy=_RELOAD)
    if request.state not in IN_REVIEW:
        raise ConflictError(
            "not_under_review",
            Text(
                "Deze aanvraag wordt niet (meer) beoordeeld.", "This request is not under review (any more)."
            ),
            remedy=_RELOAD,
        )
    # A colleague's decision raises the version too, but changes nothing that a blind reviewer looked at.
    if not request.row_version - len(reviews) <= row_version <= request.row_version:
        raise ConflictError(
            "changed_meanwhile",
            Text("De aanvraag is intussen veranderd.", "The request changed in the meantime."),
            field="row_version",
            remedy=_RELOAD,
        )


def _comment(decision: Decision, comment: str) -> str:
    if comment.strip():
        return words.comment(comment)
    if decision is Decision.APPROVE:
        return ""
    raise InvalidError(
        "comment_needed",
        Text("Leg uit waarom, zodat de aanvrager verder kan.", "Explain why, so that the author can go on."),
        field="comment",
    )


def _follow(session: Session, actor: Actor, request: OutputRequest) -> None:
    reviews = reviews_of_round(session, request)
    # Who was suspended, dismissed or let into the project since they decided no longer vouches for it: another must.
    standing = [review for review in reviews if user_can_review(session, review.checker, request)]
    if len(standing) < reviewers_required(request.project):
        move(session, request, RequestState.ONE_REVIEW_IN, actor, ONE_IN)
        return
    move(session, request, RequestState.REVIEWED, actor, ALL_IN)
    after, reason = OUTCOMES[_together([review.decision for review in reviews])]
    move(session, request, after, SYSTEM, reason)
    if after is RequestState.APPROVED:
        enqueue(session, JobKind.RELEASE, request.id, request.round)


def _together(decisions: list[Decision]) -> Decision:
    weightiest = (Decision.REJECT, Decision.RETURN)
    return next((decision for decision in weightiest if decision in decisions), Decision.APPROVE)

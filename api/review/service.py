"""What output checkers decide: each once a round, blind to each other, and never about what was altered meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

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
from api.review.outcome import needs_another, settled, together
from api.review.permissions import check_user_can_review, user_can_review
from api.review.requirements import reviewers_required
from api.review.votes import Ballot, votes_of
from output_checker.text import Text

ONE_IN = Text("Een outputcontroleur heeft beslist.", "An output checker has decided.")
ALL_IN = Text("Alle outputcontroleurs hebben beslist.", "All output checkers have decided.")
OUTCOMES: dict[Decision, tuple[RequestState, Text]] = {
    Decision.APPROVE: (
        RequestState.APPROVED,
        Text("De outputcontroleurs keuren dit goed.", "The output checkers approve this."),
    ),
    Decision.RETURN: (
        RequestState.RETURNED,
        Text("De outputcontroleurs vragen om aanpassing.", "The output checkers ask for a change."),
    ),
    Decision.REJECT: (
        RequestState.REJECTED,
        Text("De outputcontroleurs wijzen dit af.", "The output checkers reject this."),
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
    """Store one decision about all outputs of a request (see `vote`); `comment` explains it."""
    ballots = {output.position: Ballot(decision) for output in request.outputs}
    try:
        return vote(session, actor, request, ballots, comment, row_version)
    except InvalidError as error:
        if error.code == "comment_needed":
            error.field = "comment"
        raise


def vote(
    session: Session,
    actor: Actor,
    request: OutputRequest,
    ballots: Mapping[int, Ballot],
    comment: str,
    row_version: int,
) -> Review:
    """Store one checker's votes by position and, when they are the last ones needed, what follows from all of them.

    An output that is unchanged since the last round keeps the checker's vote of then. All outputs approved by all:
    approved, and the release is asked for in the same transaction; all rejected: rejected; else returned. Where they
    disagree, the project says whether a third decides. It takes as many people as project and policy ask for who may
    review still. `row_version` is that of the request as the checker saw it. Raises NotAllowedError (every reason),
    ConflictError (decided already, changed or no longer under review), InvalidError (a vote or an explanation is
    missing) or UnavailableError (no policy).
    """
    checker = checker_of(session, actor, request)
    locked(session, request)
    _check_open(session, request, checker, row_version)
    votes = votes_of(session, request, checker, ballots, comment)
    decision = together([one.decision for one in votes])
    if any(one.decision is Decision.APPROVE for one in votes):
        check_unaltered(request)
    review = Review(
        request=request,
        round=request.round,
        checker=checker,
        decision=decision,
        comment=words.comment(comment) if comment.strip() else "",
        votes=votes,
    )
    session.add(review)
    session.flush()
    _record(session, actor, request, review)
    _follow(session, actor, request)
    return review


def _record(session: Session, actor: Actor, request: OutputRequest, review: Review) -> None:
    facts = {
        "decision": review.decision,
        "votes": {one.output.position: one.decision for one in review.votes},
        "kept": [one.output.position for one in review.votes if one.kept_from_id],
        "verdicts": [verdict_digest(output) for output in request.outputs],
    }
    record(session, actor, "review.decide", f"request:{request.number}", "output checker", **facts)


def reviews_of_round(session: Session, request: OutputRequest) -> list[Review]:
    """Return the decisions of the present round in order, without regard to who asks."""
    statement = select(Review).where(Review.request_id == request.id, Review.round == request.round)
    return list(session.scalars(statement.order_by(Review.id)))


def checker_of(session: Session, actor: Actor, request: OutputRequest) -> Person:
    """Return who acts, when they may review `request` now; raises NotAllowedError with every reason otherwise."""
    if actor.person is None:
        raise NotAllowedError("nobody", Text("Alleen mensen beoordelen.", "Only people review."))
    check_user_can_review(session, actor.person, request)
    return actor.person


def check_undecided(session: Session, request: OutputRequest, checker: Person) -> None:
    """Raise ConflictError when `checker` decided in this round already, or the request is not under review."""
    for review in reviews_of_round(session, request):
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


def _check_open(session: Session, request: OutputRequest, checker: Person, row_version: int) -> None:
    check_undecided(session, request, checker)
    reviews = reviews_of_round(session, request)
    # A colleague's decision raises the version too, but changes nothing that a blind reviewer looked at.
    if not request.row_version - len(reviews) <= row_version <= request.row_version:
        raise ConflictError(
            "changed_meanwhile",
            Text("De aanvraag is intussen veranderd.", "The request changed in the meantime."),
            field="row_version",
            remedy=_RELOAD,
        )


def _follow(session: Session, actor: Actor, request: OutputRequest) -> None:
    project, reviews = request.project, reviews_of_round(session, request)
    required = reviewers_required(session, request)
    # Who was suspended, dismissed or let into the project since they decided no longer vouches for it: another must.
    standing = [review for review in reviews if user_can_review(session, review.checker, request)]
    votes = list(_votes_by_output(request, standing).values())
    if needs_another(votes, required, project.on_disagreement):
        move(session, request, RequestState.ONE_REVIEW_IN, actor, ONE_IN)
        return
    move(session, request, RequestState.REVIEWED, actor, ALL_IN)
    decisions = [settled(one, required, project.on_disagreement) for one in votes]
    after, reason = OUTCOMES[together(decisions)]
    move(session, request, after, SYSTEM, reason)
    if after is RequestState.APPROVED:
        enqueue(session, JobKind.RELEASE, request.id, request.round)


def _votes_by_output(request: OutputRequest, reviews: Sequence[Review]) -> dict[int, list[Decision]]:
    cast: dict[int, list[Decision]] = {output.id: [] for output in request.outputs}
    for review in reviews:
        for one in review.votes:
            cast[one.output_id].append(one.decision)
    return cast


def reviews_needed(session: Session, request: OutputRequest) -> int:
    """Return how many decisions this round takes as far as is known now: one more while disagreement waits."""
    made = len(reviews_of_round(session, request))
    return max(reviewers_required(session, request), made + (request.state in IN_REVIEW))

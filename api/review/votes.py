"""Votes: what a checker says of each output, with what they said before of outputs that did not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import InvalidError
from api.people.models import Person
from api.requests import words
from api.requests.differences import unchanged_from
from api.requests.models import Output, OutputRequest
from api.review.models import Decision, Review, Vote
from output_checker.text import Text


@dataclass(frozen=True)
class Ballot:
    """What a checker says of one output."""

    decision: Decision
    comment: str = ""


def earlier_votes(session: Session, request: OutputRequest, checker: Person) -> dict[int, Vote]:
    """Return what `checker` said in the last round of outputs that are unchanged since, by the id they have now."""
    before = {earlier.id: output_id for output_id, earlier in unchanged_from(request).items()}
    statement = select(Vote).join(Vote.review).where(Vote.output_id.in_(before))
    votes = session.scalars(statement.where(Review.checker_id == checker.id))
    return {before[vote.output_id]: vote for vote in votes}


def votes_of(
    session: Session, request: OutputRequest, checker: Person, ballots: Mapping[int, Ballot], comment: str
) -> list[Vote]:
    """Return a vote for each output: the ballot for its position, or else the vote that `checker` gave it before.

    Raises InvalidError: an output has neither, there is no such output, or what is not approved lacks an explanation
    (of its own, or `comment` for all).
    """
    _check_known(request, ballots)
    kept = earlier_votes(session, request, checker)
    explained = bool(comment.strip())
    return [
        _vote(output, ballots.get(output.position), kept.get(output.id), explained)
        for output in request.outputs
    ]


def _vote(output: Output, ballot: Ballot | None, kept: Vote | None, explained: bool) -> Vote:
    if kept and (ballot is None or ballot == Ballot(kept.decision, kept.comment)):
        return Vote(output=output, decision=kept.decision, comment=kept.comment, kept_from_id=kept.id)
    if ballot is None:
        raise InvalidError(
            "vote_missing",
            Text("Kies een beslissing.", "Choose a decision."),
            field=_field("decision", output),
        )
    comment = words.comment(ballot.comment) if ballot.comment.strip() else ""
    if ballot.decision is not Decision.APPROVE and not (comment or explained):
        raise InvalidError(
            "comment_needed",
            Text(
                "Leg uit waarom, zodat de aanvrager verder kan.", "Explain why, so that the author can go on."
            ),
            field=_field("comment", output),
        )
    return Vote(output=output, decision=ballot.decision, comment=comment)


def _field(name: str, output: Output) -> str:
    """Return the name of a field about one output; the only one of a request needs no number."""
    return f"{name}-{output.position}" if len(output.request.outputs) > 1 else name


def _check_known(request: OutputRequest, ballots: Mapping[int, Ballot]) -> None:
    if unknown := set(ballots) - {output.position for output in request.outputs}:
        number = min(unknown)
        raise InvalidError(
            "no_output",
            Text(f"Deze aanvraag heeft geen tabel {number}.", f"This request has no table {number}."),
            field=f"decision-{number}",
        )

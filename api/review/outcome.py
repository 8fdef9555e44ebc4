"""What several checkers' votes come to, output by output and for the whole request. Pure: no database, no settings."""

from __future__ import annotations

from collections.abc import Sequence

from api.access.models import Disagreement
from api.review.models import Decision

_WEIGHTIEST = (Decision.REJECT, Decision.RETURN)


def is_disputed(votes: Sequence[Decision]) -> bool:
    """Tell whether some approve an output and some do not."""
    return Decision.APPROVE in votes and any(vote is not Decision.APPROVE for vote in votes)


def weightiest(votes: Sequence[Decision]) -> Decision:
    """Return a rejection if there is one, else a return if there is one, else an approval."""
    return next((decision for decision in _WEIGHTIEST if decision in votes), Decision.APPROVE)


def needs_another(votes: Sequence[Sequence[Decision]], required: int, rule: Disagreement) -> bool:
    """Tell whether one more checker must vote: too few did, or they disagree and a further one decides.

    `votes` holds, per output, the decisions in the order in which the checkers voted.
    """
    cast = min(map(len, votes), default=0)
    disputed = any(map(is_disputed, votes))
    return cast < required or (rule is Disagreement.THIRD and disputed and cast == required)


def settled(votes: Sequence[Decision], required: int, rule: Disagreement) -> Decision:
    """Return what becomes of one output.

    Approval takes as many approvals as are required, whoever was the last. A dispute goes back to the author, or as
    the last checker says where a further one decides.
    """
    if not is_disputed(votes):
        return weightiest(votes)
    if rule is Disagreement.AUTHOR:
        return Decision.RETURN
    if votes[-1] is not Decision.APPROVE:
        return votes[-1]
    return Decision.APPROVE if votes.count(Decision.APPROVE) >= required else weightiest(votes)


def together(outputs: Sequence[Decision]) -> Decision:
    """Return what becomes of a request: it leaves or is refused as a whole, else its author goes on with it."""
    decisions = set(outputs)
    return decisions.pop() if len(decisions) == 1 else Decision.RETURN

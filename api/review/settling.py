"""Settling a judged request: the policy approves it where nobody need look, else it goes to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.access.policies import policy_of
from api.audit.service import SYSTEM
from api.jobs.service import JobKind, enqueue
from api.requests.earlier import Compared, left_before
from api.requests.models import OutputRequest, RequestState
from api.requests.service import move
from api.review.requirements import arrangement_of, strict_preset, why_people
from output_checker.policy import Policy
from output_checker.text import Text
from output_checker.verdict import Verdict

FOR_PEOPLE = Text(
    "De regels keuren niets af; outputcontroleurs kijken nu.",
    "The rules refuse nothing; output checkers look now.",
)
NOT_COMPARED = Text(
    "Wie meekijkt veranderde tijdens de beoordeling.", "Who must look changed while it was judged."
)


def settle(session: Session, request: OutputRequest, doubts: Sequence[Text] | None) -> None:
    """Approve a request whose verdicts are stored, when no person need see it; else send it to the checkers.

    `doubts` is what earlier outputs raise, None when nobody compared: then people look. With the approval the
    release is asked for in the same transaction. Raises UnavailableError when the policy cannot be read.
    """
    reasons = why_people(session, request) or ([NOT_COMPARED] if doubts is None else doubts)
    if reasons:
        move(session, request, RequestState.UNDER_REVIEW, SYSTEM, FOR_PEOPLE, people=_in_english(reasons))
        return
    policy = policy_of(request.project)
    move(session, request, RequestState.APPROVED, SYSTEM, words_of(policy), **decider(session, request))
    enqueue(session, JobKind.RELEASE_UNSEEN, request.id, request.round)


def give_to_people(session: Session, request: OutputRequest, reasons: Iterable[Text]) -> None:
    """Send what a policy approved to the checkers after all, because its approval does not stand any more."""
    move(session, request, RequestState.UNDER_REVIEW, SYSTEM, FOR_PEOPLE, people=_in_english(reasons))


def is_approved_by_policy(request: OutputRequest) -> bool:
    """Tell whether nobody but a policy approved the present round."""
    steps = [step for step in request.history if step.after is RequestState.APPROVED]
    return bool(steps) and steps[-1].round == request.round and steps[-1].before is RequestState.JUDGING


def why_it_cannot_stand(
    session: Session, request: OutputRequest, again: Mapping[int, Verdict], compared: Compared
) -> list[Text]:
    """Return why people must look at what a policy approved: anything that got stricter or left since.

    `again` holds the verdicts of now by output id.
    """
    return why_people(session, request) or why_people(session, request, again) or list(compared.doubts)


def is_up_to_date(session: Session, request: OutputRequest, compared: Compared) -> bool:
    """Tell whether nothing has left since the comparison was made."""
    return compared.seen == left_before(session, request)


def decider(session: Session, request: OutputRequest) -> dict[str, Any]:
    """Return what decided in place of people: the policy, the strict preset behind it, and who arranged it so."""
    project, policy = request.project, policy_of(request.project)
    said = {
        "centre": arrangement_of(session, project.centre),
        "project": arrangement_of(session, project.centre, project),
    }
    return {
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "strict_preset": strict_preset(policy),
        "arrangements": {name: one.version for name, one in said.items() if one},
    }


def words_of(policy: Policy) -> Text:
    """Return who approved, in words."""
    return Text(
        f"Goedgekeurd door het beleid {policy.name} (versie {policy.version}): alle uitvoer voldoet aan elke regel.",
        f"Approved by the policy {policy.name} (version {policy.version}): every output passes every rule.",
    )


def _in_english(reasons: Iterable[Text]) -> list[str]:
    return sorted(reason.en for reason in reasons)

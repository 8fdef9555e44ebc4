"""Granting by four eyes: one administrator proposes, another confirms; what changed in between is refused with words."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from api.access.decision import current_grant
from api.access.models import Grant, GrantProposal, Project
from api.access.permissions import check_user_can_administer, check_user_can_grant, user_can_grant
from api.access.service import LONGEST_REASON, Terms, check_terms, views_of, write_grant
from api.audit.service import Actor, record
from api.db import LARGEST_INTEGER, now
from api.errors import ConflictError, NotFoundError
from api.notices.models import NoticeKind
from api.notices.recipients import administrators_of
from api.notices.service import tell
from api.people import validation
from api.people.four_eyes import check_other_eyes, is_other
from api.people.models import Person
from api.people.roles import appointed_roles
from api.settings import Settings
from output_checker.text import Text

_AGAIN: Final = Text("Wijs dit voorstel af en doe een nieuw.", "Decline this proposal and make a new one.")
_CHANGED: Final[dict[str, Text]] = {
    "person": Text(
        "Wat over de persoon bekend is, is sinds het voorstel veranderd.",
        "What is known of the person changed since it was proposed.",
    ),
    "project": Text(
        "Het project of zijn gegevens zijn sinds het voorstel veranderd.",
        "The project or its data changed since it was proposed.",
    ),
    "access": Text(
        "De toegang van de persoon is sinds het voorstel veranderd.",
        "The access of the person changed since it was proposed.",
    ),
    "proposer": Text("Wie dit voorstelde mag dat niet meer.", "Who proposed this may not do so any more."),
}


def propose_grant(
    session: Session, actor: Actor, settings: Settings, terms: Terms, reason: str
) -> GrantProposal:
    """Propose a grant to the other administrators of the centre, who are told.

    Raises AccessRefusedError (no administrator, for oneself, for an administrator), ConflictError (the same is proposed
    already) or InvalidError (role, period, conditions, datasets, reason).
    """
    check_user_can_grant(session, actor.person, terms.person, terms.project)
    kept, why = check_terms(terms), validation.line(reason, "reason", LONGEST_REASON)
    if any(one.person_id == terms.person.id for one in open_proposals(session, terms.project)):
        raise ConflictError(
            "proposed_already",
            Text("Voor deze persoon ligt al een voorstel.", "There is a proposal for this person already."),
            remedy=Text("Laat het bevestigen of wijs het af.", "Have it confirmed, or decline it."),
        )
    proposal = GrantProposal(
        person=terms.person,
        project=terms.project,
        role=terms.role,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        reason=why,
        basis=_basis(session, terms.person, terms.project),
        proposed_by=actor.person,
        expires_at=now() + dt.timedelta(days=settings.proposal_days),
        **kept,
    )
    session.add(proposal)
    session.flush()
    _record(session, actor, "grant.propose", proposal, why)
    for other in others_who_confirm(session, proposal):
        tell(session, other, NoticeKind.GRANT_PROPOSED)
    return proposal


def confirm_grant(session: Session, actor: Actor, proposal: GrantProposal) -> Grant:
    """Grant what somebody else proposed.

    Raises NotAllowedError (no administrator, one's own proposal, for oneself), or ConflictError (decided already,
    expired, or stale: what it was based on changed).
    """
    check_user_can_grant(session, actor.person, proposal.person, proposal.project)
    confirming = check_user_can_administer(actor.person, proposal.project.centre)
    check_other_eyes(proposal.proposed_by, confirming)
    _check_open(proposal)
    if problems := stale(session, proposal):
        raise ConflictError("stale_proposal", _joined(problems), remedy=_AGAIN)
    grant = write_grant(
        session, actor, terms_of(proposal), "four eyes", proposed_by=proposal.proposed_by.subject
    )
    proposal.grant, proposal.decided_by, proposal.decided_at = grant, confirming, now()
    session.flush()
    tell(session, grant.person, NoticeKind.ACCESS_GRANTED)
    return grant


def decline_grant(session: Session, actor: Actor, proposal: GrantProposal, reason: str) -> None:
    """Decline a proposal, or take one's own back.

    Raises NotAllowedError (no administrator of the centre, or for oneself), ConflictError (decided already) or
    InvalidError (reason).
    """
    check_user_can_grant(session, actor.person, proposal.person, proposal.project)
    _check_undecided(proposal)
    why = validation.line(reason, "reason", LONGEST_REASON)
    proposal.decided_by, proposal.decided_at, proposal.decline_reason = actor.person, now(), why
    session.flush()
    _record(session, actor, "grant.decline", proposal, why)


def terms_of(proposal: GrantProposal) -> Terms:
    """Return what `proposal` asks for."""
    return Terms(
        proposal.person,
        proposal.project,
        proposal.role,
        proposal.conditions,
        proposal.valid_from,
        proposal.valid_until,
        proposal.datasets,
    )


def stale(session: Session, proposal: GrantProposal) -> list[Text]:
    """Return, in words, what changed since `proposal` was made; nothing when it can be confirmed as it was meant."""
    today = _basis(session, proposal.person, proposal.project)
    changed = [_CHANGED[what] for what in today if proposal.basis.get(what) != today[what]]
    if not user_can_grant(session, proposal.proposed_by, proposal.person, proposal.project):
        changed.append(_CHANGED["proposer"])
    return changed


def open_proposals(
    session: Session, project: Project | None = None, *, centre_ids: Collection[int] | None = None
) -> Sequence[GrantProposal]:
    """Return the proposals that wait for a second person, oldest first; expired ones are not among them."""
    query = select(GrantProposal).where(GrantProposal.decided_at.is_(None), GrantProposal.expires_at > now())
    if project is not None:
        query = query.where(GrantProposal.project_id == project.id)
    if centre_ids is not None:
        query = query.join(GrantProposal.project).where(Project.centre_id.in_(centre_ids))
    loaded = (
        joinedload(GrantProposal.person).joinedload(Person.institution),
        joinedload(GrantProposal.project).joinedload(Project.centre),
        joinedload(GrantProposal.proposed_by),
    )
    return session.scalars(query.options(*loaded).order_by(GrantProposal.id)).all()


def proposal_by_id(session: Session, person: Person, proposal_id: int) -> GrantProposal:
    """Return a proposal at a centre that `person` administers.

    Raises NotFoundError for any other, whether or not it exists.
    """
    proposal = session.get(GrantProposal, proposal_id) if proposal_id <= LARGEST_INTEGER else None
    if proposal is None or person not in administrators_of(session, proposal.project.centre):
        raise NotFoundError(
            "no_such_proposal",
            Text("Dit voorstel is er niet, of niet voor u.", "This proposal is not there, or not for you."),
        )
    return proposal


def others_who_confirm(session: Session, proposal: GrantProposal) -> list[Person]:
    """Return who may confirm `proposal`: administrators of the centre, neither its proposer nor its person."""
    return [
        person
        for person in administrators_of(session, proposal.project.centre)
        if is_other(proposal.proposed_by, person)
        and user_can_grant(session, person, proposal.person, proposal.project)
    ]


def _check_undecided(proposal: GrantProposal) -> None:
    if proposal.decided_at is not None:
        raise ConflictError(
            "decided_already",
            Text("Over dit voorstel is al beslist.", "This proposal was decided already."),
            remedy=Text("Bekijk de toegang opnieuw.", "Look at the access again."),
        )


def _check_open(proposal: GrantProposal) -> None:
    _check_undecided(proposal)
    if now() >= min(proposal.expires_at, proposal.valid_until):
        raise ConflictError(
            "proposal_expired", Text("Dit voorstel is verlopen.", "This proposal has expired."), remedy=_AGAIN
        )


def _record(session: Session, actor: Actor, action: str, proposal: GrantProposal, because: str) -> None:
    record(
        session,
        actor,
        action,
        f"proposal:{proposal.id}",
        because,
        person=proposal.person.subject,
        project=proposal.project.slug,
        role=proposal.role,
        conditions=proposal.conditions,
        datasets=proposal.datasets,
        valid_from=proposal.valid_from.isoformat(),
        valid_until=proposal.valid_until.isoformat(),
    )


def _basis(session: Session, person: Person, project: Project) -> dict[str, str]:
    """Digests of what a proposal rests on: who the person is, what the project is and sees, and the access there is."""
    grant = current_grant(session, person, project)
    held = sorted((role.value, centre or 0) for role, centre in appointed_roles(person))
    return {
        "person": _digest(person.institution_id, person.suspended_at, held),
        "project": _digest(
            project.valid_from, project.valid_until, project.closed_at, project.policy, views_of(project)
        ),
        "access": _digest(grant and grant.version, grant and grant.withdrawal is not None),
    }


def _digest(*facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()


def _joined(texts: Sequence[Text]) -> Text:
    return Text(nl=" ".join(one.nl for one in texts), en=" ".join(one.en for one in texts))

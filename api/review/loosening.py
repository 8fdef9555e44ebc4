"""Letting fewer people see outputs takes two: an administrator proposes, another administrator or a steward confirms."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.permissions import user_can_administer
from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, NotAllowedError, NotFoundError
from api.people.four_eyes import check_other_eyes, is_other
from api.people.models import Centre, Person, Role
from api.people.roles import has_role
from api.review.arrangements import (
    check_no_own_work,
    check_user_can_arrange,
    check_version,
    keep_arrangement,
    lawful_level,
    subject_of,
)
from api.review.models import Arrangement, LooserArrangement
from output_checker.text import Text


def find_proposal(session: Session, centre: Centre, proposal_id: int) -> LooserArrangement:
    """Return a proposal of `centre`, held for this transaction; raises NotFoundError for any other."""
    one = session.get(LooserArrangement, proposal_id, with_for_update=True, populate_existing=True)
    if one is None or one.centre_id != centre.id:
        raise NotFoundError("no_proposal", Text("Dit voorstel is er niet.", "There is no such proposal."))
    return one


def confirm(session: Session, actor: Actor, proposal: LooserArrangement) -> Arrangement:
    """Let what was proposed hold from now on; `actor` is not who proposed it.

    Raises NotAllowedError (their own proposal or work, or no administrator or steward of the centre; or who proposed it
    may not any more), ConflictError (decided already, or the arrangement changed meanwhile) or InvalidError (it is
    looser than the centre by now).
    """
    confirming = check_user_can_decide(session, actor.person, proposal)
    check_other_eyes(proposal.proposed_by, confirming)
    _check_open(proposal)
    check_user_can_arrange(session, proposal.proposed_by, proposal.centre, proposal.project)
    check_version(session, proposal.centre, proposal.project, proposal.version)
    lawful_level(session, proposal.centre, proposal.project, proposal.level)
    _decide(proposal, confirming, confirmed=True)
    said = Arrangement(
        centre=proposal.centre,
        project=proposal.project,
        version=proposal.version + 1,
        level=proposal.level,
        share=proposal.share,
        reason=proposal.reason,
        set_by=proposal.proposed_by,
        confirmed_by=confirming,
    )
    return keep_arrangement(session, actor, said)


def dismiss(session: Session, actor: Actor, proposal: LooserArrangement) -> None:
    """Turn a proposal down, or take one's own back: everything stays as it is.

    Raises NotAllowedError (no administrator or steward of the centre, own work) or ConflictError (decided already).
    """
    deciding = check_user_can_decide(session, actor.person, proposal)
    _check_open(proposal)
    _decide(proposal, deciding, confirmed=False)
    session.flush()
    record(session, actor, "review.dismiss", subject_of(proposal), "arrangement", level=proposal.level)


def decides_as(person: Person, centre: Centre) -> str:
    """Return the role in which `person` decides about a proposal of `centre`."""
    return (Role.STEWARD if has_role(person, Role.STEWARD, centre.id) else Role.ADMINISTRATOR).value


def user_can_confirm(session: Session, person: Person, proposal: LooserArrangement) -> bool:
    """Tell whether `person` may confirm a proposal: never who made it."""
    return is_other(proposal.proposed_by, person) and user_can_dismiss(session, person, proposal)


def user_can_dismiss(session: Session, person: Person, proposal: LooserArrangement) -> bool:
    """Tell whether `person` may turn a proposal down, or take it back."""
    try:
        check_user_can_decide(session, person, proposal)
    except NotAllowedError:
        return False
    return True


def check_user_can_decide(session: Session, person: Person | None, proposal: LooserArrangement) -> Person:
    """Return `person` when they administer the centre or are its steward, and never worked in what it is about.

    Raises NotAllowedError otherwise.
    """
    centre = proposal.centre
    is_steward = person is not None and has_role(person, Role.STEWARD, centre.id)
    if person is None or not (is_steward or user_can_administer(person, centre)):
        raise NotAllowedError(
            "no_role",
            Text(
                f"Alleen een beheerder of databeheerder van {centre.name} beslist hierover.",
                f"Only an administrator or data steward of {centre.name} decides about this.",
            ),
        )
    check_no_own_work(session, person, centre, proposal.project)
    return person


def _check_open(proposal: LooserArrangement) -> None:
    if proposal.confirmed is not None:
        raise ConflictError(
            "decided_already",
            Text("Over dit voorstel is al beslist.", "This proposal was decided on already."),
            remedy=Text("Bekijk de pagina opnieuw.", "Look at the page again."),
        )


def _decide(proposal: LooserArrangement, person: Person, *, confirmed: bool) -> None:
    proposal.confirmed, proposal.decided_by, proposal.decided_at = confirmed, person, now()

"""Checking afterwards: a random part of what the service released by itself is looked at by a checker all the same.

Which part is drawn with the entropy of the operating system inside the transaction of the release, so that nobody can
know it before, and nothing that an author can read tells it after: no state, no notice, and an audit record either way.
"""

from __future__ import annotations

import secrets as entropy

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError
from api.notices.models import NoticeKind
from api.notices.recipients import administrators_of
from api.notices.service import tell
from api.people.models import Person
from api.release.models import Release
from api.release.revocation import revoke_release
from api.requests import words
from api.requests.models import OutputRequest
from api.requests.permissions import visible_to
from api.requests.service import locked
from api.review.arrangements import share_of
from api.review.models import AfterCheck, AfterCheckResult
from api.review.permissions import user_can_review
from api.review.service import checker_of
from api.secrets import SecretStore
from output_checker.text import Text

_FINENESS = 1_000_000


def draw(session: Session, release: Release) -> None:
    """Draw whether a release that nobody saw is checked afterwards, with the share of its centre."""
    share = share_of(session, release.request.project.centre)
    drawn = entropy.randbelow(_FINENESS) < share * _FINENESS
    if drawn:
        session.add(AfterCheck(release=release))
    # Also when not drawn: else the numbers of the records would tell.
    number = f"request:{release.request.number}"
    record(session, SYSTEM, "release.draw", number, "random share of the centre", drawn=drawn, share=share)


def waiting_for(session: Session, person: Person) -> list[AfterCheck]:
    """Return the releases that wait to be checked afterwards by `person`, oldest first."""
    statement = (
        select(AfterCheck)
        .join(AfterCheck.release)
        .join(Release.request)
        .where(AfterCheck.result.is_(None), ~Release.revocation.has(), visible_to(session, person))
        .order_by(AfterCheck.id)
    )
    return [
        one for one in session.scalars(statement) if user_can_review(session, person, one.release.request)
    ]


def after_check_of(session: Session, request: OutputRequest) -> AfterCheck | None:
    """Return the check afterwards that a request was drawn for, None when it was not; for checkers' eyes only."""
    return session.scalar(select(AfterCheck).join(AfterCheck.release).where(Release.request_id == request.id))


def check_afterwards(
    session: Session,
    actor: Actor,
    secrets: SecretStore,
    request: OutputRequest,
    result: AfterCheckResult,
    comment: str,
) -> AfterCheck:
    """Say whether a release that the service settled is in order; when it is not, it is revoked at once.

    `comment` then becomes public with the revocation. Raises NotAllowedError (every reason), ConflictError (not drawn,
    checked already, or revoked meanwhile) or InvalidError (no explanation).
    """
    checker = checker_of(session, actor, request)
    locked(session, request)
    one = after_check_of(session, request)
    if one is None or one.lapsed or one.result is not None:
        raise ConflictError(
            "nothing_to_check",
            Text("Hier valt niets (meer) na te kijken.", "There is nothing to check here (any more)."),
            remedy=Text("Bekijk de aanvraag opnieuw.", "Look at the request again."),
        )
    said = words.comment(comment) if comment.strip() else ""
    if result is AfterCheckResult.NOT_IN_ORDER and not said:
        raise InvalidError(
            "comment_needed",
            Text("Leg uit wat er niet in orde is.", "Explain what is not in order."),
            field="finding",
        )
    one.result, one.comment, one.checker, one.checked_at = result, said, checker, now()
    session.flush()
    record(session, actor, "review.after_check", f"request:{request.number}", "output checker", result=result)
    if result is AfterCheckResult.NOT_IN_ORDER:
        revoke_release(session, actor, secrets, request, said)
        for administrator in administrators_of(session, request.project.centre):
            tell(session, administrator, NoticeKind.NOT_IN_ORDER, request)
    return one

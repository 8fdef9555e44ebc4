"""Saying who must see outputs: an administrator, for a centre or one of its projects; never for one's own work.

What is said is a new version with a reason. A project is at least as strict as its centre, and requests that were
submitted before keep what was asked of them then, unless it got stricter (see api/review/requirements.py).
"""

from __future__ import annotations

import math

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.access.permissions import check_user_can_administer, user_can_administer
from api.audit.service import Actor, record
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people import validation
from api.people.models import Centre, Person
from api.review.models import Arrangement
from api.review.requirements import ASKED, Level, arrangement_of, asked_by_centre
from output_checker.text import Text

LONGEST_REASON = 2000
SMALLEST_SHARE = 0.01
DEFAULT_SHARE = 0.1


def share_of(session: Session, centre: Centre) -> float:
    """Return which part (0 to 1) of what the service releases by itself is checked afterwards at a centre.

    A share that makes no sense means everything: closed on doubt.
    """
    said = arrangement_of(session, centre)
    if said is None or said.share is None:
        return DEFAULT_SHARE
    return said.share if SMALLEST_SHARE <= said.share <= 1 else 1.0


def arrangements_of(session: Session, centre: Centre) -> list[Arrangement]:
    """Return everything that was ever said for a centre and its projects, newest first."""
    statement = select(Arrangement).where(Arrangement.centre_id == centre.id)
    return list(session.scalars(statement.order_by(Arrangement.id.desc())))


def arrange(
    session: Session,
    actor: Actor,
    centre: Centre,
    project: Project | None,
    *,
    level: str,
    share: float | None,
    reason: str,
    version: int,
) -> Arrangement:
    """Say who must see the outputs of `centre`, or of its `project`, from now on.

    `share` (0.01 to 1) is for centres only, `version` that of what is replaced (0: nothing was said yet). Raises
    NotAllowedError (no administrator, or works in it), ConflictError (changed meanwhile) or InvalidError (unknown or
    looser than the centre, share, reason).
    """
    administrator = check_user_can_arrange(session, actor.person, centre, project)
    before = arrangement_of(session, centre, project)
    if version != (before.version if before else 0):
        raise ConflictError(
            "changed_meanwhile",
            Text("Deze afspraak is intussen veranderd.", "This arrangement changed in the meantime."),
            field="version",
            remedy=Text("Bekijk de pagina opnieuw.", "Look at the page again."),
        )
    why = validation.line(reason, "reason", LONGEST_REASON)
    said = Arrangement(
        centre=centre,
        project=project,
        version=version + 1,
        level=_level(session, centre, project, level).value,
        share=None if project else _share(share),
        reason=why,
        set_by=administrator,
    )
    session.add(said)
    session.flush()
    subject = f"project:{project.slug}" if project else f"centre:{centre.slug}"
    facts = {"level": said.level, "share": said.share, "version": said.version}
    record(session, actor, "review.arrange", subject, why, before=before.level if before else None, **facts)
    return said


def user_can_arrange(
    session: Session, person: Person | None, centre: Centre, project: Project | None = None
) -> bool:
    """Tell whether `person` may say who must see outputs of `centre`, or of its `project`."""
    return user_can_administer(person, centre) and not _works_in(session, person, centre, project)


def check_user_can_arrange(
    session: Session, person: Person | None, centre: Centre, project: Project | None = None
) -> Person:
    """Return `person` when they administer `centre` and never worked in `project` (None: any of the centre).

    Raises NotAllowedError otherwise.
    """
    administrator = check_user_can_administer(person, centre)
    if _works_in(session, administrator, centre, project):
        raise NotAllowedError(
            "own_work",
            Text(
                "U werkt of werkte zelf in een project waarover dit gaat.",
                "You work or worked yourself in a project that this is about.",
            ),
            remedy=Text("Vraag een andere beheerder.", "Ask another administrator."),
        )
    return administrator


def _works_in(session: Session, person: Person | None, centre: Centre, project: Project | None) -> bool:
    if person is None:
        return False
    where = Project.id == project.id if project else Project.centre_id == centre.id
    grants = select(Grant.id).join(Grant.project).where(Grant.person_id == person.id, where)
    return session.scalar(grants.limit(1)) is not None


def _level(session: Session, centre: Centre, project: Project | None, level: str) -> Level:
    if level not in set(Level):
        raise InvalidError("bad_level", Text("Kies wie meekijkt.", "Choose who looks."), field="level")
    chosen = Level(level)
    if project and not ASKED[chosen].is_at_least_as_strict_as(asked_by_centre(session, centre)):
        raise InvalidError(
            "looser_than_centre",
            Text(
                f"Dit is ruimer dan wat {centre.name} vraagt.",
                f"This is looser than what {centre.name} asks.",
            ),
            field="level",
            remedy=Text(
                "Een project mag alleen strenger zijn dan zijn centrum.",
                "A project may only be stricter than its centre.",
            ),
        )
    return chosen


def _share(share: float | None) -> float:
    if share is None or not math.isfinite(share) or not SMALLEST_SHARE <= share <= 1:
        raise InvalidError(
            "bad_share",
            Text("Kies een deel van 1 tot 100 %.", "Choose a share of 1 to 100 %."),
            field="share",
        )
    return share

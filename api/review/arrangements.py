"""Saying who must see outputs: an administrator, for a centre or one of its projects; never for one's own work.

What is stricter holds at once. What is looser in any part is only proposed (see api/review/loosening.py). What is said is
a new version with a reason. A project is at least as strict as its centre, and requests that were submitted before keep
what was asked of them then, unless it got stricter (see api/review/requirements.py).
"""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.access.permissions import check_user_can_administer, user_can_administer
from api.audit.service import Actor, record
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people import validation
from api.people.models import Centre, Person
from api.review.models import Arrangement, LooserArrangement
from api.review.requirements import (
    ASKED,
    Level,
    arrangement_of,
    as_opened,
    asked_by,
    asked_by_centre,
    asked_by_project,
)
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
) -> Arrangement | LooserArrangement:
    """Say who must see the outputs of `centre`, or of its `project`, from now on; what is looser is only proposed.

    `share` (0.01 to 1) is for centres only, `version` that of what is replaced (0: nothing was said yet). Raises
    NotAllowedError (no administrator, or works in it), ConflictError (changed meanwhile, or something looser is
    proposed already) or InvalidError (unknown or looser than the centre, share, reason).
    """
    administrator = check_user_can_arrange(session, actor.person, centre, project)
    check_version(session, centre, project, version)
    said: dict[str, Any] = {
        "centre": centre,
        "project": project,
        "level": lawful_level(session, centre, project, level).value,
        "share": None if project else _share(share),
        "reason": validation.line(reason, "reason", LONGEST_REASON),
    }
    if is_looser(session, centre, project, said["level"], said["share"]):
        check_nothing_proposed(session, centre, project)
        proposed = LooserArrangement(**said, version=version, proposed_by=administrator)
        return keep_proposal(session, actor, proposed)
    return keep_arrangement(session, actor, Arrangement(**said, version=version + 1, set_by=administrator))


def is_looser(
    session: Session, centre: Centre, project: Project | None, level: str, share: float | None
) -> bool:
    """Tell whether fewer people would see outputs in any part: who looks before, or what is checked afterwards."""
    if project:
        before, after = asked_by_project(session, project), as_opened(project, asked_by(level))
    else:
        before, after = asked_by_centre(session, centre), asked_by(level)
    return not after.is_at_least_as_strict_as(before) or (
        share is not None and share < share_of(session, centre)
    )


def check_version(session: Session, centre: Centre, project: Project | None, version: int) -> None:
    """Raise ConflictError unless `version` is that of what a centre, or its project, says now."""
    before = arrangement_of(session, centre, project)
    if version != (before.version if before else 0):
        raise ConflictError(
            "changed_meanwhile",
            Text("Deze afspraak is intussen veranderd.", "This arrangement changed in the meantime."),
            field="version",
            remedy=Text("Bekijk de pagina opnieuw.", "Look at the page again."),
        )


def proposals_of(session: Session, centre: Centre) -> list[LooserArrangement]:
    """Return what is proposed for a centre and its projects and still can be confirmed, oldest first."""
    statement = select(LooserArrangement).where(
        LooserArrangement.centre_id == centre.id, LooserArrangement.confirmed.is_(None)
    )
    return [one for one in session.scalars(statement.order_by(LooserArrangement.id)) if _stands(session, one)]


def _stands(session: Session, one: LooserArrangement) -> bool:
    before = arrangement_of(session, one.centre, one.project)
    return one.version == (before.version if before else 0)


def check_nothing_proposed(session: Session, centre: Centre, project: Project | None) -> None:
    """Raise ConflictError when something looser is proposed for the same already."""
    for one in proposals_of(session, centre):
        if one.project == project:
            raise ConflictError(
                "proposed_already",
                Text("Hiervoor ligt al een voorstel.", "Something is proposed for this already."),
                field="level",
                remedy=Text(
                    "Laat dat bevestigen, of trek het in.", "Let that be confirmed, or take it back."
                ),
            )


def keep_arrangement(session: Session, actor: Actor, said: Arrangement) -> Arrangement:
    """Keep what is said from now on, with its audit record."""
    before = arrangement_of(session, said.centre, said.project)
    session.add(said)
    session.flush()
    facts = {"level": said.level, "share": said.share, "version": said.version}
    facts["proposed_by"] = said.set_by.subject if said.confirmed_by else None
    was = before.level if before else None
    record(session, actor, "review.arrange", subject_of(said), said.reason, before=was, **facts)
    return said


def keep_proposal(session: Session, actor: Actor, proposed: LooserArrangement) -> LooserArrangement:
    """Keep what is proposed, with its audit record; it says nothing yet."""
    session.add(proposed)
    session.flush()
    facts = {"level": proposed.level, "share": proposed.share, "version": proposed.version}
    record(session, actor, "review.propose", subject_of(proposed), proposed.reason, **facts)
    return proposed


def subject_of(said: Arrangement | LooserArrangement) -> str:
    """Return what something is said about, as the audit calls it."""
    return f"project:{said.project.slug}" if said.project else f"centre:{said.centre.slug}"


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
    check_no_own_work(session, administrator, centre, project)
    return administrator


def check_no_own_work(session: Session, person: Person, centre: Centre, project: Project | None) -> None:
    """Raise NotAllowedError when `person` works or worked in `project` (None: in any of the centre)."""
    if _works_in(session, person, centre, project):
        raise NotAllowedError(
            "own_work",
            Text(
                "U werkt of werkte zelf in een project waarover dit gaat.",
                "You work or worked yourself in a project that this is about.",
            ),
            remedy=Text("Vraag een andere beheerder.", "Ask another administrator."),
        )


def _works_in(session: Session, person: Person | None, centre: Centre, project: Project | None) -> bool:
    if person is None:
        return False
    where = Project.id == project.id if project else Project.centre_id == centre.id
    grants = select(Grant.id).join(Grant.project).where(Grant.person_id == person.id, where)
    return session.scalar(grants.limit(1)) is not None


def lawful_level(session: Session, centre: Centre, project: Project | None, level: str) -> Level:
    """Return the level of this name; raises InvalidError when there is none, or looser than the centre allows."""
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

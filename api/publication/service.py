"""Opening and closing the public page of a centre, and of each project in it: both must be open to show a release."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.models import Project
from api.access.permissions import check_user_can_administer
from api.audit.service import Actor, record
from api.errors import ConflictError
from api.people import validation
from api.people.models import Centre
from api.publication.models import PublicationChoice
from api.publication.queries import newest_choice
from output_checker.text import Text

LONGEST_REASON = 500


def choose(
    session: Session, actor: Actor, centre: Centre, project: Project | None, *, opened: bool, reason: str
) -> PublicationChoice:
    """Open or close the public page for `project`, or (None) for the whole of `centre`, from this transaction on.

    Opening shows what was released before too. Raises NotAllowedError (no administrator of the centre), ConflictError
    (it is so already) or InvalidError (no reason).
    """
    administrator = check_user_can_administer(actor.person, centre)
    before = newest_choice(session, centre, project)
    if opened == (before is not None and before.opened):
        raise ConflictError(
            "chosen_already",
            Text("Dit is al zo gekozen.", "This was chosen already."),
            field="opened",
            remedy=Text("Bekijk de pagina opnieuw.", "Look at the page again."),
        )
    choice = PublicationChoice(
        centre=centre,
        project=project,
        opened=opened,
        reason=validation.line(reason, "reason", LONGEST_REASON),
        chosen_by=administrator,
    )
    session.add(choice)
    session.flush()
    subject = f"project:{project.slug}" if project else f"centre:{centre.slug}"
    record(session, actor, f"publication.{'open' if opened else 'close'}", subject, choice.reason)
    return choice

"""Who may review a request: an output checker of its centre, who never worked in its project and did not make it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.decision import Door, check_access, decide
from api.access.models import Project
from api.errors import NotAllowedError
from api.people.models import Person
from api.requests.models import OutputRequest
from output_checker.text import Text


def user_can_review(session: Session, person: Person, request: OutputRequest) -> bool:
    """Tell whether `person` may review `request` now, whatever its state."""
    return person.id != request.author_id and user_can_review_in(session, person, request.project)


def user_can_review_in(session: Session, person: Person, project: Project) -> bool:
    """Tell whether `person` may review what others ask in `project` now: the same for all of it."""
    return decide(session, Door.REVIEW, person, project).allowed


def check_user_can_review(session: Session, person: Person, request: OutputRequest) -> None:
    """Raise NotAllowedError with every reason unless `person` may review `request` now."""
    if person.id == request.author_id:
        raise NotAllowedError(
            "own_request",
            Text("Niemand beoordeelt de eigen aanvraag.", "Nobody reviews their own request."),
            remedy=Text("Laat dit over aan een ander.", "Leave this to somebody else."),
        )
    check_access(session, Door.REVIEW, person, request.project)

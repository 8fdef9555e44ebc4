"""Who may fetch what was released: its author and those who may work in its project, now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.decision import Door, check_access, decide
from api.errors import NotAllowedError
from api.people.models import Person
from api.requests.models import OutputRequest, RequestState
from output_checker.text import Text


def user_can_download(session: Session, person: Person, request: OutputRequest) -> bool:
    """Tell whether `request` is released and `person` may fetch its files and receipt now."""
    released = request.state is RequestState.RELEASED
    return released and decide(session, Door.DOWNLOAD, person, request.project).allowed


def check_user_can_download(session: Session, person: Person, request: OutputRequest) -> None:
    """Raise NotAllowedError with every reason unless `person` may fetch the files of `request` now."""
    check_access(session, Door.DOWNLOAD, person, request.project)
    if request.state is RequestState.REVOKED:
        raise NotAllowedError(
            "revoked",
            Text("Deze vrijgave is ingetrokken.", "This release was revoked."),
            remedy=Text("Gebruik de cijfers niet meer.", "Do not use its figures any more."),
        )
    if request.state is not RequestState.RELEASED:
        raise NotAllowedError(
            "not_released",
            Text("Deze aanvraag is niet vrijgegeven.", "This request was not released."),
            remedy=Text(
                "Wacht tot de outputcontroleurs hebben beslist.",
                "Wait until the output checkers have decided.",
            ),
        )

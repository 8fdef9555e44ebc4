"""Who may fetch what was released (its author and those who may work in its project, now), and who may take it back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, check_access, decide
from api.errors import ConflictError, GoneError, NotAllowedError
from api.people.models import Person, Role
from api.people.roles import has_role
from api.release.models import Release, Revocation
from api.requests.models import OutputRequest, RequestState
from output_checker.text import Text


def user_can_download(session: Session, person: Person, request: OutputRequest) -> bool:
    """Tell whether `request` is released and `person` may fetch its files and receipt now."""
    released = request.state is RequestState.RELEASED
    return released and decide(session, Door.DOWNLOAD, person, request.project).allowed


def check_user_can_download(session: Session, person: Person, request: OutputRequest) -> None:
    """Raise an error unless `person` may fetch the files of `request` now.

    NotAllowedError names every reason, GoneError why the release was revoked.
    """
    check_access(session, Door.DOWNLOAD, person, request.project)
    if request.state is RequestState.REVOKED:
        raise _gone(session, request)
    if request.state is not RequestState.RELEASED:
        raise NotAllowedError(
            "not_released",
            Text("Deze aanvraag is niet vrijgegeven.", "This request was not released."),
            remedy=Text(
                "Wacht tot de outputcontroleurs hebben beslist.",
                "Wait until the output checkers have decided.",
            ),
        )


def user_can_revoke(session: Session, person: Person, request: OutputRequest) -> bool:
    """Tell whether `request` is released and `person` may revoke it now."""
    released = request.state is RequestState.RELEASED and person.id != request.author_id
    return released and decide(session, Door.REVOKE, person, request.project).allowed


def check_user_can_revoke(session: Session, person: Person | None, request: OutputRequest) -> Person:
    """Return `person` when they may revoke the release of `request` now.

    An output checker or administrator of its centre may, who never worked in its project. Raises NotAllowedError (every
    reason; nobody revokes their own) or ConflictError (it is not released).
    """
    check_access(session, Door.REVOKE, person, request.project)
    if person is None or person.id == request.author_id:
        raise NotAllowedError(
            "own_request",
            Text("Niemand trekt de eigen vrijgave in.", "Nobody revokes their own release."),
            remedy=Text(
                "Vraag een outputcontroleur of beheerder.", "Ask an output checker or an administrator."
            ),
        )
    if request.state is not RequestState.RELEASED:
        raise ConflictError(
            "nothing_to_revoke",
            Text("Deze aanvraag is niet (meer) vrijgegeven.", "This request is not released (any more)."),
            remedy=Text("Bekijk de aanvraag opnieuw.", "Look at the request again."),
        )
    return person


def revokes_as(person: Person, request: OutputRequest) -> str:
    """Return the role in which `person` would revoke: an administrator of the centre acts as such, else a checker."""
    is_administrator = has_role(person, Role.ADMINISTRATOR, request.project.centre_id)
    return (Role.ADMINISTRATOR if is_administrator else Role.CHECKER).value


def _gone(session: Session, request: OutputRequest) -> GoneError:
    revocation = session.scalars(
        select(Revocation).join(Revocation.release).where(Release.request_id == request.id)
    ).one()
    return GoneError(
        "revoked",
        Text(
            f"Deze vrijgave is ingetrokken: {revocation.reason}",
            f"This release was revoked: {revocation.reason}",
        ),
        remedy=Text("Gebruik de cijfers niet meer.", "Do not use its figures any more."),
    )

"""Who is told of a step of an application: whoever may decide next, or its applicant of what was decided."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from api.applications.models import ApplicationState, ApplicationVersion
from api.applications.permissions import user_can_decide
from api.applications.states import APPROVERS, STATE_OWNERS
from api.notices.models import NoticeKind
from api.notices.recipients import in_office
from api.notices.service import tell

_TO_APPLICANT: Final[dict[ApplicationState, NoticeKind]] = {
    ApplicationState.RETURNED: NoticeKind.APPLICATION_RETURNED,
    ApplicationState.APPROVED: NoticeKind.APPLICATION_APPROVED,
    ApplicationState.REJECTED: NoticeKind.APPLICATION_REJECTED,
}


def tell_of_step(session: Session, version: ApplicationVersion) -> None:
    """Tell whom the step concerns that brought `version` to its present state; their own withdrawal nobody."""
    application = version.application
    if kind := _TO_APPLICANT.get(version.state):
        tell(session, application.applicant, kind, application=application)
    if role := APPROVERS.get(STATE_OWNERS[version.state]):
        for person in in_office(session, role, application.centre):
            if user_can_decide(session, person, version):
                tell(session, person, NoticeKind.APPLICATION_WAITING, application=application)

"""Why a release takes longer than it should, in words for who waits for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.jobs.models import Job
from api.jobs.service import DISK_FULL, JobKind, key_of
from api.requests.models import OutputRequest, RequestState
from api.review.settling import is_approved_by_policy
from output_checker.text import Text

NO_ROOM = Text(
    "De bestanden zijn nog niet geschreven: de schijf van de dienst is vol. De dienst probeert het vanzelf opnieuw; "
    "er gaat niets verloren en u hoeft niets te doen.",
    "The files are not written yet: the disk of the service is full. The service tries again by itself; nothing is "
    "lost and you need not do anything.",
)
FAILED_ONCE = Text(
    "Het schrijven van de bestanden is nog niet gelukt. De dienst probeert het vanzelf opnieuw; u hoeft niets te doen.",
    "Writing the files did not succeed yet. The service tries again by itself; you need not do anything.",
)


def delay_of(session: Session, request: OutputRequest) -> Text | None:
    """Return why the files of an approved request are not there yet, None when nothing went wrong."""
    if request.state is not RequestState.APPROVED:
        return None
    kind = JobKind.RELEASE_UNSEEN if is_approved_by_policy(request) else JobKind.RELEASE
    key = key_of(kind, request.id, request.round)
    error = session.scalar(select(Job.last_error).where(Job.key == key))
    if error is None:
        return None
    return NO_ROOM if error == DISK_FULL else FAILED_ONCE

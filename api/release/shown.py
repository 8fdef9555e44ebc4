"""What the page of a request shows of its release: the files for who may have them, and how the release ended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.people.models import Person
from api.release.models import Release, ReleasedFile, Revocation
from api.release.permissions import user_can_download, user_can_revoke
from api.requests.models import OutputRequest


@dataclass(frozen=True)
class ShownRelease:
    """The files that the reader may download now, the revocation if there was one, and whether the reader may revoke."""

    record_sha256: str
    files: list[ReleasedFile]
    revocation: Revocation | None
    may_revoke: bool


def shown_release(session: Session, person: Person, request: OutputRequest) -> ShownRelease | None:
    """Return the release of `request` as `person` sees it, None when nothing was released."""
    release = session.scalar(select(Release).where(Release.request_id == request.id))
    if release is None:
        return None
    files = release.files if user_can_download(session, person, request) else []
    may_revoke = user_can_revoke(session, person, request)
    return ShownRelease(release.record_sha256, files, release.revocation, may_revoke)

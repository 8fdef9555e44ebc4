"""What was uploaded from a sandbox: admitted within quotas, kept by content, found by who uploaded it where.

Content of another project, or of a colleague, is as unknown as content that nobody has: nothing here tells whether
somebody else holds some bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.decision import Door, check_access
from api.access.models import Project, Sandbox
from api.audit.service import Actor, record
from api.db import now
from api.errors import NotFoundError, TooLargeError, TooManyRequestsError, UnavailableError
from api.files import move_into_place
from api.people.models import Person
from api.settings import Settings
from api.uploads.models import Upload, UploadUse
from api.uploads.streaming import Received
from output_checker.text import Text

_DAY = dt.timedelta(days=1)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AGAIN = Text("Upload het opnieuw vanuit de werkomgeving.", "Upload it again from the sandbox.")


def place_of(settings: Settings, project: Project) -> Path:
    """Return where the uploads of a project are, whether or not there are any."""
    return settings.directory("uploads") / str(project.id)


def directory_of(settings: Settings, project: Project) -> Path:
    """Return the directory with the uploads of a project, made when absent, closed to other users."""
    path = place_of(settings, project)
    path.mkdir(exist_ok=True, mode=0o700)
    return path


def path_of(settings: Settings, upload: Upload) -> Path:
    """Return where the content of an upload is kept; the name holds nothing that a sandbox chose."""
    return directory_of(settings, upload.project) / upload.sha256


def admit(session: Session, settings: Settings, sandbox: Sandbox, size: int) -> None:
    """Check that a body of `size` bytes may come in now; changes nothing.

    Raises NotAllowedError (every unmet condition), TooLargeError or TooManyRequestsError (a quota is used up).
    """
    person, project = sandbox.grant.person, sandbox.grant.project
    check_access(session, Door.SUBMIT, person, project)
    if size > settings.upload_bytes:
        raise TooLargeError(
            "too_large",
            Text(
                f"Eén upload mag hoogstens {settings.upload_bytes} bytes zijn.",
                f"One upload may have {settings.upload_bytes} bytes at most.",
            ),
        )
    mine = (Upload.project_id == project.id, Upload.person_id == person.id)
    recent = (Upload.person_id == person.id, Upload.uploaded_at > now() - _DAY)
    if _count(session, recent) >= settings.uploads_per_day:
        raise _used_up("uploads_per_day", "U heeft vandaag te veel geüpload.", "You uploaded too much today.")
    if _held(session, mine) + size > settings.uploads_held_bytes:
        raise _used_up("uploads_held", "Uw ruimte voor uploads is vol.", "Your room for uploads is used up.")
    if _held(session, (Upload.project_id == project.id,)) + size > settings.uploads_project_bytes:
        raise _used_up(
            "uploads_held",
            "De ruimte voor uploads van dit project is vol.",
            "The room for uploads of this project is used up.",
        )


def keep(
    session: Session, actor: Actor, settings: Settings, sandbox: Sandbox, received: Received
) -> tuple[Upload, bool]:
    """Give a received body its place and its row, and return the row and whether it is new; the same again is no news.

    Raises what `admit` raises: the quotas hold for bodies that come in at the same moment too.
    """
    person, project = sandbox.grant.person, sandbox.grant.project
    there = _find(session, project, person, received.sha256)
    if there is None:
        admit(session, settings, sandbox, received.bytes)
    upload = there or Upload(project=project, person=person, sha256=received.sha256, bytes=received.bytes)
    upload.uploaded_at = now()
    session.add(upload)
    session.flush()
    # Inside the transaction, whose lock the garbage collection takes too: it never meets a file without its row.
    # A file that is there already is replaced by the same content, which mends one that was damaged.
    move_into_place(received.path, path_of(settings, upload))
    if there is None:
        about = {"sha256": upload.sha256, "bytes": upload.bytes}
        record(session, actor, "upload.keep", f"project:{project.slug}", "within the quotas", **about)
    return upload, there is None


def find(session: Session, project: Project, person: Person, sha256: str) -> Upload:
    """Return what `person` uploaded in `project` with this sha256.

    Raises NotFoundError, also when it is no sha256 at all, or somebody else's.
    """
    upload = _find(session, project, person, sha256) if _SHA256.fullmatch(sha256) else None
    if upload is None:
        raise NotFoundError(
            "unknown_upload",
            Text("Deze inhoud is niet (meer) geüpload.", "This content is not uploaded (any more)."),
            remedy=_AGAIN,
        )
    return upload


def open_upload(settings: Settings, upload: Upload) -> BinaryIO:
    """Return the content of an upload, opened for reading at its begin, after its sha256 was found to be right.

    Raises UnavailableError when it is gone or altered.
    """
    try:
        file = os.fdopen(os.open(path_of(settings, upload), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except OSError as gone:
        raise _damaged() from gone
    if hashlib.file_digest(file, "sha256").hexdigest() != upload.sha256:
        file.close()
        raise _damaged()
    file.seek(0)
    return file


def use(session: Session, upload: Upload, request_id: int) -> None:
    """Say that a request refers to an upload, so that it is kept; saying it again changes nothing."""
    told = select(UploadUse.id).where(UploadUse.upload_id == upload.id, UploadUse.request_id == request_id)
    if session.scalar(told) is None:
        session.add(UploadUse(upload=upload, request_id=request_id))
        session.flush()


def uses_of(session: Session, request_id: int) -> list[Upload]:
    """Return the uploads that a request refers to, oldest reference first."""
    chosen = select(UploadUse).where(UploadUse.request_id == request_id).order_by(UploadUse.id)
    return [use.upload for use in session.scalars(chosen)]


def _find(session: Session, project: Project, person: Person, sha256: str) -> Upload | None:
    return session.scalar(
        select(Upload).where(
            Upload.project_id == project.id, Upload.person_id == person.id, Upload.sha256 == sha256
        )
    )


def _count(session: Session, which: tuple[Any, ...]) -> int:
    return session.scalar(select(func.count()).select_from(Upload).where(*which)) or 0


def _held(session: Session, which: tuple[Any, ...]) -> int:
    return session.scalar(select(func.sum(Upload.bytes)).where(*which)) or 0


def _used_up(code: str, nl: str, en: str) -> TooManyRequestsError:
    later = Text(
        "Wat geen aanvraag nodig heeft wordt na enkele dagen verwijderd; probeer het dan opnieuw.",
        "What no request needs is removed after some days; try again then.",
    )
    return TooManyRequestsError(code, Text(nl, en), remedy=later)


def _damaged() -> UnavailableError:
    return UnavailableError(
        "upload_damaged",
        Text("De geüploade inhoud is weg of veranderd.", "The uploaded content is gone or was altered."),
        remedy=_AGAIN,
    )

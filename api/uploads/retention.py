"""What becomes of uploads: those that a request needs stay, the others go after some days."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.jobs.models import Job
from api.jobs.service import JobKind, enqueue, key_of
from api.requests.models import OutputRequest, RequestState
from api.settings import Settings
from api.uploads.models import Upload, UploadUse
from api.uploads.service import directory_of, path_of

LEFTOVER_SECONDS = 24 * 3600.0
"""A file that never got its row was of an upload that broke off; none takes as long as this."""

EVERYTHING = 0
"""What the job is about: no single thing."""

NEEDLESS = (RequestState.WITHDRAWN, RequestState.REJECTED)
"""Requests that end without a release: nothing will be recomputed for them."""


def queue_tidying_when_due(database: Database) -> None:
    """Ask for the tidying of today, unless that was done."""
    day = now().toordinal()
    with database.reading() as session:
        if session.scalar(select(Job.id).where(Job.key == key_of(JobKind.TIDY, EVERYTHING, day))) is not None:
            return
    with database.transaction() as session:
        enqueue(session, JobKind.TIDY, EVERYTHING, day)


def give_up_tidying(_session: Session, _subject_id: int) -> None:
    """Leave it: nobody waits for it, and tomorrow it is tried again."""


def tidy_uploads(database: Database, settings: Settings, _subject_id: int = EVERYTHING) -> None:
    """Remove uploads that no request needs, and leftovers of broken ones.

    One transaction for each project: uploads of the others go on meanwhile.
    """
    with database.reading() as session:
        projects = session.scalars(select(Project.id).order_by(Project.id)).all()
    for project_id in projects:
        with database.transaction() as session:
            _tidy(session, settings, session.get_one(Project, project_id))


def _tidy(session: Session, settings: Settings, project: Project) -> None:
    needless = _needless(session, settings, project)
    paths = {path_of(settings, upload) for upload in needless}
    for upload in needless:
        about = {"sha256": upload.sha256, "bytes": upload.bytes}
        record(session, SYSTEM, "upload.drop", f"project:{project.slug}", "no request needs it", **about)
        for use in session.scalars(select(UploadUse).where(UploadUse.upload_id == upload.id)):
            session.delete(use)
        session.flush()
        session.delete(upload)
    session.flush()
    kept = set(session.scalars(select(Upload.sha256).where(Upload.project_id == project.id)))
    # Last, under the lock that `keep` takes: what is removed here is nobody's by now.
    for path in paths | set(_leftovers(directory_of(settings, project), kept)):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _needless(session: Session, settings: Settings, project: Project) -> list[Upload]:
    needed = exists().where(
        UploadUse.upload_id == Upload.id,
        UploadUse.request_id == OutputRequest.id,
        OutputRequest.state.not_in(NEEDLESS),
    )
    before = now() - dt.timedelta(days=settings.upload_days)
    chosen = select(Upload).where(Upload.project_id == project.id, Upload.uploaded_at < before, ~needed)
    return list(session.scalars(chosen.order_by(Upload.id)))


def _leftovers(directory: Path, kept: set[str]) -> list[Path]:
    before = time.time() - LEFTOVER_SECONDS
    return [path for path in directory.iterdir() if path.name not in kept and path.lstat().st_mtime < before]

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
from api.requests.models import OutputRequest, RequestState
from api.settings import Settings
from api.uploads.models import Upload, UploadUse
from api.uploads.service import directory_of, path_of

LEFTOVER_SECONDS = 24 * 3600.0
"""A file that never got its row was of an upload that broke off; none takes as long as this."""

NEEDLESS = (RequestState.WITHDRAWN, RequestState.REJECTED)
"""Requests that end without a release: nothing will be recomputed for them."""


def tidy_uploads(database: Database, settings: Settings) -> int:
    """Remove uploads that no request needs and leftovers of broken ones; return how many uploads went.

    One transaction for each project: uploads of the others go on meanwhile.
    """
    with database.reading() as session:
        projects = session.scalars(select(Project.id).order_by(Project.id)).all()
    gone = 0
    for project_id in projects:
        with database.transaction() as session:
            gone += _tidy(session, settings, session.get_one(Project, project_id))
    return gone


def _tidy(session: Session, settings: Settings, project: Project) -> int:
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
    return len(needless)


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

"""What becomes of what was kept of inspected files: what a request needs stays, the rest goes after some days."""

from __future__ import annotations

import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.db import Database
from api.files import drop_leftovers
from api.inspection.store import DIRECTORY
from api.requests.models import Output, OutputRequest
from api.settings import Settings
from api.uploads.retention import NEEDLESS

_DAY = 24 * 3600.0


def tidy_inspected(database: Database, settings: Settings) -> None:
    """Remove what people saw of files, and bytes that may leave, of which no request has any more need.

    Storing the same again makes it young again, so that nothing goes that a judgement under way has just kept.
    """
    directory = settings.directory(DIRECTORY)
    drop_leftovers(directory)
    before = time.time() - settings.upload_days * _DAY
    old = {path.name: path for path in directory.glob("[!.]*") if path.lstat().st_mtime < before}
    if not old:
        return
    # Under the lock that verdicts wait for: what is needless now stays so until it is gone.
    with database.transaction() as session:
        needless = sorted(old.keys() - _needed(session))
        if needless:
            kept_for = f"kept for {settings.upload_days} days"
            record(session, SYSTEM, "retention.forget", "inspected files", kept_for, files=len(needless))
        for name in needless:
            old[name].unlink(missing_ok=True)


def _needed(session: Session) -> set[str]:
    """The digests of all that a request refers to which may still be looked at or released."""
    files = (Output.verdict["file"][name].as_string() for name in ("leaves", "shown"))
    chosen = select(*files).join(Output.request)
    found = session.execute(
        chosen.where(Output.dataset_version_id.is_(None), OutputRequest.state.not_in(NEEDLESS))
    )
    return {digest for row in found for digest in row if digest}

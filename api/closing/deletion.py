"""Deleting what people worked on in a closed project, with proof: counted first, then removed, stated when all is gone.

The workplace counts and removes homes, which are its own; a job removes what the service keeps. Each step is kept before
the next begins, so that a kill at any line costs nothing but doing the same again. What cannot be removed is told to
administrators, and tried again each day; until it is gone there is no statement.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, joinedload

from api.access.models import Project
from api.audit.chain import canonical
from api.audit.service import SYSTEM, record
from api.closing import files
from api.closing.files import OWN, Kind
from api.closing.models import Closing, Deletion
from api.closing.service import is_unsettled, settle_ended
from api.closing.statement import statement_of
from api.db import Database, now
from api.errors import ConflictError, NotFoundError
from api.jobs.models import Job
from api.jobs.service import JobKind, enqueue, key_of
from api.notices.models import NoticeKind
from api.notices.recipients import administrators_of
from api.notices.service import tell
from api.release.record import sha256, sign
from api.release.statement import make_document
from api.secrets import SecretStore
from api.settings import Settings
from api.uploads.models import Upload, UploadUse
from output_checker.text import Text

BECAUSE: Final = "the time to keep it is over"
FAILED: Final = "the job failed"
AT_ONCE: Final = 0
"""The round of the job that follows as soon as the homes are gone; the others are called by the day."""


def tend_closings(database: Database, settings: Settings) -> None:
    """Close what ended, begin the deletions that are due, and have unfinished ones tried again each day."""
    with database.reading() as session:
        if not (is_unsettled(session) or _due(session) or _waiting(session)):
            return
    with database.transaction() as session:
        settle_ended(session, settings)
        for closing in _due(session):
            _begin(session, closing)
        for deletion in _waiting(session):
            enqueue(session, JobKind.DELETE, deletion.closing_id, now().toordinal())


def _begin(session: Session, closing: Closing) -> None:
    """From here on nobody opens the project again."""
    closing.deletion = Deletion()
    closing.project.closed_at = closing.project.closed_at or now()
    session.flush()
    record(session, SYSTEM, "deletion.begin", _name(closing.project), BECAUSE)


def homes_to_remove(session: Session) -> Sequence[Deletion]:
    """Return the deletions whose homes are still there, oldest first."""
    return session.scalars(_unfinished().where(Deletion.homes_removed_at.is_(None))).all()


def note_counted(session: Session, slug: str, homes: list[dict[str, Any]]) -> None:
    """Keep what the workplace found in the homes of a project; what was kept first stays.

    Raises NotFoundError when nothing of that project is being deleted.
    """
    deletion = _of(session, slug)
    if deletion.homes is None:
        deletion.homes = homes
        session.flush()
        record(session, SYSTEM, "deletion.count", f"project:{slug}", Kind.HOMES, counted=homes)


def note_removed(session: Session, slug: str) -> None:
    """Keep that the homes of a project are gone, and have the service remove its part.

    Raises NotFoundError (nothing of that project is being deleted) or ConflictError (they were never counted).
    """
    deletion = _of(session, slug)
    if deletion.homes is None:
        message = Text("Er is nog niet geteld.", "Nothing was counted yet.")
        raise ConflictError("not_counted", message)
    deletion.homes_removed_at = deletion.homes_removed_at or now()
    session.flush()
    enqueue(session, JobKind.DELETE, deletion.closing_id, AT_ONCE)


def note_problem(session: Session, slug: str, why: str, kept: int) -> None:
    """Keep why something could not be removed; administrators hear it when it is news.

    Raises NotFoundError when nothing of that project is being deleted.
    """
    deletion = _of(session, slug)
    if (deletion.problem, deletion.kept) == (why, kept):
        return
    deletion.problem, deletion.problem_at, deletion.kept = why, now(), kept
    session.flush()
    record(session, SYSTEM, "deletion.fail", f"project:{slug}", why, kept=kept)
    for person in administrators_of(session, deletion.closing.project.centre):
        tell(session, person, NoticeKind.DELETION_FAILED)


def delete_files(database: Database, settings: Settings, secrets: SecretStore, closing_id: int) -> None:
    """Remove what the service keeps of a project, and state the deletion when the homes are gone too.

    Again and again does no harm.
    """
    with database.reading() as session:
        deletion = session.get_one(Deletion, closing_id)
        finished, slug = deletion.finished_at is not None, deletion.closing.project.slug
    if finished:
        return
    try:
        for kind in OWN:
            _count(database, settings, closing_id, kind)
            with database.reading() as session:
                files.remove(session, settings, _project(session, closing_id), kind)
    except OSError as error:
        with database.transaction() as session:
            note_problem(session, slug, error.strerror or type(error).__name__, 1)
        return
    with database.transaction() as session:
        _conclude(session, secrets, session.get_one(Deletion, closing_id))


def give_up_deletion(session: Session, closing_id: int) -> None:
    """Tell that the job failed; tomorrow it is tried again."""
    if session.get_one(Deletion, closing_id).finished_at is None:
        note_problem(session, _project(session, closing_id).slug, FAILED, 0)


def statement_document(deletion: Deletion, secrets: SecretStore) -> dict[str, Any] | None:
    """Return the signed statement as it is handed out; None as long as not everything is gone."""
    if deletion.statement is None or deletion.signature is None:
        return None
    key = secrets.audit_key().public_key()
    return make_document(json.loads(deletion.statement), deletion.signature, key)


def unfinished_deletions(session: Session) -> Sequence[Deletion]:
    """Return the deletions that have begun and are not stated, oldest first."""
    return session.scalars(_unfinished()).all()


def _count(database: Database, settings: Settings, closing_id: int, kind: Kind) -> None:
    """Keep what there is of one kind before anything of it goes; reading it holds nobody up."""
    with database.reading() as session:
        if _is_counted(session.get_one(Deletion, closing_id), kind):
            return
        found = files.counted(session, settings, _project(session, closing_id), kind)
    with database.transaction() as session:
        deletion = session.get_one(Deletion, closing_id)
        if not _is_counted(deletion, kind):
            deletion.files = [*(deletion.files or ()), found]
            session.flush()
            record(session, SYSTEM, "deletion.count", _name(deletion.closing.project), kind, counted=[found])


def _is_counted(deletion: Deletion, kind: Kind) -> bool:
    return any(one["what"] == kind for one in deletion.files or ())


def _conclude(session: Session, secrets: SecretStore, deletion: Deletion) -> None:
    if deletion.finished_at is not None or deletion.homes_removed_at is None:
        return
    project = deletion.closing.project
    _forget_uploads(session, project)
    deletion.finished_at, deletion.problem, deletion.problem_at, deletion.kept = now(), None, None, 0
    statement = canonical(_statement(deletion))
    deletion.statement, deletion.signature = statement, sign(statement, secrets.audit_key())
    session.flush()
    told = {"statement": json.loads(statement), "statement_sha256": sha256(statement.encode())}
    record(session, SYSTEM, "project.delete", _name(project), BECAUSE, **told)
    for person in administrators_of(session, project.centre):
        tell(session, person, NoticeKind.PROJECT_DELETED)


def _statement(deletion: Deletion) -> dict[str, Any]:
    closing, project = deletion.closing, deletion.closing.project
    moments = {
        "closed_at": closing.closed_at,
        "delete_after": closing.delete_after,
        "begun_at": deletion.begun_at,
        "finished_at": deletion.finished_at,
    }
    return statement_of(
        {"slug": project.slug, "number": project.number, "centre": project.centre.slug},
        {name: moment.isoformat() for name, moment in moments.items() if moment},
        [*(deletion.homes or ()), *(deletion.files or ())],
    )


def _forget_uploads(session: Session, project: Project) -> None:
    uploads = select(Upload.id).where(Upload.project_id == project.id)
    session.execute(delete(UploadUse).where(UploadUse.upload_id.in_(uploads)))
    session.execute(delete(Upload).where(Upload.project_id == project.id))


def _due(session: Session) -> Sequence[Closing]:
    """Closings whose time is over, and which still hold: a project may have been extended a moment ago."""
    moment = now()
    query = (
        select(Closing)
        .join(Closing.project)
        .where(Closing.lifted_at.is_(None), Closing.delete_after <= moment, ~Closing.deletion.has())
        .where(Project.closed_at.is_not(None) | (Project.valid_until <= moment))
    )
    return session.scalars(query.order_by(Closing.id)).all()


def _waiting(session: Session) -> Sequence[Deletion]:
    """Unfinished deletions for which the job of today was not asked for."""
    unfinished, day = unfinished_deletions(session), now().toordinal()
    keys = {one.closing_id: key_of(JobKind.DELETE, one.closing_id, day) for one in unfinished}
    asked = set(session.scalars(select(Job.key).where(Job.key.in_(keys.values()))))
    return [one for one in unfinished if keys[one.closing_id] not in asked]


def _of(session: Session, slug: str) -> Deletion:
    found = session.scalar(
        _unfinished().where(Deletion.closing.has(Closing.project.has(Project.slug == slug)))
    )
    if found is None:
        raise NotFoundError(
            "no_deletion",
            Text("Van dit project wordt niets verwijderd.", "Nothing of this project is being deleted."),
        )
    return found


def _unfinished() -> Select[Deletion]:
    loaded = joinedload(Deletion.closing).joinedload(Closing.project)
    return (
        select(Deletion).where(Deletion.finished_at.is_(None)).options(loaded).order_by(Deletion.closing_id)
    )


def _project(session: Session, closing_id: int) -> Project:
    return session.get_one(Closing, closing_id).project


def _name(project: Project) -> str:
    return f"project:{project.slug}"

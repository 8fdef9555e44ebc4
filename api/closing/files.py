"""What the service itself keeps of a project's work: uploads, what was inspected of them, and views of the data.

Everything here is in directories that only the service writes; homes are the workplace's, which removes them itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.chain import canonical
from api.catalogue import views
from api.files import sync_directory
from api.inspection.store import DIRECTORY as INSPECTED
from api.requests.models import Output, OutputRequest
from api.settings import Settings
from api.uploads import service as uploads


class Kind(StrEnum):
    """What is deleted of a project."""

    HOMES = "homes"
    UPLOADS = "uploads"
    INSPECTED = "inspected"
    VIEWS = "views"


OWN = (Kind.UPLOADS, Kind.INSPECTED, Kind.VIEWS)
"""What the service removes itself, in this order."""


def counted(session: Session, settings: Settings, project: Project, kind: Kind) -> dict[str, Any]:
    """Return what there is of one kind: how many files and bytes, and the sha256 of the canonical JSON ``{"files": list}``.

    The list is sorted by path: path below its directory, size in bytes, sha256 of the content. Raises OSError when
    something cannot be read.
    """
    listed = [_listed(root, path) for root, path in _all(session, settings, project, kind)]
    sha256 = hashlib.sha256(canonical({"files": listed}).encode()).hexdigest()
    return {
        "what": kind.value,
        "files": len(listed),
        "bytes": sum(one[1] for one in listed),
        "sha256": sha256,
    }


def remove(session: Session, settings: Settings, project: Project, kind: Kind) -> None:
    """Remove what there is of one kind; what is gone already is no news.

    Raises OSError when something cannot be removed.
    """
    if kind is Kind.INSPECTED:
        for _, path in _all(session, settings, project, kind):
            path.unlink(missing_ok=True)
        sync_directory(settings.directory(INSPECTED))
        return
    directory = _directory(settings, project, kind)
    for place, _, _ in os.walk(directory):
        Path(place).chmod(stat.S_IRWXU)  # Views are read-only.
    if directory.exists():
        shutil.rmtree(directory)
    sync_directory(directory.parent)


def _all(session: Session, settings: Settings, project: Project, kind: Kind) -> Iterator[tuple[Path, Path]]:
    """Each file with the directory that its path is told from."""
    if kind is Kind.INSPECTED:
        root = settings.directory(INSPECTED)
        paths = [root / digest for digest in sorted(_inspected(session, project))]
        yield from ((root, path) for path in paths if path.exists())
        return
    root = _directory(settings, project, kind)
    found = (Path(place) / name for place, _, names in os.walk(root, onerror=_refuse) for name in names)
    yield from ((root, path) for path in sorted(found))


def _refuse(error: OSError) -> None:
    """Let a walk end at what it cannot read, except at what is gone: nothing is stated of what was not seen."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _directory(settings: Settings, project: Project, kind: Kind) -> Path:
    return uploads.place_of(settings, project) if kind is Kind.UPLOADS else views.place_of(settings, project)


def _listed(root: Path, path: Path) -> tuple[str, int, str]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return str(path.relative_to(root)), os.fstat(file.fileno()).st_size, sha256


def _inspected(session: Session, project: Project) -> set[str]:
    """The sha256 of what was inspected for this project and for no other."""
    mine = _reports(session, OutputRequest.project_id == project.id)
    shared = OutputRequest.project_id != project.id, or_(*(field.in_(mine) for field in _FIELDS))
    return mine - _reports(session, *shared)


_FIELDS = tuple(Output.verdict["file"][name].as_string() for name in ("shown", "leaves"))


def _reports(session: Session, *which: ColumnElement[bool]) -> set[str]:
    query = select(*_FIELDS).join(Output.request).where(*which)
    return {digest for row in session.execute(query) for digest in row if digest}

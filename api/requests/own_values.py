"""Values of own variables: uploaded by the author of a request beforehand, found again by their sha256."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy.orm import Session, object_session

from api.access.models import Project
from api.errors import InvalidError, NotFoundError
from api.people.models import Person
from api.requests.models import OutputRequest
from api.settings import Settings
from api.uploads import service as uploads
from api.uploads.models import Upload
from output_checker.query import Query


def uploaded_values(
    session: Session, project: Project, author: Person, queries: Iterable[Query]
) -> list[Upload]:
    """Return the uploads with the values of the own variables of queries, each once.

    Raises InvalidError that names the variable whose values `author` did not upload in `project`; nothing is read.
    """
    found: dict[str, Upload] = {}
    for query in queries:
        for name, own in query.numbers.own.items():
            try:
                found[own.sha256] = uploads.find(session, project, author, own.sha256)
            except NotFoundError as unknown:
                field = f"query.own.{name}.sha256"
                raise InvalidError(
                    unknown.code, unknown.message, field=field, remedy=unknown.remedy
                ) from unknown
    return list(found.values())


def supplied_to(settings: Settings, request: OutputRequest) -> Mapping[str, Path]:
    """Return the files that a stored request refers to, by the sha256 that they had when they were uploaded.

    Whether they still have it is for the judge to see, who reads them.
    """
    session = object_session(request)
    used = uploads.uses_of(session, request.id) if session else []
    return {upload.sha256: uploads.path_of(settings, upload) for upload in used}

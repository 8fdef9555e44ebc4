"""Asking for a file: a request names what was uploaded, in the place of a query."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.chain import canonical
from api.errors import InvalidError
from api.people.models import Person
from api.requests.models import FILE, OutputRequest
from api.uploads.models import Upload
from api.uploads.service import find
from output_checker.files.names import name_problem
from output_checker.text import Text

FILE_REVIEWERS = 2
"""Files are not recomputed: always two people, whatever a project or its centre says."""


@dataclass(frozen=True)
class AskedFile:
    """A file that is to leave: what it is called, and what was uploaded of it."""

    name: str
    upload: Upload

    @property
    def document(self) -> dict[str, Any]:
        """What stands in the place of a query."""
        return {
            "kind": FILE,
            "name": self.name,
            "sha256": self.upload.sha256,
            "bytes": self.upload.bytes,
        }

    @property
    def digest(self) -> str:
        """The sha256 (64 hex digits) by which the same file under the same name is known again."""
        return digest_of_file(self.document)


def digest_of_file(document: dict[str, Any]) -> str:
    """Return the sha256 (64 hex digits) of what names a file."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def file_asked(
    session: Session, project: Project, author: Person, document: dict[str, Any], place: str
) -> AskedFile:
    """Return the file that `document` (name and sha256) names, which stands at `place` of what was sent.

    Raises InvalidError (the name cannot be used) or NotFoundError (`author` uploaded no such content in `project`).
    """
    name = document["name"]
    if problem := name_problem(name):
        raise InvalidError(problem.id, problem.reason, field=f"{place}.name", remedy=problem.remedy)
    return AskedFile(name, find(session, project, author, document["sha256"]))


def check_names_differ(files: list[AskedFile], place: str) -> None:
    """Raise InvalidError when two files of a request would get the same name, also where case does not count."""
    names = [file.name.casefold() for file in files]
    if len(set(names)) < len(names):
        raise InvalidError(
            "name_taken",
            Text("Twee bestanden heten hetzelfde.", "Two files have the same name."),
            field=place,
            remedy=Text("Geef ze verschillende namen.", "Give them different names."),
        )


def checkers_needed(request: OutputRequest) -> int:
    """Return how many checkers must decide on a request: as its project says, and at least two about a file."""
    files = FILE_REVIEWERS if any(output.is_file for output in request.outputs) else 1
    return max(request.project.reviewers_required, files)

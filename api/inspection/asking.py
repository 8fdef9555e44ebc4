"""Asking for a file: a request names what was uploaded, in the place of a query."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.chain import canonical
from api.errors import InvalidError
from api.people.models import Person
from api.requests.models import FILE, Output, OutputRequest
from api.uploads.models import Upload
from api.uploads.service import find, use
from output_checker.files.names import name_problem
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict


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


FileFinder = Callable[[dict[str, Any], str], AskedFile]
"""Finds the file that a document names, which stands at a place of what was sent."""


def no_files(_: dict[str, Any], place: str) -> AskedFile:
    """Find no file: raise InvalidError, for doors through which none can be asked for."""
    raise InvalidError(
        "no_files_here",
        Text("Bestanden dient u in vanuit de werkomgeving.", "Files are submitted from the sandbox."),
        field=place,
    )


def check_names_differ(files: Sequence[AskedFile]) -> None:
    """Raise InvalidError when two files of a request would get the same name, also where case does not count."""
    names = [file.name.casefold() for file in files]
    if len(set(names)) < len(names):
        raise InvalidError(
            "name_taken",
            Text("Twee bestanden heten hetzelfde.", "Two files have the same name."),
            field="outputs",
            remedy=Text("Geef ze verschillende namen.", "Give them different names."),
        )


def keep_upload(session: Session, upload: Upload, request: OutputRequest) -> None:
    """Say that `request` refers to an upload that was found before; raises NotFoundError when it was tidied away since."""
    use(session, find(session, request.project, request.author, upload.sha256), request.id)


def is_about_its_file(output: Output, verdict: Verdict, policy_digest: str) -> bool:
    """Tell whether a verdict on a file still is about the file and policy that are asked for, and does not refuse."""
    report = verdict.file
    return (
        report is not None
        and verdict.outcome is Outcome.REVIEW
        and {digest_of_file(output.query), output.query_digest, verdict.query_digest} == {output.query_digest}
        and (report.name, report.sha256) == (output.query["name"], output.query["sha256"])
        and verdict.policy.digest == policy_digest
    )

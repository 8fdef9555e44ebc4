"""Fetching what was released: each time allowed, proven to be the released bytes, and recorded before it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.audit.service import Actor, record
from api.errors import NotFoundError
from api.people.models import Person, Role
from api.release.models import Release, ReleasedFile
from api.release.permissions import check_user_can_download
from api.release.record import make_receipt, sha256
from api.requests.models import OutputRequest
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text


@dataclass(frozen=True)
class Fetched:
    """A released file with its bytes; None when they are no longer those that were released."""

    file: ReleasedFile
    content: bytes | None


def fetch_file(
    session: Session, settings: Settings, person: Person, request: OutputRequest, name: str
) -> Fetched:
    """Return the file called `name` for `person`, recorded in the audit.

    Raises NotAllowedError (every reason) or NotFoundError.
    """
    check_user_can_download(session, person, request)
    file = _file(session, request, name)
    content = proven(settings, file)
    action = "release.download" if content is not None else "release.damaged"
    _record(session, person, request, action, file=file.name, sha256=file.sha256)
    return Fetched(file, content)


def fetch_receipt(
    session: Session, secrets: SecretStore, person: Person, request: OutputRequest
) -> dict[str, Any]:
    """Return the receipt of a release for `person`, recorded in the audit; see api/release/record.py.

    Raises NotAllowedError (every reason).
    """
    check_user_can_download(session, person, request)
    release = session.scalars(select(Release).where(Release.request_id == request.id)).one()
    receipt = make_receipt(
        release.record, release.signature, secrets.audit_key().public_key(), _link(session, request)
    )
    _record(session, person, request, "release.receipt", record_sha256=release.record_sha256)
    return receipt


def _file(session: Session, request: OutputRequest, name: str) -> ReleasedFile:
    statement = select(ReleasedFile).join(Release).where(Release.request_id == request.id)
    file = session.scalar(statement.where(ReleasedFile.name == name))
    if file is None:
        raise NotFoundError("no_file", Text("Dit bestand is er niet.", "There is no such file."))
    return file


def proven(settings: Settings, file: ReleasedFile) -> bytes | None:
    """Return the bytes of a released file, None when they are no longer those that were released."""
    try:
        content = (settings.directory("releases") / file.sha256).read_bytes()
    except FileNotFoundError:
        return None
    return content if sha256(content) == file.sha256 else None


def _record(session: Session, person: Person, request: OutputRequest, action: str, **facts: Any) -> None:
    role = "author" if person.id == request.author_id else Role.RESEARCHER.value
    record(
        session, Actor(person, role), action, f"request:{request.number}", "member of the project", **facts
    )


def _link(session: Session, request: OutputRequest) -> dict[str, Any]:
    written = select(AuditRecord).where(
        AuditRecord.action == "release.write", AuditRecord.subject == f"request:{request.number}"
    )
    link = session.scalars(written).one()
    return {
        "seq": link.seq,
        "document": link.document,
        "previous_hash": link.previous_hash,
        "hash": link.hash,
    }

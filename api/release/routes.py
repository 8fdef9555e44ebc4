"""Released files and their receipts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import UnavailableError
from api.identity.dependencies import LoginDep
from api.release.downloads import fetch_file, fetch_receipt
from api.requests.queries import find_request
from output_checker.text import Text

router = APIRouter(prefix="/api/requests", tags=["release"])

_DAMAGED = Text(
    "Dit bestand is niet meer wat is vrijgegeven; het wordt niet verstuurd.",
    "This file is no longer what was released; it is not sent.",
)
_TELL = Text("Meld dit aan de beheerder van uw centrum.", "Tell the administrator of your centre.")


class AuditLink(BaseModel):
    """The link of the audit chain that tells of a release."""

    seq: int
    document: str
    previous_hash: str
    hash: str


class Receipt(BaseModel):
    """What proves a release offline; see api/release/record.py."""

    format: str
    record: dict[str, Any]
    record_sha256: str
    algorithm: str
    signature: str
    public_key: str
    audit: AuditLink


@router.get("/{number}/files/{name}", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def download_file(
    number: str, name: str, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> Response:
    """Download a released file."""
    with database.transaction() as session:
        person = login.within(session).person
        fetched = fetch_file(session, settings, person, find_request(session, person, number), name)
    if fetched.content is None:
        raise UnavailableError("file_damaged", _DAMAGED, remedy=_TELL)
    return Response(
        fetched.content,
        media_type=fetched.file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{fetched.file.name}"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/{number}/receipt")
def download_receipt(number: str, login: LoginDep, database: DatabaseDep, secrets: SecretsDep) -> Receipt:
    """Download the receipt of a release, which verifies offline."""
    with database.transaction() as session:
        person = login.within(session).person
        request = find_request(session, person, number)
        return Receipt(**fetch_receipt(session, secrets, person, request))

"""Revoking a release, and the public statement that it was."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import DatabaseDep, SecretsDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.release.permissions import revokes_as
from api.release.revocation import revoke_release, statement_about
from api.requests.queries import find_request

router = APIRouter(prefix="/api", tags=["release"])


class NewRevocation(BaseModel):
    """Why a release must not be used any more."""

    reason: str = Field(description="Becomes public with the statement; no figures from the release.")


class StatementDocument(BaseModel):
    """What proves offline that a release was revoked; see api/release/statement.py."""

    statement: dict[str, Any]
    algorithm: str
    signature: str
    public_key: str


@router.post("/requests/{number}/revocation", status_code=201)
def revoke(
    number: str,
    new: NewRevocation,
    login: LoginDep,
    _: CsrfDep,
    database: DatabaseDep,
    secrets: SecretsDep,
) -> StatementDocument:
    """Revoke a release, for good: downloads stop at once."""
    with database.transaction() as session:
        login = login.within(session)
        request = find_request(session, login.person, number)
        actor = login.actor(revokes_as(login.person, request))
        revocation = revoke_release(session, actor, secrets, request, new.reason)
        return StatementDocument(**statement_about(session, secrets, revocation.release.record_sha256))


@router.get("/revocations/{record_sha256}")
def read_statement(record_sha256: str, database: DatabaseDep, secrets: SecretsDep) -> StatementDocument:
    """Download the statement that the release with this record was revoked; nobody needs to log in for it."""
    with database.reading() as session:
        return StatementDocument(**statement_about(session, secrets, record_sha256))

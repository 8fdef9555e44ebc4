"""Revoking a release: downloads stop with the transaction, and a signed statement tells the holders of copies.

Nothing is unmade: the record, the files and the ledger stay, because the numbers are out.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.chain import canonical
from api.audit.service import Actor, record
from api.db import now
from api.errors import NotFoundError
from api.people import validation
from api.release.models import Release, Revocation
from api.release.permissions import check_user_can_revoke
from api.release.record import sign
from api.release.statement import make_document, statement_of
from api.requests.models import OutputRequest, RequestState
from api.requests.service import locked, move
from api.secrets import SecretStore
from output_checker.text import Text

LONGEST_REASON = 2000


def revoke_release(
    session: Session, actor: Actor, secrets: SecretStore, request: OutputRequest, reason: str
) -> Revocation:
    """End the release of a request, for good; `reason` becomes public with the statement.

    Raises NotAllowedError (every reason: see check_user_can_revoke), ConflictError (not released, or
    revoked already) or InvalidError (no reason).
    """
    locked(session, request)
    person = check_user_can_revoke(session, actor.person, request)
    why = validation.line(reason, "reason", LONGEST_REASON)
    release = session.scalars(select(Release).where(Release.request_id == request.id)).one()
    moment = now()
    files = [file.sha256 for file in release.files]
    text = canonical(statement_of(request.number, release.record_sha256, files, moment, why))
    revocation = Revocation(
        release=release,
        revoked_by=person,
        revoked_at=moment,
        reason=why,
        statement=text,
        signature=sign(text, secrets.audit_key()),
    )
    session.add(revocation)
    move(session, request, RequestState.REVOKED, actor, Text(nl=why, en=why))
    facts = {"record_sha256": release.record_sha256, "files": files}
    record(session, actor, "release.revoke", f"request:{request.number}", why, **facts)
    return revocation


def statement_about(session: Session, secrets: SecretStore, record_sha256: str) -> dict[str, Any]:
    """Return the public statement about the release whose record has this sha256; see api/release/statement.py.

    It is found by what only holders of a receipt know. Raises NotFoundError when no such release was revoked.
    """
    revocation = session.scalar(
        select(Revocation).join(Revocation.release).where(Release.record_sha256 == record_sha256)
    )
    if revocation is None:
        raise NotFoundError(
            "not_revoked",
            Text(
                "Er is geen ingetrokken vrijgave met dit verslag.",
                "No release with this record was revoked.",
            ),
        )
    key = secrets.audit_key().public_key()
    return make_document(json.loads(revocation.statement), revocation.signature, key)

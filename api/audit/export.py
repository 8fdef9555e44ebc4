"""Taking the chain, or only its head, out of the database: for auditors, and so that a rewritten database is caught.

Heads are kept in the state directory (`audit/head-<number>.json`) when a release was written, when the chain is
exported, and when the chain grew by EVERY records since the last head. Copy them to a place that the administrator of
the database cannot write: a chain that was rewritten or cut does not fit them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.chain import Link
from api.audit.heads import SignedHead, sign_head
from api.audit.models import AuditRecord
from api.db import Database, now
from api.files import move_into_place, write_aside
from api.secrets import SecretStore
from api.settings import Settings

EVERY = 100
_BATCH = 2000


def links(session: Session, last: int | None = None) -> Iterator[Link]:
    """Give the records in order, up to number `last` (None: all)."""
    query = select(AuditRecord.seq, AuditRecord.document, AuditRecord.previous_hash, AuditRecord.hash)
    if last is not None:
        query = query.where(AuditRecord.seq <= last)
    for row in session.execute(query.order_by(AuditRecord.seq).execution_options(yield_per=_BATCH)):
        yield Link(*row)


def head_of(session: Session, secrets: SecretStore) -> SignedHead | None:
    """Return the signed head of the chain as it is now; None when nothing was recorded."""
    last = select(AuditRecord.seq, AuditRecord.hash).order_by(AuditRecord.seq.desc()).limit(1)
    row = session.execute(last).first()
    return sign_head(secrets.audit_key(), row.seq, row.hash, now()) if row else None


def keep_head(session: Session, settings: Settings, secrets: SecretStore) -> SignedHead | None:
    """Write the head of now to the state directory and return it; None when nothing was recorded."""
    head = head_of(session, secrets)
    if head is not None:
        _keep(settings, head)
    return head


def keep_head_when_due(database: Database, settings: Settings, secrets: SecretStore) -> SignedHead | None:
    """Keep the head when the chain grew by EVERY records since the last one kept; return it, or None when not due."""
    newest = max(directory_heads(settings), default=0)
    with database.reading() as session:
        last = session.scalar(select(AuditRecord.seq).order_by(AuditRecord.seq.desc()).limit(1)) or 0
        return keep_head(session, settings, secrets) if last - newest >= EVERY else None


def directory_heads(settings: Settings) -> list[int]:
    """Return the numbers of the records of which a head was kept."""
    return [int(path.stem.removeprefix("head-")) for path in settings.directory("audit").glob("head-*.json")]


def kept_heads(settings: Settings) -> list[SignedHead]:
    """Return the heads kept in the state directory, oldest first.

    Raises ValueError when a file holds no head.
    """
    files = sorted(settings.directory("audit").glob("head-*.json"))
    return [SignedHead.from_document(json.loads(path.read_bytes())) for path in files]


def export(session: Session, settings: Settings, secrets: SecretStore, path: Path) -> SignedHead | None:
    """Write the chain and its signed head to `path` (see api/audit/verify.py), keep the head, and return it.

    An empty chain gives an empty file and None. Raises OSError.
    """
    head = keep_head(session, settings, secrets)
    # Only what the head covers: records that are written meanwhile are for the next export.
    lines = _lines(session, head) if head is not None else iter(())
    move_into_place(write_aside(path.parent, lines), path)
    return head


def _lines(session: Session, head: SignedHead) -> Iterator[bytes]:
    for item in links(session, head.seq):
        yield _line(
            {
                "seq": item.seq,
                "document": item.document,
                "previous_hash": item.previous_hash,
                "hash": item.hash,
            }
        )
    yield _line({"head": head.document()})


def _line(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def _keep(settings: Settings, head: SignedHead) -> None:
    directory = settings.directory("audit")
    aside = write_aside(directory, [_line(head.document())])
    move_into_place(aside, directory / f"head-{head.seq:012d}.json")

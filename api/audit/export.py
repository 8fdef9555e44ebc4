"""Taking the chain, or only its head, out of the database: for auditors, and so that a rewritten database is caught.

Heads are kept in the state directory (`audit/head-<number>.json`) when a release was written, when the chain is
exported, when the chain grew by EVERY records since the last head, and each day in which it grew at all. They are copied
to the directory that the settings name (`ENCLAVE_AUDIT_COPIES_DIR`): a place where files are only ever added, which the
administrator of the database cannot write. A chain that was rewritten or cut does not fit them.
"""

from __future__ import annotations

import json
import time
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
DAY_SECONDS = 24 * 3600.0
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
    """Keep the head when the chain grew by EVERY records, or at all in the last day; return it, None when not due."""
    with database.reading() as session:
        last = session.scalar(select(AuditRecord.seq).order_by(AuditRecord.seq.desc()).limit(1)) or 0
        grown = last - max(directory_heads(settings), default=0)
        due = grown >= EVERY or (grown > 0 and not _was_kept_today(settings))
        return keep_head(session, settings, secrets) if due else None


def _was_kept_today(settings: Settings) -> bool:
    """Whether a head was kept in the last day; the chain's first day ends with its first head, too."""
    made = [path.stat().st_mtime for path in settings.directory("audit").glob("head-*.json")]
    return bool(made) and time.time() - max(made) < DAY_SECONDS


def copy_heads(settings: Settings) -> int:
    """Copy the heads that the settings' directory for copies does not have yet, and return how many these were.

    What is there is never replaced. Raises OSError when the directory is away: try again later.
    """
    if settings.audit_copies_dir is None:
        return 0
    there = {path.name for path in settings.audit_copies_dir.iterdir()}
    missing = [path for path in settings.directory("audit").glob("head-*.json") if path.name not in there]
    for path in missing:
        move_into_place(
            write_aside(settings.audit_copies_dir, [path.read_bytes()]), settings.audit_copies_dir / path.name
        )
    return len(missing)


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
    move_into_place(write_aside(path.parent, export_lines(session, head)), path)
    return head


def export_lines(session: Session, head: SignedHead | None) -> Iterator[bytes]:
    """Give the lines of an export that ends with `head`, nothing without one.

    Only what the head covers: records that are written meanwhile are for the next export.
    """
    if head is None:
        return
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

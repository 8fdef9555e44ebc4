"""Writing audit records: always inside the transaction of the change they tell about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from api.audit.chain import GENESIS, canonical, link
from api.audit.models import AuditRecord
from api.db import Database, now
from api.people.models import Person

SYSTEM_ROLE = "system"
_INSERT: Final = insert(cast(Table, AuditRecord.__table__))


@dataclass(frozen=True)
class Actor:
    """Who acts, as what: a person in a role, or (no person) the service itself."""

    person: Person | None
    acting_as: str

    @property
    def subject(self) -> str | None:
        """Stable name of the person, None for the service itself."""
        return self.person.subject if self.person else None


SYSTEM = Actor(None, SYSTEM_ROLE)


def record(session: Session, actor: Actor, action: str, subject: str, because: str, **details: Any) -> None:
    """Add one record to the chain.

    `action` is a dotted verb ("request.submit"), `subject` names the thing ("request:R-2026-0001"), `because`
    says why it was allowed or done; `details` must be JSON. The session must be in a writing transaction
    (see Database.transaction), which holds the lock that keeps the chain one chain.
    """
    last = session.execute(
        select(AuditRecord.seq, AuditRecord.hash).order_by(AuditRecord.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    at = now()
    told = {
        "actor": actor.subject,
        "acting_as": actor.acting_as,
        "action": action,
        "subject": subject,
    }
    document = canonical({"seq": seq, "at": at.isoformat(), **told, "because": because, "details": details})
    hash_ = link(previous, document)
    # Not through the unit of work: nothing changes a record later, and half the time would go into keeping track of it.
    values = {"seq": seq, "at": at, "document": document, "previous_hash": previous, "hash": hash_}
    session.execute(_INSERT, values | told)


def record_view(database: Database, actor: Actor, subject: str, because: str, **details: Any) -> None:
    """Record that somebody is about to see restricted content, before it is shown, in a transaction of its own.

    When it cannot be recorded the error goes to the caller, and nothing is shown.
    """
    with database.transaction() as session:
        record(session, actor, "view", subject, because, **details)


def length(session: Session) -> int:
    """Return how many records the chain holds."""
    return session.scalar(select(func.count()).select_from(AuditRecord)) or 0

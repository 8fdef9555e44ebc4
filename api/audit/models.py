"""The audit chain: rows that are only ever added, each bound to the one before by its hash."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from api.db import Base


class AuditRecord(Base):
    """Who did what to what, acting as what, why it was allowed; `hash` covers `document` and `previous_hash`.

    `document` is the canonical JSON of everything that is told, so that an export verifies without the database.
    Triggers (migration 0002) refuse UPDATE and DELETE.
    """

    __tablename__ = "audit_record"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    actor: Mapped[str | None] = mapped_column(index=True)
    acting_as: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)
    document: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

"""Tables of the training: attempts at its test, and of which evidence it was told that it runs out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now
from api.people.models import Evidence, Person


class Attempt(Base):
    """One attempt at the test: what was drawn, and (once) what was answered.

    `drawn` is a list of documents ``{"question": id, "order": [2, 0, 1]}``: the order in which its answers are shown.
    `answers` are places in that order, null for none; `right` counts the right ones.
    """

    __tablename__ = "training_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    drawn: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    drawn_at: Mapped[dt.datetime] = mapped_column(default=now)
    answers: Mapped[list[int | None] | None] = mapped_column(JSON)
    answered_at: Mapped[dt.datetime | None]
    right: Mapped[int | None]
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    person: Mapped[Person] = relationship()
    evidence: Mapped[Evidence | None] = relationship()


class Reminder(Base):
    """That somebody was told that their training runs out; once for each evidence."""

    __tablename__ = "training_reminder"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    told_at: Mapped[dt.datetime] = mapped_column(default=now)

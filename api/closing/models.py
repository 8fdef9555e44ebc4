"""Tables of closings, of proposals to open a project again, and of deletions with the statement that proves them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.db import Base, now
from api.people.models import Person


class Cause(StrEnum):
    """Why a project is closed."""

    ADMINISTRATOR = "administrator"
    END_DATE = "end_date"


class Closing(Base):
    """The end of a project; a project has one that stands (`lifted_at` is None), or none.

    From `delete_after` on what people worked on is deleted. `closed_by` is None where the end date closed it.
    """

    __tablename__ = "closing"
    __table_args__ = (
        Index(
            "ix_closing_standing",
            "project_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    cause: Mapped[Cause]
    reason: Mapped[str]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime]
    delete_after: Mapped[dt.datetime] = mapped_column(index=True)
    lifted_at: Mapped[dt.datetime | None]
    project: Mapped[Project] = relationship()
    closed_by: Mapped[Person | None] = relationship()
    deletion: Mapped[Deletion | None] = relationship(back_populates="closing")
    proposals: Mapped[list[ReopeningProposal]] = relationship(
        back_populates="closing", order_by="ReopeningProposal.id"
    )

    @property
    def open_proposal(self) -> ReopeningProposal | None:
        """The proposal to open the project again that nobody decided about."""
        return next((one for one in self.proposals if one.decided_at is None), None)


class ReopeningProposal(Base):
    """What one administrator proposes, until another confirms or declines it: open again, until `valid_until`."""

    __tablename__ = "reopening_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"), index=True)
    reason: Mapped[str]
    valid_until: Mapped[dt.datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    confirmed: Mapped[bool | None]
    closing: Mapped[Closing] = relationship(back_populates="proposals")
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])


class Deletion(Base):
    """The deletion of what people worked on in a closed project: begun, counted, removed, and stated.

    `homes` is what the workplace counted before it removed anything, `files` what the service counted of its own; each a
    list of documents. `problem` is why the last try failed, with how many entries it had to keep. `statement` is the
    canonical JSON of what was deleted, there only when all of it is gone.
    """

    __tablename__ = "deletion"
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"), primary_key=True)
    begun_at: Mapped[dt.datetime] = mapped_column(default=now)
    homes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    homes_removed_at: Mapped[dt.datetime | None]
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None]
    problem_at: Mapped[dt.datetime | None]
    kept: Mapped[int] = mapped_column(default=0)
    statement: Mapped[str | None]
    signature: Mapped[str | None]
    finished_at: Mapped[dt.datetime | None]
    closing: Mapped[Closing] = relationship(back_populates="deletion")

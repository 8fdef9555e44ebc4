"""The table of notices."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.applications.models import Application
from api.db import Base, now
from api.people.models import Person
from api.requests.models import OutputRequest


class NoticeKind(StrEnum):
    """What happened."""

    JUDGED = "judged"
    NEEDS_REVIEW = "needs_review"
    RETURNED = "returned"
    APPROVED = "approved"
    RELEASED = "released"
    REJECTED = "rejected"
    REVOKED = "revoked"
    NOT_IN_ORDER = "not_in_order"
    ACCESS_WITHDRAWN = "access_withdrawn"
    ACCESS_NARROWED = "access_narrowed"
    TRAINING_ENDS = "training_ends"
    ACCESS_GRANTED = "access_granted"
    GRANT_PROPOSED = "grant_proposed"
    EMERGENCY_ACCESS = "emergency_access"
    INVITED = "invited"
    PROJECT_CLOSED = "project_closed"
    PROJECT_REOPENED = "project_reopened"
    REOPENING_PROPOSED = "reopening_proposed"
    DELETION_FAILED = "deletion_failed"
    PROJECT_DELETED = "project_deleted"
    APPLICATION_WAITING = "application_waiting"
    APPLICATION_RETURNED = "application_returned"
    APPLICATION_APPROVED = "application_approved"
    APPLICATION_REJECTED = "application_rejected"


class Notice(Base):
    """Something that one person is told, written in the transaction of what happened.

    Its words follow from `kind` and the number of the request or application, so that no figure, title or free text can be
    in them.
    `mail_queued_at` is when a job was made for its mail, `mailed_at` when a mail server took it.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person_id_read_at", "person_id", "read_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[NoticeKind]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("output_request.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    created_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    read_at: Mapped[dt.datetime | None]
    mail_queued_at: Mapped[dt.datetime | None]
    mailed_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()
    request: Mapped[OutputRequest | None] = relationship()
    application: Mapped[Application | None] = relationship()

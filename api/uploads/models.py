"""Tables of what was uploaded from a sandbox, and of the requests that refer to it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.db import Base, now
from api.people.models import Person


class Upload(Base):
    """Content that a person uploaded in a project, by its sha256 (64 hex digits) and size in bytes.

    `uploaded_at` is the last time that the person sent it.
    """

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("project_id", "person_id", "sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sha256: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    uploaded_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    project: Mapped[Project] = relationship()
    person: Mapped[Person] = relationship()


class UploadUse(Base):
    """A request that refers to an upload: as long as the request needs it, it is kept."""

    __tablename__ = "upload_use"
    __table_args__ = (UniqueConstraint("upload_id", "request_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), index=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), index=True)
    upload: Mapped[Upload] = relationship()

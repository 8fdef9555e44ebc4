"""Tables of what has left: releases with their signed record, files, and the ledger of every released number."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now
from api.people.models import Person
from api.requests.models import OutputRequest


class Release(Base):
    """One release of one request; `record` is the canonical JSON that `signature` (Ed25519, hex) covers."""

    __tablename__ = "release"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("output_request.id"), unique=True)
    record: Mapped[str]
    record_sha256: Mapped[str]
    signature: Mapped[str]
    released_at: Mapped[dt.datetime] = mapped_column(default=now)
    request: Mapped[OutputRequest] = relationship()
    files: Mapped[list[ReleasedFile]] = relationship(back_populates="release", order_by="ReleasedFile.id")
    revocation: Mapped[Revocation | None] = relationship(back_populates="release")


class Revocation(Base):
    """The end of a release: `statement` is the canonical JSON that `signature` (Ed25519, hex) covers.

    The ledger keeps the numbers of a revoked release: they are out.
    """

    __tablename__ = "revocation"
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), unique=True)
    revoked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[dt.datetime] = mapped_column(default=now)
    reason: Mapped[str]
    statement: Mapped[str]
    signature: Mapped[str]
    release: Mapped[Release] = relationship(back_populates="revocation")
    revoked_by: Mapped[Person] = relationship()


class ReleasedFile(Base):
    """A file of a release, kept in the releases directory under its sha256."""

    __tablename__ = "released_file"
    __table_args__ = (UniqueConstraint("release_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    release: Mapped[Release] = relationship(back_populates="files")


class LedgerEntry(Base):
    """One released number: the cell (canonical JSON of its labels), its value and the query behind it."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("output_id", "cell"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    dataset_version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"), index=True)
    query_digest: Mapped[str] = mapped_column(index=True)
    cell: Mapped[str]
    value: Mapped[float | None]
    units: Mapped[int]

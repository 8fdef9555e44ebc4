"""Tables of the catalogue: datasets and their immutable versions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now


class Dataset(Base):
    """A register under one name; its data live in its versions."""

    __tablename__ = "dataset"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    versions: Mapped[list[DatasetVersion]] = relationship(back_populates="dataset")


class DatasetVersion(Base):
    """One registered state of a dataset: the Parquet file called by its sha256, and its metadata document.

    `document` is an output_checker DatasetMetadata as JSON. A version is never changed.
    """

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("dataset_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    version: Mapped[int]
    sha256: Mapped[str]
    rows: Mapped[int]
    document: Mapped[dict[str, Any]]
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    registered_at: Mapped[dt.datetime] = mapped_column(default=now)
    dataset: Mapped[Dataset] = relationship(back_populates="versions", lazy="joined", innerjoin=True)

"""Tables of applications for projects: their versions, the data that each asks for, and the steps each took."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.catalogue.models import DatasetVersion
from api.db import Base, now
from api.people.models import Centre, Person


class ApplicationState(StrEnum):
    """Where a version of an application is; which steps are lawful stands in api/applications/states.py."""

    DRAFT = "draft"
    AT_CENTRE = "at_centre"
    AT_STEWARD = "at_steward"
    AT_PRIVACY_OFFICER = "at_privacy_officer"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Application(Base):
    """A researcher's wish for a project at a centre; `project` is what came of it.

    `slug` is the short name that the project gets in addresses.
    """

    __tablename__ = "application"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str]
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    centre: Mapped[Centre] = relationship()
    applicant: Mapped[Person] = relationship()
    project: Mapped[Project | None] = relationship()
    versions: Mapped[list[ApplicationVersion]] = relationship(
        back_populates="application", order_by="ApplicationVersion.version"
    )

    @property
    def newest(self) -> ApplicationVersion:
        """The version that is, or was last, under way; an application has one from the start."""
        return self.versions[-1]


class ApplicationVersion(Base):
    """What is asked: for the first time, or (from version 2 on) as a change or extension of the project.

    `row_version` rises with each change of words or state, so that nobody decides about what they did not see.
    `because` says why a change is asked; the first version has none.
    """

    __tablename__ = "application_version"
    __table_args__ = (UniqueConstraint("application_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    version: Mapped[int]
    state: Mapped[ApplicationState] = mapped_column(index=True)
    row_version: Mapped[int] = mapped_column(default=1)
    because: Mapped[str]
    title_nl: Mapped[str]
    title_en: Mapped[str]
    purpose: Mapped[str]
    research_question: Mapped[str]
    work_programme: Mapped[str]
    theme: Mapped[str]
    legal_basis: Mapped[str]
    assessment_reference: Mapped[str]
    assessment_date: Mapped[dt.date]
    intended_outputs: Mapped[str]
    valid_until: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    application: Mapped[Application] = relationship(back_populates="versions")
    wanted: Mapped[list[WantedDataset]] = relationship(
        back_populates="version", order_by="WantedDataset.id", cascade="all, delete-orphan"
    )
    steps: Mapped[list[ApplicationStep]] = relationship(
        back_populates="version", order_by="ApplicationStep.id"
    )


class WantedDataset(Base):
    """One dataset version that is asked for: why, which rows (None: all), and each variable with its reason."""

    __tablename__ = "wanted_dataset"
    __table_args__ = (UniqueConstraint("application_version_id", "dataset_version_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    application_version_id: Mapped[int] = mapped_column(ForeignKey("application_version.id"), index=True)
    dataset_version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"))
    reason: Mapped[str]
    row_filter: Mapped[str | None]
    variables: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[ApplicationVersion] = relationship(back_populates="wanted")
    dataset_version: Mapped[DatasetVersion] = relationship()


class ApplicationStep(Base):
    """One step that a version took, by whom and why; `digest` (SHA-256) is of what it asked then. Never changed."""

    __tablename__ = "application_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_version_id: Mapped[int] = mapped_column(ForeignKey("application_version.id"), index=True)
    before: Mapped[ApplicationState]
    after: Mapped[ApplicationState]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime] = mapped_column(default=now)
    reason: Mapped[str]
    digest: Mapped[str]
    version: Mapped[ApplicationVersion] = relationship(back_populates="steps")
    by: Mapped[Person] = relationship()

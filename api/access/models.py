"""Tables of projects, grants (immutable, versioned), withdrawals, and the sandboxes that run under a grant."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.catalogue.models import DatasetVersion
from api.db import Base, now
from api.people.models import Centre, Person, Role


class Disagreement(StrEnum):
    """What happens when checkers disagree about an output: its author goes on with it, or a third checker decides."""

    AUTHOR = "author"
    THIRD = "third"


class Project(Base):
    """A piece of research of a centre: its purpose, legal basis, policy and end.

    `policy` names an output-checking preset; `reviewers_required` says how many checkers must approve.
    `number` gives the project its own user id on the host.
    """

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    title_nl: Mapped[str]
    title_en: Mapped[str]
    purpose: Mapped[str]
    research_question: Mapped[str]
    theme: Mapped[str]
    legal_basis: Mapped[str]
    policy: Mapped[str] = mapped_column(default="essnet")
    reviewers_required: Mapped[int] = mapped_column(default=2)
    on_disagreement: Mapped[Disagreement] = mapped_column(
        default=Disagreement.AUTHOR, server_default=Disagreement.AUTHOR.name
    )
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    centre: Mapped[Centre] = relationship()
    views: Mapped[list[DatasetView]] = relationship(back_populates="project")


class DatasetView(Base):
    """What one project sees of one dataset version: columns and a row filter (an allow-listed expression)."""

    __tablename__ = "dataset_view"
    __table_args__ = (UniqueConstraint("project_id", "dataset_version_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    dataset_version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"))
    columns: Mapped[list[str]]
    row_filter: Mapped[str | None]
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[dt.datetime] = mapped_column(default=now)
    project: Mapped[Project] = relationship(back_populates="views")
    dataset_version: Mapped[DatasetVersion] = relationship(lazy="joined", innerjoin=True)


class Grant(Base):
    """A person's access to a project in a role, under conditions; a change is a new version, never an edit.

    `conditions` is a list of documents `{"condition": id, ...parameters}` (see api/access/conditions.py). `datasets` names
    the datasets of the project that it is for; None: all that the project sees, now and later (see api/access/scope.py).
    """

    __tablename__ = "access_grant"
    __table_args__ = (UniqueConstraint("person_id", "project_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    version: Mapped[int]
    role: Mapped[Role]
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    datasets: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime]
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[dt.datetime] = mapped_column(default=now)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    granted_by: Mapped[Person] = relationship(foreign_keys=[granted_by_id])
    project: Mapped[Project] = relationship()
    withdrawal: Mapped[Withdrawal | None] = relationship(back_populates="grant")
    proposal: Mapped[GrantProposal | None] = relationship(back_populates="grant")
    emergency: Mapped[EmergencyAccess | None] = relationship(back_populates="grant")


class GrantProposal(Base):
    """What one administrator proposes to grant, until another confirms or somebody declines it, or it expires.

    `basis` holds digests of what was true when it was proposed (see api/access/proposals.py): a proposal about a person or
    project that changed since is stale. `grant` is what came of it.
    """

    __tablename__ = "grant_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    role: Mapped[Role]
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    datasets: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime]
    reason: Mapped[str]
    basis: Mapped[dict[str, Any]]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    decline_reason: Mapped[str | None]
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("access_grant.id"), unique=True)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    project: Mapped[Project] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    grant: Mapped[Grant | None] = relationship(back_populates="proposal")


class EmergencyAccess(Base):
    """Why a grant was given by one person alone; another must look at it afterwards, before `review_due_at`."""

    __tablename__ = "emergency_access"
    grant_id: Mapped[int] = mapped_column(ForeignKey("access_grant.id"), primary_key=True)
    reason: Mapped[str]
    review_due_at: Mapped[dt.datetime]
    grant: Mapped[Grant] = relationship(back_populates="emergency")
    review: Mapped[EmergencyReview | None] = relationship(back_populates="emergency")


class EmergencyReview(Base):
    """What somebody else found of emergency access afterwards."""

    __tablename__ = "emergency_review"
    grant_id: Mapped[int] = mapped_column(ForeignKey("emergency_access.grant_id"), primary_key=True)
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[dt.datetime] = mapped_column(default=now)
    justified: Mapped[bool]
    comment: Mapped[str]
    emergency: Mapped[EmergencyAccess] = relationship(back_populates="review")
    reviewed_by: Mapped[Person] = relationship()


class Withdrawal(Base):
    """The end of a grant before its time, with the reason that the person is told."""

    __tablename__ = "withdrawal"
    grant_id: Mapped[int] = mapped_column(ForeignKey("access_grant.id"), primary_key=True)
    withdrawn_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[dt.datetime] = mapped_column(default=now)
    reason: Mapped[str]
    grant: Mapped[Grant] = relationship(back_populates="withdrawal")
    withdrawn_by: Mapped[Person] = relationship()


class Sandbox(Base):
    """One running (or ended) workplace of one person in one project, and the token its bridge carries.

    `login` is what the person showed when it opened (see api/access/circumstances.py): it holds while the workplace runs.
    """

    __tablename__ = "sandbox"
    id: Mapped[str] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("access_grant.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str | None]
    login: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    grant: Mapped[Grant] = relationship()

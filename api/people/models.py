"""Tables about people and institutions, and the evidence of what is true about a person."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now


class Role(StrEnum):
    """What a person may be in the house; a researcher or analyst is one by a grant, the others by appointment."""

    RESEARCHER = "researcher"
    ANALYST = "analyst"
    CHECKER = "checker"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


class EvidenceKind(StrEnum):
    """What can be shown to be true of a person."""

    IDENTITY_CHECKED = "identity_checked"
    STATEMENT_SIGNED = "statement_signed"
    TRAINING_PASSED = "training_passed"
    EMPLOYMENT = "employment"


class Institution(Base):
    """A municipality, the statistical office or a university, with its authorisation to use microdata.

    Its own basis and period are what its authorisations, each a record of its own, add up to: conditions ask for them
    on every heartbeat of a workplace.
    """

    __tablename__ = "institution"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    legal_basis: Mapped[str]
    authorised_from: Mapped[dt.datetime]
    authorised_until: Mapped[dt.datetime]
    authorisations: Mapped[list[Authorisation]] = relationship(
        back_populates="institution", order_by="Authorisation.id.desc()"
    )


class Authorisation(Base):
    """What was decided about an institution's use of microdata: on what basis, from when until when, and why; kept."""

    __tablename__ = "authorisation"
    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    legal_basis: Mapped[str]
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime]
    reason: Mapped[str]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime] = mapped_column(default=now)
    institution: Mapped[Institution] = relationship(back_populates="authorisations")
    decided_by: Mapped[Person | None] = relationship()


class Centre(Base):
    """An Urban Data Center; it serves one or more municipalities."""

    __tablename__ = "centre"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    municipalities: Mapped[list[Municipality]] = relationship(back_populates="centre")


class Municipality(Base):
    """A municipality by its national code (GM0917) and the centre that serves it."""

    __tablename__ = "municipality"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    centre: Mapped[Centre | None] = relationship(back_populates="municipalities")


class Person(Base):
    """Somebody with one login; `subject` is the stable name in tokens, at the hub and in the audit.

    `emptied_at` is when name, address and logins of one who left were taken away (see api/people/emptying.py).
    """

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="nl")
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    suspended_at: Mapped[dt.datetime | None]
    suspended_reason: Mapped[str | None]
    emptied_at: Mapped[dt.datetime | None]
    institution: Mapped[Institution] = relationship()
    evidence: Mapped[list[Evidence]] = relationship(foreign_keys="Evidence.person_id")
    appointments: Mapped[list[Appointment]] = relationship(foreign_keys="Appointment.person_id")


class Evidence(Base):
    """Something asserted about a person, by whom, on what source and until when; never changed, only added.

    `version` says of which text, where people sign or learn one. What was asserted wrongly gets a retraction.
    """

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[EvidenceKind]
    source: Mapped[str]
    version: Mapped[int | None]
    asserted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    asserted_by: Mapped[Person | None] = relationship(foreign_keys=[asserted_by_id])
    # Every reader of evidence must know of it, also one who got the person from an ended session.
    retraction: Mapped[Retraction | None] = relationship(back_populates="evidence", lazy="joined")


class Retraction(Base):
    """The statement that evidence was wrong; both stay."""

    __tablename__ = "retraction"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    reason: Mapped[str]
    retracted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retracted_at: Mapped[dt.datetime] = mapped_column(default=now)
    evidence: Mapped[Evidence] = relationship(back_populates="retraction")
    retracted_by: Mapped[Person | None] = relationship()


class Signature(Base):
    """A person's own signature under a version of a text: which words (their SHA-256), and how they had logged in."""

    __tablename__ = "signature"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    sha256: Mapped[str]
    language: Mapped[str]
    acr: Mapped[str]
    auth_time: Mapped[dt.datetime]
    evidence: Mapped[Evidence] = relationship()


class Appointment(Base):
    """A role a person holds, at one centre or (no centre) everywhere, until it ends."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("person_id", "role", "centre_id", "valid_from"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    appointed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[dt.datetime] = mapped_column(default=now)
    valid_until: Mapped[dt.datetime | None]
    centre: Mapped[Centre | None] = relationship()
    appointed_by: Mapped[Person | None] = relationship(foreign_keys=[appointed_by_id])

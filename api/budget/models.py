"""Tables of privacy budgets: populations, their budgets, and the charges that noisy answers made to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.access.models import Project
from api.catalogue.models import Dataset, DatasetVersion
from api.db import Base, now
from api.people.models import Person


class Population(Base):
    """The units that a guarantee belongs to, whatever datasets hold something of them: "persons of the Netherlands".

    Everything linked about the same units draws on one budget, new versions of the same register too.
    """

    __tablename__ = "population"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    members: Mapped[list[PopulationDataset]] = relationship(
        back_populates="population", order_by="PopulationDataset.id"
    )
    budgets: Mapped[list[PrivacyBudget]] = relationship(
        back_populates="population", order_by="PrivacyBudget.id"
    )


class PopulationDataset(Base):
    """A dataset whose units of this kind are of a population, once somebody else than who added it confirms that."""

    __tablename__ = "population_dataset"
    __table_args__ = (UniqueConstraint("dataset_id", "unit"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    population_id: Mapped[int] = mapped_column(ForeignKey("population.id"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    unit: Mapped[str]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    population: Mapped[Population] = relationship(back_populates="members")
    dataset: Mapped[Dataset] = relationship()
    added_by: Mapped[Person] = relationship(foreign_keys=added_by_id)
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=confirmed_by_id)


class PrivacyBudget(Base):
    """How much may be spent on a population: by everybody, or beneath that by one project or one person.

    Billionths of rho; and of epsilon, where only pure answers may draw on it (None: others may too). What is spent
    never passes the total: the database itself refuses it.
    """

    __tablename__ = "privacy_budget"
    __table_args__ = (
        UniqueConstraint("population_id", "scope"),
        CheckConstraint("spent_nano_rho >= 0 AND spent_nano_rho <= total_nano_rho", name="rho_within_total"),
        CheckConstraint(
            "total_nano_epsilon IS NULL OR spent_nano_epsilon <= total_nano_epsilon",
            name="epsilon_within_total",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    population_id: Mapped[int] = mapped_column(ForeignKey("population.id"))
    scope: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    total_nano_rho: Mapped[int]
    spent_nano_rho: Mapped[int] = mapped_column(default=0)
    total_nano_epsilon: Mapped[int | None]
    spent_nano_epsilon: Mapped[int] = mapped_column(default=0)
    population: Mapped[Population] = relationship(back_populates="budgets")
    project: Mapped[Project | None] = relationship()
    person: Mapped[Person | None] = relationship()
    entries: Mapped[list[ChargeEntry]] = relationship(back_populates="budget")
    proposals: Mapped[list[BudgetProposal]] = relationship(
        back_populates="budget", order_by="BudgetProposal.id"
    )


class BudgetProposal(Base):
    """A total that somebody asks for; a larger one holds once somebody else confirms it (None: not decided yet)."""

    __tablename__ = "budget_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    budget_id: Mapped[int] = mapped_column(ForeignKey("privacy_budget.id"), index=True)
    total_nano_rho: Mapped[int]
    total_nano_epsilon: Mapped[int | None]
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    confirmed: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    budget: Mapped[PrivacyBudget] = relationship(back_populates="proposals")
    proposed_by: Mapped[Person] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


class PrivacyCharge(Base):
    """One question that was paid for, once: `question` is the digest of the query, the data and the view of it.

    Never changed, never taken back. Until there is an answer it may be drawn again at no cost, because nobody saw the
    first draw.
    """

    __tablename__ = "privacy_charge"
    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(unique=True)
    dataset_version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    charged_at: Mapped[dt.datetime] = mapped_column(default=now)
    answer: Mapped[PrivacyAnswer | None] = relationship(back_populates="charge")
    entries: Mapped[list[ChargeEntry]] = relationship(back_populates="charge")
    dataset_version: Mapped[DatasetVersion] = relationship()
    project: Mapped[Project] = relationship()
    person: Mapped[Person] = relationship()


class PrivacyAnswer(Base):
    """The answer to a question that was paid for: an output_checker NoisyAnswer as JSON, the first that was stored.

    Never changed: whoever asks again gets this one.
    """

    __tablename__ = "privacy_answer"
    charge_id: Mapped[int] = mapped_column(ForeignKey("privacy_charge.id"), primary_key=True)
    document: Mapped[dict[str, Any]]
    answered_at: Mapped[dt.datetime] = mapped_column(default=now)
    charge: Mapped[PrivacyCharge] = relationship(back_populates="answer")


class ChargeEntry(Base):
    """What a charge took from one budget. Never changed, never taken back."""

    __tablename__ = "charge_entry"
    charge_id: Mapped[int] = mapped_column(ForeignKey("privacy_charge.id"), primary_key=True)
    budget_id: Mapped[int] = mapped_column(ForeignKey("privacy_budget.id"), primary_key=True)
    nano_rho: Mapped[int]
    nano_epsilon: Mapped[int | None]
    charge: Mapped[PrivacyCharge] = relationship(back_populates="entries")
    budget: Mapped[PrivacyBudget] = relationship(back_populates="entries")

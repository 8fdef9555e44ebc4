"""Setting budgets: stewards say which data is about which population, and how much may be spent on it.

A total is only ever set by a person, on the record. Nothing refills by itself: a guarantee that starts anew each year
holds for no unit that stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit import service as audit
from api.audit.service import Actor
from api.budget.models import ChargeEntry, Population, PopulationDataset, PrivacyBudget
from api.budget.permissions import check_user_can_set_budgets
from api.budget.service import EVERYBODY, scope_of_person, scope_of_project
from api.catalogue.models import Dataset
from api.errors import ConflictError, InvalidError
from api.people.models import Person
from output_checker.text import Text

LARGEST_NANO = 10**12
"""A thousand: a larger total promises nothing."""


@dataclass(frozen=True)
class Total:
    """What may be spent: billionths of rho, and of epsilon where only pure answers may (None: others may too)."""

    nano_rho: int
    nano_epsilon: int | None = None

    def check(self) -> None:
        """Raise InvalidError when it is no amount."""
        amounts = [self.nano_rho, *([] if self.nano_epsilon is None else [self.nano_epsilon])]
        if not all(0 <= amount <= LARGEST_NANO for amount in amounts):
            raise InvalidError(
                "bad_total",
                Text("Een budget ligt tussen 0 en 1000.", "A budget is between 0 and 1000."),
                field="total",
            )


def open_population(session: Session, actor: Actor, *, name: str, title: str, total: Total) -> Population:
    """Open the budget of a population. Raises NotAllowedError, InvalidError, or ConflictError when it has one."""
    check_user_can_set_budgets(actor)
    total.check()
    population = Population(name=name, title=title)
    try:
        with session.begin_nested():
            session.add(population)
    except IntegrityError:
        message = Text("Deze populatie bestaat al.", "This population exists already.")
        raise ConflictError("population_exists", message, field="name") from None
    _open(session, actor, population, EVERYBODY, total)
    return population


def add_dataset(session: Session, actor: Actor, population: Population, dataset: Dataset, unit: str) -> None:
    """Say that the units of a dataset are of a population.

    Raises NotAllowedError, InvalidError when no version has such a unit, or ConflictError when it was said before.
    """
    check_user_can_set_budgets(actor)
    if not any(unit in version.document["units"] for version in dataset.versions):
        message = Text("Deze dataset heeft die eenheid niet.", "This dataset has no such unit.")
        raise InvalidError("no_such_unit", message, field="unit")
    try:
        with session.begin_nested():
            session.add(PopulationDataset(population=population, dataset=dataset, unit=unit))
    except IntegrityError:
        message = Text("Deze eenheid hoort al bij een populatie.", "This unit is of a population already.")
        raise ConflictError("unit_has_population", message, field="unit") from None
    _record(session, actor, "budget.add_dataset", population, EVERYBODY, dataset=dataset.name, unit=unit)


def allow_project(
    session: Session, actor: Actor, population: Population, project: Project, total: Total
) -> PrivacyBudget:
    """Say how much of a population's budget a project may spend. Raises NotAllowedError or InvalidError."""
    check_user_can_set_budgets(actor)
    total.check()
    budget = _open(session, actor, population, scope_of_project(project), total)
    budget.project = project
    session.flush()
    return budget


def cap_person(
    session: Session, actor: Actor, population: Population, person: Person, total: Total
) -> PrivacyBudget:
    """Say how much of a population's budget a person may spend, in all projects. Raises as `allow_project`."""
    check_user_can_set_budgets(actor)
    total.check()
    budget = _open(session, actor, population, scope_of_person(person), total)
    budget.person = person
    session.flush()
    return budget


def _open(session: Session, actor: Actor, population: Population, scope: str, total: Total) -> PrivacyBudget:
    """A budget with this total; one that is there already gets it, and keeps what was spent."""
    budget = session.scalar(
        select(PrivacyBudget).where(
            PrivacyBudget.population_id == population.id, PrivacyBudget.scope == scope
        )
    ) or PrivacyBudget(population=population, scope=scope, spent_nano_rho=0, spent_nano_epsilon=0)
    if not _covers(total, budget):
        raise ConflictError(
            "below_spent",
            Text("Er is al meer besteed dan dit.", "More than this has been spent already."),
            field="total",
        )
    budget.total_nano_rho, budget.total_nano_epsilon = total.nano_rho, total.nano_epsilon
    session.add(budget)
    session.flush()
    _record(
        session,
        actor,
        "budget.set",
        population,
        scope,
        nano_rho=total.nano_rho,
        nano_epsilon=total.nano_epsilon,
    )
    return budget


def _covers(total: Total, budget: PrivacyBudget) -> bool:
    """Whether a total covers what was spent; a pure total only where every answer so far was pure."""
    if total.nano_epsilon is not None and (budget.spent_nano_epsilon > total.nano_epsilon or _impure(budget)):
        return False
    return budget.spent_nano_rho <= total.nano_rho


def _impure(budget: PrivacyBudget) -> bool:
    return any(entry.nano_epsilon is None for entry in budget.entries)


def _record(
    session: Session, actor: Actor, action: str, population: Population, scope: str, **details: object
) -> None:
    subject = f"population:{population.name}"
    audit.record(session, actor, action, subject, "a data steward sets the budget", scope=scope, **details)


def unbalanced(session: Session) -> list[str]:
    """Return the budgets whose spent amount is not the sum of their charges; empty when the ledger is whole."""
    wrong = []
    for budget in session.scalars(select(PrivacyBudget)):
        entries = session.scalars(select(ChargeEntry).where(ChargeEntry.budget_id == budget.id)).all()
        rho = sum(entry.nano_rho for entry in entries)
        epsilon = sum(entry.nano_epsilon or 0 for entry in entries)
        if (rho, epsilon) != (budget.spent_nano_rho, budget.spent_nano_epsilon):
            wrong.append(f"{budget.population.name}/{budget.scope}")
    return wrong

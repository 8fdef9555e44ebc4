"""Setting budgets: stewards say which data is about which population, and how much may be spent on it.

A total is only ever set by people, on the record. What is smaller holds at once; what is larger, and which data counts,
holds once somebody else confirms it (see api/budget/deciding.py). Nothing refills by itself: a guarantee that starts
anew each year holds for no unit that stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit import service as audit
from api.audit.service import Actor
from api.budget.models import (
    BudgetProposal,
    ChargeEntry,
    Population,
    PopulationDataset,
    PrivacyBudget,
    PrivacyCharge,
)
from api.budget.permissions import check_not_about_self, check_user_can_set_budgets
from api.budget.service import EVERYBODY, scope_of_person, scope_of_project
from api.catalogue.models import Dataset, DatasetVersion
from api.db import now
from api.errors import ConflictError, InvalidError
from api.people import validation
from api.people.models import Person
from output_checker.text import Text

LARGEST_NANO = 10**12
"""A thousand: a larger total promises nothing."""
LONGEST_REASON = 2000
About = Project | Person | None
"""Whose part of a population's budget: a project's, a person's, or (None) everybody's together."""


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


def open_population(session: Session, actor: Actor, *, name: str, title: str) -> Population:
    """Open the budget of a population, of which nothing may be spent yet.

    Raises NotAllowedError, InvalidError (name or title), or ConflictError when there is such a population.
    """
    check_user_can_set_budgets(actor)
    population = Population(name=validation.slug(name, "name"), title=validation.line(title, "title"))
    try:
        with session.begin_nested():
            session.add(population)
    except IntegrityError:
        message = Text("Deze populatie bestaat al.", "This population exists already.")
        raise ConflictError("population_exists", message, field="name") from None
    session.add(_new_budget(population, None))
    session.flush()
    record(session, actor, "budget.open", population, "a data steward opens it", title=population.title)
    return population


def add_dataset(
    session: Session, actor: Actor, population: Population, dataset: Dataset, unit: str
) -> PopulationDataset:
    """Say that the units of a dataset are of a population: it counts once somebody else confirms it.

    Raises NotAllowedError, InvalidError when no version has such a unit, or ConflictError when it was said before, of
    another unit of the dataset, or too late: answers were given already.
    """
    steward = check_user_can_set_budgets(actor)
    if not any(unit in version.document["units"] for version in dataset.versions):
        message = Text("Deze dataset heeft die eenheid niet.", "This dataset has no such unit.")
        raise InvalidError("no_such_unit", message, field="unit")
    _check_one_unit(session, population, dataset, unit)
    _check_not_answered(session, dataset)
    member = PopulationDataset(
        population_id=population.id, dataset_id=dataset.id, unit=unit, added_by_id=steward.id
    )
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError:
        message = Text("Deze eenheid hoort al bij een populatie.", "This unit is of a population already.")
        raise ConflictError("unit_has_population", message, field="unit") from None
    reason = "a data steward says what it is about"
    record(session, actor, "budget.add_dataset", population, reason, dataset=dataset.name, unit=unit)
    return member


def _check_one_unit(session: Session, population: Population, dataset: Dataset, unit: str) -> None:
    """Two keys of one population may point out the same somebody: what both lose together is nothing that we know."""
    other = PopulationDataset.unit != unit
    here = PopulationDataset.dataset_id == dataset.id, PopulationDataset.population_id == population.id
    if session.scalar(select(PopulationDataset.id).where(*here, other).limit(1)) is not None:
        message = Text(
            "Deze dataset hoort met een andere eenheid al bij deze populatie.",
            "This dataset is of this population already, by another unit.",
        )
        raise ConflictError("dataset_has_unit", message, field="unit")


def _check_not_answered(session: Session, dataset: Dataset) -> None:
    """A budget that begins after answers were given would promise less loss than there was."""
    versions = select(DatasetVersion.id).where(DatasetVersion.dataset_id == dataset.id)
    charges = select(PrivacyCharge.id).where(PrivacyCharge.dataset_version_id.in_(versions))
    if session.scalar(charges.limit(1)) is not None:
        message = Text(
            "Over deze data zijn al antwoorden met ruis gevraagd; wat die deze eenheid kostten, is niet geteld.",
            "Answers with noise were asked of this data already; what they cost this unit was not counted.",
        )
        raise ConflictError("answered_already", message, field="dataset")


def set_total(
    session: Session, actor: Actor, population: Population, about: About, total: Total, reason: str
) -> BudgetProposal:
    """Say how much may be spent: less holds at once, more once somebody else confirms it.

    Raises NotAllowedError (no steward, or own work), InvalidError (total, reason) or ConflictError (spent already, or
    something waits for confirmation).
    """
    steward = check_user_can_set_budgets(actor)
    check_not_about_self(session, steward, about)
    total.check()
    words = validation.line(reason, "reason", LONGEST_REASON)
    budget = budget_of(session, population, about)
    is_new = budget is None
    budget = budget or _new_budget(population, about)
    _check_nothing_proposed(budget)
    check_covers(total, budget)
    # Who had no cap of their own had all of it: any is less.
    proposal = _proposal(budget, steward, total, words)
    session.add(proposal)
    session.flush()
    if is_looser(total, budget) and not (is_new and isinstance(about, Person)):
        _told(session, actor, "budget.propose", proposal)
        return proposal
    return put_in_force(session, actor, proposal, steward)


def _proposal(budget: PrivacyBudget, steward: Person, total: Total, reason: str) -> BudgetProposal:
    return BudgetProposal(
        budget=budget,
        total_nano_rho=total.nano_rho,
        total_nano_epsilon=total.nano_epsilon,
        reason=reason,
        proposed_by=steward,
        confirmed=None,
    )


def put_in_force(session: Session, actor: Actor, proposal: BudgetProposal, by: Person) -> BudgetProposal:
    """Let a budget have the total that was asked for, from now on; it keeps what was spent.

    Raises ConflictError when more was spent meanwhile.
    """
    budget = proposal.budget
    check_covers(total_of(proposal), budget)
    budget.total_nano_rho, budget.total_nano_epsilon = proposal.total_nano_rho, proposal.total_nano_epsilon
    proposal.confirmed, proposal.decided_by, proposal.decided_at = True, by, now()
    session.flush()
    _told(session, actor, "budget.set", proposal)
    return proposal


def total_of(said: BudgetProposal | PrivacyBudget) -> Total:
    """Return a total as it is kept."""
    return Total(said.total_nano_rho, said.total_nano_epsilon)


def budget_of(session: Session, population: Population, about: About) -> PrivacyBudget | None:
    """Return the budget of everybody, of a project or of a person; None when none was ever set."""
    where = PrivacyBudget.population_id == population.id, PrivacyBudget.scope == scope_of(about)
    return session.scalar(select(PrivacyBudget).where(*where))


def scope_of(about: About) -> str:
    """Return the name of the scope of a budget."""
    if about is None:
        return EVERYBODY
    return scope_of_project(about) if isinstance(about, Project) else scope_of_person(about)


def _new_budget(population: Population, about: About) -> PrivacyBudget:
    return PrivacyBudget(
        population=population,
        scope=scope_of(about),
        project=about if isinstance(about, Project) else None,
        person=about if isinstance(about, Person) else None,
        total_nano_rho=0,
        total_nano_epsilon=None,
        spent_nano_rho=0,
        spent_nano_epsilon=0,
    )


def is_looser(total: Total, budget: PrivacyBudget) -> bool:
    """Tell whether a total lets more be spent than a budget does now, in either kind."""
    if budget.total_nano_epsilon is not None and (
        total.nano_epsilon is None or total.nano_epsilon > budget.total_nano_epsilon
    ):
        return True
    return total.nano_rho > budget.total_nano_rho


def check_covers(total: Total, budget: PrivacyBudget) -> None:
    """Raise ConflictError unless a total covers what was spent; a pure one only where every answer so far was pure."""
    pure = total.nano_epsilon is None or (
        budget.spent_nano_epsilon <= total.nano_epsilon and not _is_impure(budget)
    )
    if not pure or budget.spent_nano_rho > total.nano_rho:
        raise ConflictError(
            "below_spent",
            Text("Er is al meer besteed dan dit.", "More than this has been spent already."),
            field="total",
        )


def _is_impure(budget: PrivacyBudget) -> bool:
    return any(entry.nano_epsilon is None for entry in budget.entries)


def _check_nothing_proposed(budget: PrivacyBudget) -> None:
    if any(one.confirmed is None for one in budget.proposals):
        raise ConflictError(
            "proposed_already",
            Text("Hiervoor ligt al een voorstel.", "Something is proposed for this already."),
            field="total",
            remedy=Text("Laat dat bevestigen, of trek het in.", "Let that be confirmed, or take it back."),
        )


def _told(session: Session, actor: Actor, action: str, proposal: BudgetProposal) -> None:
    record(
        session,
        actor,
        action,
        proposal.budget.population,
        proposal.reason,
        scope=proposal.budget.scope,
        nano_rho=proposal.total_nano_rho,
        nano_epsilon=proposal.total_nano_epsilon,
        proposed_by=proposal.proposed_by.subject,
    )


def record(
    session: Session, actor: Actor, action: str, population: Population, reason: str, **details: object
) -> None:
    """Enter what was said of a population in the audit."""
    audit.record(session, actor, action, f"population:{population.name}", reason, **details)


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

"""Reading budgets: for those who answer for a population, and what is left for somebody who wants to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.models import DatasetView, Grant, Project
from api.audit.service import Actor
from api.budget.models import ChargeEntry, Population, PopulationDataset, PrivacyBudget, PrivacyCharge
from api.budget.permissions import check_user_can_see_budgets, check_user_can_set_budgets
from api.budget.service import EVERYBODY, budgets_for, members_of, scope_of_person, scope_of_project
from api.budget.setting import About
from api.catalogue.models import Dataset, DatasetVersion
from api.errors import ConflictError, InvalidError, NotFoundError
from api.people.models import Person
from output_checker.text import Text

MOST_CHARGES = 100
"""Answers of a population that are listed, the newest first."""


@dataclass(frozen=True)
class Left:
    """What a project, asking as a person, may still spend on the units of a dataset, in billionths.

    `nano_epsilon` is None where other than pure answers may draw on it too.
    """

    population: Population
    unit: str
    nano_rho: int
    nano_epsilon: int | None


def populations_for(session: Session, person: Person) -> Sequence[Population]:
    """Return all populations with a budget; raises NotAllowedError unless `person` may see them."""
    check_user_can_see_budgets(person)
    return session.scalars(select(Population).order_by(Population.name)).all()


def find_population(session: Session, person: Person | None, name: str) -> Population:
    """Return the population called `name`; raises NotAllowedError, or NotFoundError when there is none."""
    check_user_can_see_budgets(person)
    population = session.scalar(select(Population).where(Population.name == name))
    if population is None:
        message = Text("Deze populatie is er niet.", "There is no such population.")
        raise NotFoundError("no_population", message)
    return population


def population_to_set(session: Session, actor: Actor, name: str) -> Population:
    """Return the population called `name`, about which `actor` may say something.

    Raises NotAllowedError before anything else is looked up for them, or NotFoundError.
    """
    population = find_population(session, actor.person, name)
    check_user_can_set_budgets(actor)
    return population


def everybody_of(population: Population) -> PrivacyBudget:
    """Return the budget that the guarantee is of: a population has one from the beginning."""
    return next(budget for budget in population.budgets if budget.scope == EVERYBODY)


def total_then(budget: PrivacyBudget, moment: dt.datetime | None) -> int:
    """Return what might be spent of a budget at a moment (None: now), in billionths of rho."""
    if moment is None:
        return budget.total_nano_rho
    decided = [
        (one.decided_at, one.id, one.total_nano_rho)
        for one in budget.proposals
        if one.confirmed and one.decided_at is not None and one.decided_at <= moment
    ]
    return max(decided)[2] if decided else 0


def charges_of(session: Session, population: Population) -> Sequence[PrivacyCharge]:
    """Return the newest answers that draw on a population."""
    everybody = everybody_of(population)
    charges = select(PrivacyCharge).where(PrivacyCharge.entries.any(budget_id=everybody.id))
    return session.scalars(charges.order_by(PrivacyCharge.id.desc()).limit(MOST_CHARGES)).all()


def number_of_charges(session: Session, population: Population) -> int:
    """Return how many answers draw on a population."""
    everybody = everybody_of(population)
    counted = select(func.count(ChargeEntry.charge_id)).where(ChargeEntry.budget_id == everybody.id)
    return session.scalar(counted) or 0


def left_for(session: Session, project: Project, person: Person, dataset_id: int) -> list[Left]:
    """Return what is left for a project that asks about a dataset; nothing where it has no budget."""
    try:
        return [_left(session, member, project, person) for member in members_of(session, dataset_id)]
    except ConflictError:
        return []


def _left(session: Session, member: PopulationDataset, project: Project, person: Person) -> Left:
    """The least that any of the budgets that apply still allows."""
    budgets = budgets_for(session, member.population_id, project, person)
    pure = [
        one.total_nano_epsilon - one.spent_nano_epsilon
        for one in budgets
        if one.total_nano_epsilon is not None
    ]
    rho = min(one.total_nano_rho - one.spent_nano_rho for one in budgets)
    return Left(member.population, member.unit, rho, min(pure, default=None))


def datasets(session: Session) -> Sequence[Dataset]:
    """Return all registered datasets, by name."""
    return session.scalars(select(Dataset).order_by(Dataset.name)).all()


def dataset_called(session: Session, name: str) -> Dataset:
    """Return the dataset of this name; raises InvalidError when there is none."""
    dataset = session.scalar(select(Dataset).where(Dataset.name == name))
    if dataset is None:
        message = Text("Deze dataset is er niet.", "There is no such dataset.")
        raise InvalidError("no_dataset", message, field="dataset")
    return dataset


def projects_of(session: Session, population: Population) -> Sequence[Project]:
    """Return the projects that see a dataset of a population, by their names in addresses."""
    members = [member.dataset_id for member in population.members]
    seeing = select(DatasetView.project_id).join(DatasetVersion).where(DatasetVersion.dataset_id.in_(members))
    return session.scalars(select(Project).where(Project.id.in_(seeing)).order_by(Project.slug)).all()


def persons_of(session: Session, projects: Sequence[Project]) -> Sequence[Person]:
    """Return who has or had access to these projects, by their names in addresses."""
    members = select(Grant.person_id).where(Grant.project_id.in_([project.id for project in projects]))
    return session.scalars(select(Person).where(Person.id.in_(members)).order_by(Person.subject)).all()


def scopes_of(session: Session, population: Population) -> dict[str, About]:
    """Return everybody whose part of a budget can be set, by the name of the scope."""
    projects = projects_of(session, population)
    return {
        EVERYBODY: None,
        **{scope_of_project(one): one for one in projects},
        **{scope_of_person(one): one for one in persons_of(session, projects)},
    }


def about_called(session: Session, population: Population, scope: str) -> About:
    """Return whose part `scope` names: "everybody", "project:..." or "person:..."; raises InvalidError for any other."""
    known = scopes_of(session, population)
    if scope not in known:
        message = Text(
            "Dit project of deze persoon ziet geen data van de populatie.",
            "This project or person sees no data of the population.",
        )
        raise InvalidError("bad_scope", message, field="scope")
    return known[scope]

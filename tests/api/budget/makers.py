"""A population with a budget: everybody may spend rho 1, the project 0.6, and the data are about its persons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.service import Actor
from api.budget.deciding import confirm, confirm_member
from api.budget.models import Population
from api.budget.setting import About, Total, add_dataset, open_population, set_total
from api.catalogue.models import Dataset
from api.db import Database
from api.people.models import Person, Role
from tests.api.factories import acting
from tests.api.flow import FINE, Flow

RHO = 1_000_000_000
PROJECT_RHO = 600_000_000
NOISY: dict[str, Any] = FINE | {"noise": {"rho": 0.25}}


@dataclass(frozen=True)
class Budgeted:
    """A flow whose data has a budget."""

    flow: Flow
    population_id: int

    @property
    def database(self) -> Database:
        return self.flow.database

    @property
    def researcher(self) -> Actor:
        return acting(self.flow.world.researcher, Role.RESEARCHER)

    @property
    def steward(self) -> Actor:
        return acting(self.flow.world.steward, Role.STEWARD)

    def spent(self, scope: str = "everybody") -> int:
        """Billionths of rho that were taken from a budget."""
        with self.database.reading() as session:
            budgets = session.get_one(Population, self.population_id).budgets
            return next(budget.spent_nano_rho for budget in budgets if budget.scope == scope)


def with_budget(flow: Flow, rho: int = RHO, project_rho: int = PROJECT_RHO) -> Budgeted:
    """Let a steward open a budget, which an administrator confirms."""
    with flow.database.transaction() as session:
        steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
        other = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
        population = open_population(session, steward, name="persons", title="Personen van Heerlen")
        dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
        confirm_member(session, other, add_dataset(session, steward, population, dataset, "person"))
        project = session.get_one(Project, flow.world.project.id)
        for about, nano in ((None, rho), (project, project_rho)):
            proposal = set_total(session, steward, population, about, Total(nano), "Decided by the board.")
            confirm(session, other, proposal)
        return Budgeted(flow, population.id)


def allow(session: Session, budgeted: Budgeted, about: About, total: Total) -> None:
    """Let a total hold, with four eyes where that takes them."""
    population = session.get_one(Population, budgeted.population_id)
    steward = acting(session.get_one(Person, budgeted.flow.world.steward.id), Role.STEWARD)
    proposal = set_total(session, steward, population, about, total, "A test says so.")
    if proposal.confirmed is None:
        administrator = session.get_one(Person, budgeted.flow.world.administrator.id)
        confirm(session, acting(administrator, Role.ADMINISTRATOR), proposal)

"""A population with a budget: everybody may spend rho 1, the project 0.6, and the data are about its persons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from api.access.models import DatasetView, Project
from api.audit.service import Actor
from api.budget.answering import Asker
from api.budget.models import Population
from api.budget.setting import Total, add_dataset, allow_project, open_population
from api.catalogue.models import Dataset
from api.db import Database
from api.people.models import Person, Role
from api.settings import Settings
from tests.api.factories import acting
from tests.api.flow import Flow, Prepared, prepare

RHO = 1_000_000_000
PROJECT_RHO = 600_000_000


@dataclass(frozen=True)
class Budgeted:
    """A flow whose data has a budget."""

    flow: Flow
    population_id: int
    asker: Asker

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


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path) -> Prepared:
    return prepare(tmp_path_factory.mktemp("flow"), migrated, secrets_directory)


@pytest.fixture
def flow(database: Database, settings: Settings, prepared: Prepared) -> Flow:
    return prepared.copy_to(database, settings)


@pytest.fixture
def budgeted(flow: Flow) -> Budgeted:
    with flow.database.transaction() as session:
        steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
        population = open_population(
            session, steward, name="persons", title="Personen van Heerlen", total=Total(RHO)
        )
        dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
        add_dataset(session, steward, population, dataset, "person")
        project = session.get_one(Project, flow.world.project.id)
        allow_project(session, steward, population, project, Total(PROJECT_RHO))
        view = session.scalars(select(DatasetView).where(DatasetView.project_id == project.id)).one()
        asker = Asker(flow.world.researcher.id, project.id, view.id)
        return Budgeted(flow, population.id, asker)

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.access.models import Project
from api.audit.models import AuditRecord
from api.budget.models import Population
from api.budget.permissions import user_can_set_budgets
from api.budget.service import Question, spend
from api.budget.setting import Total, add_dataset, allow_project, cap_person, open_population
from api.catalogue.models import Dataset, DatasetVersion
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people.models import Person, Role
from output_checker.noise.accounting import Loss
from tests.api.budget.conftest import Budgeted
from tests.api.factories import acting


def test_only_a_data_steward_sets_budgets(budgeted: Budgeted) -> None:
    world = budgeted.flow.world
    assert user_can_set_budgets(world.steward)
    for person in (world.administrator, world.researcher, world.checker):
        assert not user_can_set_budgets(person)
        with budgeted.database.transaction() as session, pytest.raises(NotAllowedError):
            open_population(session, acting(person, Role.STEWARD), name="x", title="x", total=Total(1))


def test_not_even_the_service_itself_does(budgeted: Budgeted) -> None:
    from api.audit.service import SYSTEM

    with budgeted.database.transaction() as session, pytest.raises(NotAllowedError):
        open_population(session, SYSTEM, name="x", title="x", total=Total(1))


@pytest.mark.parametrize("total", [Total(-1), Total(10**12 + 1), Total(1, -1), Total(1, 10**13)])
def test_a_total_that_promises_nothing_is_refused(budgeted: Budgeted, total: Total) -> None:
    with budgeted.database.transaction() as session, pytest.raises(InvalidError):
        open_population(session, budgeted.steward, name="x", title="x", total=total)


def test_a_population_has_one_budget_and_a_unit_one_population(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        population = session.get_one(Population, budgeted.population_id)
        dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
        with pytest.raises(ConflictError, match="exists already"):
            open_population(session, budgeted.steward, name="persons", title="again", total=Total(1))
        with pytest.raises(ConflictError, match="population already"):
            add_dataset(session, budgeted.steward, population, dataset, "person")
        with pytest.raises(InvalidError, match="no such unit"):
            add_dataset(session, budgeted.steward, population, dataset, "street")


def test_a_total_can_change_but_never_below_what_was_spent(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        population = session.get_one(Population, budgeted.population_id)
        project = session.get_one(Project, budgeted.asker.project_id)
        person = session.get_one(Person, budgeted.asker.person_id)
        version = session.scalars(select(DatasetVersion)).one()
        asked = Question("a", version, "whole", {"person": Loss(300, None)})
        spend(session, budgeted.researcher, asked, project, person)
        assert allow_project(session, budgeted.steward, population, project, Total(300)).spent_nano_rho == 300
        with pytest.raises(ConflictError, match="spent already"):
            allow_project(session, budgeted.steward, population, project, Total(299))
        with pytest.raises(ConflictError, match="spent already"):
            allow_project(session, budgeted.steward, population, project, Total(300, 10**9))
        assert cap_person(session, budgeted.steward, population, person, Total(300, 5)).spent_nano_rho == 0


def test_a_pure_total_never_falls_below_what_was_spent(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        population = session.get_one(Population, budgeted.population_id)
        project = session.get_one(Project, budgeted.asker.project_id)
        person = session.get_one(Person, budgeted.asker.person_id)
        version = session.scalars(select(DatasetVersion)).one()
        asked = Question("a", version, "whole", {"person": Loss(1, 50)})
        spend(session, budgeted.researcher, asked, project, person)
        assert (
            allow_project(session, budgeted.steward, population, project, Total(300, 50)).total_nano_epsilon
            == 50
        )
        with pytest.raises(ConflictError, match="spent already"):
            allow_project(session, budgeted.steward, population, project, Total(300, 49))


def test_every_change_is_on_the_record(budgeted: Budgeted) -> None:
    with budgeted.database.reading() as session:
        actions = session.scalars(
            select(AuditRecord.action).where(AuditRecord.subject == "population:persons")
        ).all()
    assert list(actions) == ["budget.set", "budget.add_dataset", "budget.set"]

"""Setting budgets: less at once, more with four eyes, and never below what was spent."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from api.access.models import Project
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.budget.deciding import (
    confirm,
    confirm_member,
    dismiss,
    dismiss_member,
    find_member,
    find_proposal,
    user_can_confirm,
    user_can_confirm_member,
)
from api.budget.models import BudgetProposal, Population, PrivacyBudget
from api.budget.permissions import (
    check_user_can_see_budgets,
    user_can_decide_on_budgets,
    user_can_set_budgets,
)
from api.budget.service import Question, spend
from api.budget.setting import (
    About,
    Total,
    add_dataset,
    budget_of,
    open_population,
    set_total,
    unbalanced,
)
from api.catalogue.models import Dataset, DatasetVersion
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.people.models import Person, Role
from output_checker.noise.accounting import Loss
from tests.api.budget.makers import PROJECT_RHO, RHO, Budgeted, allow
from tests.api.factories import acting, make_grant, make_official

WHY = "A test says so."


def population(session: Session, budgeted: Budgeted) -> Population:
    return session.get_one(Population, budgeted.population_id)


def project(session: Session, budgeted: Budgeted) -> Project:
    return session.get_one(Project, budgeted.flow.world.project.id)


def administrator(session: Session, budgeted: Budgeted) -> Actor:
    return acting(session.get_one(Person, budgeted.flow.world.administrator.id), Role.ADMINISTRATOR)


def asked(session: Session, budgeted: Budgeted, about: About, total: Total) -> BudgetProposal:
    return set_total(session, budgeted.steward, population(session, budgeted), about, total, WHY)


def spent(session: Session, budgeted: Budgeted, loss: Loss) -> None:
    version = session.scalars(select(DatasetVersion)).one()
    person = session.get_one(Person, budgeted.flow.world.researcher.id)
    question = Question("a", version, "whole", {"person": loss})
    spend(session, budgeted.researcher, question, project(session, budgeted), person)


def test_only_a_data_steward_sets_budgets(budgeted: Budgeted) -> None:
    world = budgeted.flow.world
    assert user_can_set_budgets(world.steward)
    actors = [acting(one, Role.STEWARD) for one in (world.administrator, world.researcher, world.checker)]
    with budgeted.database.transaction() as session:
        for actor in (*actors, SYSTEM):
            assert not user_can_set_budgets(actor.person)
            with pytest.raises(NotAllowedError):
                open_population(session, actor, name="x", title="x")


def test_stewards_and_administrators_decide_and_auditors_read(budgeted: Budgeted) -> None:
    world = budgeted.flow.world
    assert user_can_decide_on_budgets(world.steward)
    assert user_can_decide_on_budgets(world.administrator)
    assert not user_can_decide_on_budgets(world.auditor)
    assert not user_can_decide_on_budgets(None)
    check_user_can_see_budgets(world.auditor)
    with pytest.raises(NotAllowedError):
        check_user_can_see_budgets(world.researcher)


@pytest.mark.parametrize("total", [Total(-1), Total(10**12 + 1), Total(1, -1), Total(1, 10**13)])
def test_a_total_that_promises_nothing_is_refused(budgeted: Budgeted, total: Total) -> None:
    with budgeted.database.transaction() as session, pytest.raises(InvalidError):
        asked(session, budgeted, None, total)


def test_a_population_has_one_budget_and_a_unit_one_population(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        people = population(session, budgeted)
        dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
        with pytest.raises(ConflictError, match="exists already"):
            open_population(session, budgeted.steward, name="persons", title="again")
        with pytest.raises(ConflictError, match="population already"):
            add_dataset(session, budgeted.steward, people, dataset, "person")
        with pytest.raises(InvalidError, match="no such unit"):
            add_dataset(session, budgeted.steward, people, dataset, "street")
        with pytest.raises(InvalidError):
            open_population(session, budgeted.steward, name="Not a name", title="x")


def test_a_budget_begins_with_nothing(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        opened = open_population(session, budgeted.steward, name="dwellings", title="Woningen")
        found = budget_of(session, opened, None)
        assert found is not None
        assert found.total_nano_rho == 0


class TestFourEyes:
    def test_less_holds_at_once_and_more_once_somebody_else_confirms(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            assert asked(session, budgeted, None, Total(RHO - 1)).confirmed
            more = asked(session, budgeted, None, Total(RHO + 1))
            assert more.confirmed is None
            assert more.budget.total_nano_rho == RHO - 1
            assert not user_can_confirm(session, budgeted.flow.world.steward, more)
            assert user_can_confirm(session, budgeted.flow.world.administrator, more)
            with pytest.raises(NotAllowedError, match="own proposal"):
                confirm(session, budgeted.steward, more)
            with pytest.raises(ConflictError, match="proposed for this already"):
                asked(session, budgeted, None, Total(RHO))
            assert confirm(session, administrator(session, budgeted), more).budget.total_nano_rho == RHO + 1
            with pytest.raises(ConflictError, match="decided on already"):
                confirm(session, administrator(session, budgeted), more)

    def test_who_proposed_may_take_it_back_and_others_turn_it_down(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            more = dismiss(session, budgeted.steward, asked(session, budgeted, None, Total(2 * RHO)))
            assert (more.confirmed, more.budget.total_nano_rho) == (False, RHO)
            with pytest.raises(ConflictError):
                dismiss(session, administrator(session, budgeted), more)

    def test_a_stranger_decides_nothing(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            more = asked(session, budgeted, None, Total(2 * RHO))
            for actor in (budgeted.researcher, SYSTEM):
                with pytest.raises(NotAllowedError):
                    confirm(session, actor, more)

    def test_a_pure_budget_that_takes_others_is_larger(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            assert asked(session, budgeted, None, Total(RHO, 5)).confirmed
            assert asked(session, budgeted, None, Total(RHO, 4)).confirmed
            for looser in (Total(RHO, 5), Total(RHO)):
                proposal = asked(session, budgeted, None, looser)
                assert proposal.confirmed is None
                dismiss(session, budgeted.steward, proposal)

    def test_a_first_cap_of_a_person_is_less_than_none(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            person = session.get_one(Person, budgeted.flow.world.researcher.id)
            assert asked(session, budgeted, person, Total(1)).confirmed
            assert asked(session, budgeted, person, Total(2)).confirmed is None

    def test_nobody_sets_or_confirms_what_they_work_with_themselves(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            own = project(session, budgeted)
            more = asked(session, budgeted, own, Total(PROJECT_RHO + 1))
            insider = make_official(session, role=Role.STEWARD, centre=own.centre)
            make_grant(session, person=insider, project=own)
            assert not user_can_confirm(session, insider, more)
            with pytest.raises(NotAllowedError, match="own work"):
                confirm(session, acting(insider, Role.STEWARD), more)
            for about in (own, insider):
                with pytest.raises(NotAllowedError, match="own work"):
                    set_total(
                        session,
                        acting(insider, Role.STEWARD),
                        population(session, budgeted),
                        about,
                        Total(1),
                        WHY,
                    )

    def test_data_counts_once_somebody_else_confirms_it(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            people, steward = population(session, budgeted), budgeted.flow.world.steward
            dismissed = people.members[0]
            with pytest.raises(ConflictError, match="decided on already"):
                dismiss_member(session, budgeted.steward, dismissed)
            dismissed.confirmed_by = None
            dismiss_member(session, budgeted.steward, dismissed)
            dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
            member = add_dataset(session, budgeted.steward, people, dataset, "person")
            assert not user_can_confirm_member(steward, member)
            with pytest.raises(NotAllowedError, match="own proposal"):
                confirm_member(session, budgeted.steward, member)
            confirm_member(session, administrator(session, budgeted), member)
            assert member.confirmed_by is not None

    def test_what_is_of_another_population_is_not_found(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            other = open_population(session, budgeted.steward, name="dwellings", title="Woningen")
            more, member = (
                asked(session, budgeted, None, Total(2 * RHO)),
                population(session, budgeted).members[0],
            )
            for find, found in ((find_proposal, more), (find_member, member)):
                assert find(session, population(session, budgeted), found.id) is found
                for where, number in ((other, found.id), (other, 10**6)):
                    with pytest.raises(NotFoundError):
                        find(session, where, number)


class TestOtherUnits:
    def with_households(self, session: Session) -> Dataset:
        dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
        (version,) = dataset.versions
        units = version.document["units"]
        set_committed_value(version, "document", version.document | {"units": units | {"household": {}}})
        return dataset

    def test_two_units_of_a_dataset_are_not_of_one_population(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            dataset = self.with_households(session)
            with pytest.raises(ConflictError, match="by another unit"):
                add_dataset(session, budgeted.steward, population(session, budgeted), dataset, "household")
            homes = open_population(session, budgeted.steward, name="homes", title="Huishoudens")
            assert add_dataset(session, budgeted.steward, homes, dataset, "household").confirmed_by is None

    def test_a_budget_does_not_begin_after_answers(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            dataset = self.with_households(session)
            homes = open_population(session, budgeted.steward, name="homes", title="Huishoudens")
            spent(session, budgeted, Loss(1, None))
            with pytest.raises(ConflictError, match="asked of this data already"):
                add_dataset(session, budgeted.steward, homes, dataset, "household")


class TestWhatWasSpent:
    def test_a_total_can_change_but_never_below(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            spent(session, budgeted, Loss(300, None))
            own = project(session, budgeted)
            assert asked(session, budgeted, own, Total(300)).budget.spent_nano_rho == 300
            for total in (Total(299), Total(300, 10**9)):
                with pytest.raises(ConflictError, match="spent already"):
                    asked(session, budgeted, own, total)

    def test_a_pure_total_never_falls_below(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            spent(session, budgeted, Loss(1, 50))
            own = project(session, budgeted)
            assert asked(session, budgeted, own, Total(300, 50)).confirmed
            with pytest.raises(ConflictError, match="spent already"):
                asked(session, budgeted, own, Total(300, 49))

    def test_more_may_be_spent_before_it_is_confirmed(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            more = asked(session, budgeted, None, Total(2 * RHO))
            more.total_nano_rho = 299
            spent(session, budgeted, Loss(300, None))
            session.expire_all()
            with pytest.raises(ConflictError, match="spent already"):
                confirm(session, administrator(session, budgeted), more)


def test_every_change_is_on_the_record(budgeted: Budgeted) -> None:
    with budgeted.database.transaction() as session:
        allow(session, budgeted, None, Total(RHO - 1))
        about = AuditRecord.subject == "population:persons"
        actions = session.scalars(select(AuditRecord.action).where(about).order_by(AuditRecord.seq)).all()
        assert unbalanced(session) == []
        assert {one.scope for one in session.scalars(select(PrivacyBudget))} == {
            "everybody",
            "project:minimum-incomes",
        }
    assert list(actions) == [
        "budget.open",
        "budget.add_dataset",
        "budget.confirm_dataset",
        "budget.propose",
        "budget.set",
        "budget.propose",
        "budget.set",
        "budget.set",
    ]

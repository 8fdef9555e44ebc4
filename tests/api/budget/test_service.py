"""Nothing is overspent, nothing is paid for twice, and nothing is refunded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.models import AuditRecord
from api.budget import service
from api.budget.service import Question, charge_of, spend, store
from api.budget.setting import Total, unbalanced
from api.catalogue.models import DatasetVersion
from api.errors import ConflictError
from api.people.models import Person
from output_checker.noise.accounting import Loss
from tests.api.budget.makers import PROJECT_RHO, RHO, Budgeted, allow


def question(session: Session, digest: str = "a", loss: Loss | None = None) -> Question:
    version = session.scalars(select(DatasetVersion)).one()
    return Question(digest, version, "whole", {"person": loss or Loss(100_000_000, None)})


def charged(budgeted: Budgeted, digest: str = "a", loss: Loss | None = None) -> int:
    with budgeted.database.transaction() as session:
        project = session.get_one(Project, budgeted.flow.world.project.id)
        person = session.get_one(Person, budgeted.flow.world.researcher.id)
        return spend(session, budgeted.researcher, question(session, digest, loss), project, person).id


class TestSpending:
    def test_every_budget_that_applies_is_charged(self, budgeted: Budgeted) -> None:
        charged(budgeted)
        assert budgeted.spent() == budgeted.spent("project:minimum-incomes") == 100_000_000

    def test_the_same_question_is_paid_for_once(self, budgeted: Budgeted) -> None:
        assert charged(budgeted) == charged(budgeted)
        assert budgeted.spent() == 100_000_000

    def test_of_the_same_file_with_other_metadata_it_is_another_question(self, budgeted: Budgeted) -> None:
        """An answer with other bounds is another draw, and costs something else."""
        with budgeted.database.reading() as session:
            asked = question(session)
            before = asked.version
            again, other = (
                replace(asked, version=DatasetVersion(sha256=before.sha256, document=document))
                for document in (dict(before.document), before.document | {"units": {}})
            )
        assert again.key == asked.key != other.key

    def test_a_twin_that_was_first_pays_for_both(
        self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = charged(budgeted)
        monkeypatch.setattr(service, "charge_of", lambda *_: None)
        assert charged(budgeted) == first
        assert budgeted.spent() == 100_000_000

    def test_the_smallest_budget_decides_and_all_or_none_are_charged(self, budgeted: Budgeted) -> None:
        charged(budgeted, "a", Loss(PROJECT_RHO, None))
        with pytest.raises(ConflictError) as refused:
            charged(budgeted, "b", Loss(1, None))
        assert refused.value.code == "privacy_budget_exhausted"
        assert budgeted.spent() == PROJECT_RHO
        with budgeted.database.reading() as session:
            assert charge_of(session, question(session, "b")) is None

    def test_the_population_is_capped_whatever_projects_may(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            project = session.get_one(Project, budgeted.flow.world.project.id)
            allow(session, budgeted, project, Total(10 * RHO))
        with pytest.raises(ConflictError):
            charged(budgeted, "a", Loss(RHO + 1, None))
        assert budgeted.spent() == 0

    def test_a_person_may_be_capped(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            person = session.get_one(Person, budgeted.flow.world.researcher.id)
            allow(session, budgeted, person, Total(50_000_000))
        with pytest.raises(ConflictError):
            charged(budgeted)
        charged(budgeted, "b", Loss(50_000_000, None))
        assert budgeted.spent("person:researcher") == 50_000_000

    def test_a_pure_budget_takes_pure_answers_only(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            project = session.get_one(Project, budgeted.flow.world.project.id)
            allow(session, budgeted, project, Total(RHO, 10**9))
        for digest, loss in (("a", Loss(1, None)), ("b", Loss(1, 10**9 + 1))):
            with pytest.raises(ConflictError):
                charged(budgeted, digest, loss)
        charged(budgeted, "c", Loss(500_000_000, 10**9))
        with pytest.raises(ConflictError):
            charged(budgeted, "d", Loss(1, 1))

    def test_no_budget_no_answer(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            session.execute(text("DELETE FROM budget_proposal"))
            session.execute(text("DELETE FROM privacy_budget WHERE project_id IS NOT NULL"))
        with pytest.raises(ConflictError) as refused:
            charged(budgeted)
        assert refused.value.code == "no_privacy_budget"

    def test_no_population_no_answer(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            session.execute(text("DELETE FROM population_dataset"))
        with pytest.raises(ConflictError) as refused:
            charged(budgeted)
        assert refused.value.code == "no_privacy_budget"

    def test_a_unit_whose_loss_nobody_knows(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            asked = replace(question(session), losses={"household": Loss(1, 1)})
            project = session.get_one(Project, budgeted.flow.world.project.id)
            person = session.get_one(Person, budgeted.flow.world.researcher.id)
            with pytest.raises(ConflictError) as refused:
                spend(session, budgeted.researcher, asked, project, person)
        assert refused.value.code == "unbounded_loss"

    def test_data_that_waits_for_confirmation_is_asked_nothing(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        with pytest.raises(ConflictError) as refused:
            charged(budgeted)
        assert refused.value.code == "no_privacy_budget"

    def test_each_charge_is_on_the_record(self, budgeted: Budgeted) -> None:
        charged(budgeted)
        with budgeted.database.reading() as session:
            told = session.scalars(select(AuditRecord).where(AuditRecord.action == "noise.spend")).one()
            assert "persons/everybody" in told.document


class TestTheDatabaseItself:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE charge_entry SET nano_rho = 0",
            "DELETE FROM charge_entry",
            "DELETE FROM privacy_charge",
            "UPDATE privacy_charge SET project_id = 2",
            "UPDATE privacy_answer SET document = '{}'",
            "DELETE FROM privacy_answer",
            "UPDATE privacy_budget SET spent_nano_rho = total_nano_rho + 1",
        ],
    )
    def test_what_was_spent_cannot_be_taken_back(self, budgeted: Budgeted, statement: str) -> None:
        charge = charged(budgeted)
        with budgeted.database.transaction() as session:
            store(session, charge, {"number": 1})
        with pytest.raises(IntegrityError), budgeted.database.transaction() as session:
            session.execute(text(statement))

    def test_an_unbalanced_ledger_is_seen(self, budgeted: Budgeted) -> None:
        charged(budgeted)
        with budgeted.database.transaction() as session:
            assert unbalanced(session) == []
            session.execute(text("UPDATE privacy_budget SET spent_nano_rho = 0 WHERE scope = 'everybody'"))
            assert unbalanced(session) == ["persons/everybody"]

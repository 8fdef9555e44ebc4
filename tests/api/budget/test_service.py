"""Nothing is overspent, nothing is paid for twice, and nothing is refunded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.models import AuditRecord
from api.budget import answering, service
from api.budget.answering import Asker, answer_with_noise
from api.budget.models import Population, PrivacyBudget, PrivacyCharge
from api.budget.service import Question, charge_of, spend, store
from api.budget.setting import Total, allow_project, cap_person, unbalanced
from api.catalogue.models import Dataset, DatasetVersion
from api.errors import ConflictError
from api.people.models import Person
from output_checker.errors import EvidenceError
from output_checker.noise.accounting import Loss
from output_checker.noise.errors import NoiseError
from output_checker.query import Query
from output_checker.text import Text
from tests.api.budget.conftest import PROJECT_RHO, RHO, Budgeted

HALF = {"rho": 0.25}


def query(**changes: Any) -> Query:
    return Query.parse({"dataset": "people", "index": "sex", "noise": HALF, **changes})


def ask(budgeted: Budgeted, **changes: Any) -> dict[str, Any]:
    flow = budgeted.flow
    return answer_with_noise(
        flow.database, flow.settings, budgeted.researcher, query(**changes), budgeted.asker
    )


def question(session: Session, digest: str = "a", loss: Loss | None = None) -> Question:
    version = session.scalars(select(DatasetVersion)).one()
    return Question(digest, version, "whole", {"person": loss or Loss(100_000_000, None)})


def charged(budgeted: Budgeted, digest: str = "a", loss: Loss | None = None) -> int:
    with budgeted.database.transaction() as session:
        project = session.get_one(Project, budgeted.asker.project_id)
        person = session.get_one(Person, budgeted.asker.person_id)
        return spend(session, budgeted.researcher, question(session, digest, loss), project, person).id


class TestSpending:
    def test_every_budget_that_applies_is_charged(self, budgeted: Budgeted) -> None:
        charged(budgeted)
        assert budgeted.spent() == budgeted.spent("project:minimum-incomes") == 100_000_000

    def test_the_same_question_is_paid_for_once(self, budgeted: Budgeted) -> None:
        assert charged(budgeted) == charged(budgeted)
        assert budgeted.spent() == 100_000_000

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
            population = session.get_one(Population, budgeted.population_id)
            project = session.get_one(Project, budgeted.asker.project_id)
            allow_project(session, budgeted.steward, population, project, Total(10 * RHO))
        with pytest.raises(ConflictError):
            charged(budgeted, "a", Loss(RHO + 1, None))
        assert budgeted.spent() == 0

    def test_a_person_may_be_capped(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            population = session.get_one(Population, budgeted.population_id)
            person = session.get_one(Person, budgeted.asker.person_id)
            cap_person(session, budgeted.steward, population, person, Total(50_000_000))
        with pytest.raises(ConflictError):
            charged(budgeted)
        charged(budgeted, "b", Loss(50_000_000, None))
        assert budgeted.spent("person:researcher") == 50_000_000

    def test_a_pure_budget_takes_pure_answers_only(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            population = session.get_one(Population, budgeted.population_id)
            project = session.get_one(Project, budgeted.asker.project_id)
            allow_project(session, budgeted.steward, population, project, Total(RHO, 10**9))
        for digest, loss in (("a", Loss(1, None)), ("b", Loss(1, 10**9 + 1))):
            with pytest.raises(ConflictError):
                charged(budgeted, digest, loss)
        charged(budgeted, "c", Loss(500_000_000, 10**9))
        with pytest.raises(ConflictError):
            charged(budgeted, "d", Loss(1, 1))

    def test_no_budget_no_answer(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
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
            project = session.get_one(Project, budgeted.asker.project_id)
            person = session.get_one(Person, budgeted.asker.person_id)
            with pytest.raises(ConflictError) as refused:
                spend(session, budgeted.researcher, asked, project, person)
        assert refused.value.code == "unbounded_loss"

    def test_a_new_version_of_the_same_people_draws_on_the_same_budget(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            dataset = session.scalars(select(Dataset).where(Dataset.name == "people")).one()
            members = session.get_one(Population, budgeted.population_id).members
            assert [member.dataset_id for member in members] == [dataset.id]

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
            "UPDATE privacy_charge SET answer = '{}'",
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


class TestAnswering:
    def test_the_same_question_has_the_same_answer_for_free(self, budgeted: Budgeted) -> None:
        first = ask(budgeted)
        assert ask(budgeted) == first
        assert budgeted.spent() == 250_000_000

    def test_spelling_does_not_make_it_another_question(self, budgeted: Budgeted) -> None:
        assert ask(budgeted, index=["sex"], margins=False) == ask(budgeted)
        assert budgeted.spent() == 250_000_000

    def test_no_true_number_is_in_it(self, budgeted: Budgeted) -> None:
        """The counts of women and men are about a thousand; noise of epsilon 0.000001 leaves nothing of them."""
        found = ask(budgeted, noise={"epsilon": 0.000001})
        assert found["measurements"][0]["parameter"] == "1000000"
        assert all(abs(number) < 10**8 for number in found["measurements"][0]["numbers"])

    def test_a_refused_question_costs_nothing(self, budgeted: Budgeted) -> None:
        with pytest.raises(NoiseError):
            ask(budgeted, values="income", aggfunc="sum")
        assert budgeted.spent() == 0

    def test_what_fails_after_spending_stays_spent_and_is_tried_again_for_free(
        self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object) -> None:
            raise EvidenceError(Text("Kapot.", "Broken."))

        with monkeypatch.context() as broken:
            broken.setattr(answering, "answer", fails)
            with pytest.raises(EvidenceError):
                ask(budgeted)
        assert budgeted.spent() == 250_000_000
        assert ask(budgeted)["units"] == "person"
        assert budgeted.spent() == 250_000_000

    def test_a_twin_that_stored_first_gives_the_answer(self, budgeted: Budgeted) -> None:
        charge = charged(budgeted)
        with budgeted.database.transaction() as session:
            assert store(session, charge, {"number": 1}) == {"number": 1}
            assert store(session, charge, {"number": 2}) == {"number": 1}

    def test_another_view_is_another_question(self, budgeted: Budgeted) -> None:
        ask(budgeted)
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE dataset_view SET row_filter = 'income < 30000'"))
        ask(budgeted)
        assert budgeted.spent() == 500_000_000

    def test_an_exhausted_budget_ends_all_new_questions(self, budgeted: Budgeted) -> None:
        first = ask(budgeted)
        ask(budgeted, columns="area")
        with pytest.raises(ConflictError):
            ask(budgeted, index="area")
        assert ask(budgeted) == first, "what was answered stays answered"
        with budgeted.database.reading() as session:
            assert len(session.scalars(select(PrivacyCharge)).all()) == 2
            assert {budget.spent_nano_rho for budget in session.scalars(select(PrivacyBudget))} == {
                500_000_000
            }

    def test_an_asker_of_whom_nothing_is_known_gets_no_answer(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        with pytest.raises(Exception, match="No row was found"):
            answer_with_noise(flow.database, flow.settings, budgeted.researcher, query(), Asker(1, 1, 10**6))

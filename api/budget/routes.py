"""Privacy budgets for programs: stewards read and set them; a sandbox reads what is left for its project."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.access.token_door import RECORD_REFUSALS
from api.budget import deciding, queries, setting
from api.budget.models import BudgetProposal, Population, PopulationDataset, PrivacyBudget
from api.budget.queries import everybody_of
from api.budget.shown import ShownCharge, history_of, shown_charges
from api.catalogue.views import seen_under
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.identity.dependencies import LoginDep, StrongCsrfDep
from api.people.models import Person, Role
from api.requests.routes import AuthorizationHeader, sandbox_at_door
from output_checker.text import Text

router = APIRouter(tags=["budgets"])
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]


class NewPopulation(BaseModel):
    """A population whose budget is to be opened: its name in addresses, and what it is called."""

    name: str
    title: str


class NewMember(BaseModel):
    """A dataset, one kind of whose units is of the population."""

    dataset: str
    unit: str


class NewTotal(BaseModel):
    """How much may be spent: by "everybody", a "project:..." or a "person:..."."""

    scope: str
    nano_rho: int = Field(description="Billionths of rho.")
    nano_epsilon: int | None = Field(
        default=None, description="Billionths of epsilon; null: answers that are not pure may draw on it too."
    )
    reason: str


class Decision(BaseModel):
    """Whether what somebody else proposed is to hold."""

    confirm: bool


class MemberAnswer(BaseModel):
    """A dataset of a population; it counts once it is confirmed."""

    id: int
    dataset: str
    unit: str
    added_by: str
    confirmed_by: str | None


class TotalAnswer(BaseModel):
    """A total that was asked for; `confirmed` is null while it waits."""

    id: int
    scope: str
    nano_rho: int
    nano_epsilon: int | None
    reason: str
    proposed_by: str
    at: dt.datetime
    confirmed: bool | None
    decided_by: str | None


class BudgetAnswer(BaseModel):
    """What may be spent and what was, in billionths."""

    scope: str
    nano_rho: int
    nano_epsilon: int | None
    spent_nano_rho: int
    spent_nano_epsilon: int


class PopulationSummary(BaseModel):
    """A population with the budget that its guarantee is of."""

    name: str
    title: str
    budget: BudgetAnswer


class PaidAnswer(BaseModel):
    """An answer that was paid for, in billionths of rho, as the output that asked for it last; whether it left.

    `project` is whose output that is, `paid_by` who paid: the same question of another project is free. `question` is null
    for who may not read that request.
    """

    at: dt.datetime
    paid_by: str
    project: str
    request: str
    output: int
    question: Text | None
    nano_rho: int
    answered: bool
    released: bool


class PopulationAnswer(PopulationSummary):
    """A population with all its budgets, its datasets, and every total that was ever asked for, newest first.

    `answers` are the newest that were paid for.
    """

    budgets: list[BudgetAnswer]
    datasets: list[MemberAnswer]
    totals: list[TotalAnswer]
    answers: list[PaidAnswer]


class LeftAnswer(BaseModel):
    """What is left for the project of a sandbox to spend on the units of a dataset, in billionths."""

    dataset: str
    unit: str
    population: str
    nano_rho: int
    nano_epsilon: int | None


class LeftList(BaseModel):
    """What is left for each dataset that the person sees; nothing for those without a budget."""

    items: list[LeftAnswer]


@router.get("/api/budgets")
def list_budgets(login: LoginDep, database: DatabaseDep) -> list[PopulationSummary]:
    """List populations with their budgets."""
    with database.reading() as session:
        found = queries.populations_for(session, login.within(session).person)
        return [
            PopulationSummary(name=one.name, title=one.title, budget=_budget(everybody_of(one)))
            for one in found
        ]


@router.get("/api/budgets/{name}")
def read_budget(name: str, login: LoginDep, database: DatabaseDep) -> PopulationAnswer:
    """Read the budgets of a population."""
    with database.reading() as session:
        person = login.within(session).person
        return _population(session, person, queries.find_population(session, person, name))


@router.post("/api/budgets", status_code=201)
def open_budget(
    new: NewPopulation, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> PopulationAnswer:
    """Open the budget of a population; nothing may be spent of it yet."""
    with database.transaction() as session:
        login = login.within(session)
        actor = login.actor(Role.STEWARD.value)
        opened = setting.open_population(session, actor, name=new.name, title=new.title)
        return _population(session, login.person, opened)


@router.post("/api/budgets/{name}/datasets", status_code=201)
def add_dataset(
    name: str, new: NewMember, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> MemberAnswer:
    """Say that the units of a dataset are of a population; it counts once somebody else confirms it."""
    with database.transaction() as session:
        actor = login.within(session).actor(Role.STEWARD.value)
        population = queries.population_to_set(session, actor, name)
        dataset = queries.dataset_called(session, new.dataset)
        return _member(setting.add_dataset(session, actor, population, dataset, new.unit))


@router.post("/api/budgets/{name}/datasets/{number}")
def decide_on_dataset(
    name: str, number: Number, decision: Decision, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> PopulationAnswer:
    """Confirm that a dataset is of a population, or turn it down."""
    with database.transaction() as session:
        person = login.within(session).person
        decided = deciding.decide_on_member(session, person, name, number, confirmed=decision.confirm)
        return _population(session, person, decided)


@router.post("/api/budgets/{name}/totals", status_code=201)
def set_total(
    name: str, new: NewTotal, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> TotalAnswer:
    """Say how much may be spent: less holds at once, more once somebody else confirms it."""
    with database.transaction() as session:
        actor = login.within(session).actor(Role.STEWARD.value)
        population = queries.population_to_set(session, actor, name)
        about = queries.about_called(session, population, new.scope)
        total = setting.Total(new.nano_rho, new.nano_epsilon)
        return _total(setting.set_total(session, actor, population, about, total, new.reason))


@router.post("/api/budgets/{name}/totals/{number}")
def decide_on_total(
    name: str, number: Number, decision: Decision, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> TotalAnswer:
    """Confirm a total that somebody else proposed, or turn it down."""
    with database.transaction() as session:
        person = login.within(session).person
        decided = deciding.decide_on_total(session, person, name, number, confirmed=decision.confirm)
        return _total(decided)


@router.get("/sandbox/budgets", tags=["sandbox"], dependencies=[RECORD_REFUSALS])
def read_what_is_left(database: DatabaseDep, authorization: AuthorizationHeader = "") -> LeftList:
    """Read what is left of the privacy budget for this project."""
    with database.reading() as session:
        grant = sandbox_at_door(session, authorization).grant
        found = [
            LeftAnswer(
                dataset=name,
                unit=left.unit,
                population=left.population.name,
                nano_rho=left.nano_rho,
                nano_epsilon=left.nano_epsilon,
            )
            for name, view in seen_under(grant).items()
            for left in queries.left_for(
                session, grant.project, grant.person, view.dataset_version.dataset_id
            )
        ]
        return LeftList(items=found)


def _budget(one: PrivacyBudget) -> BudgetAnswer:
    return BudgetAnswer(
        scope=one.scope,
        nano_rho=one.total_nano_rho,
        nano_epsilon=one.total_nano_epsilon,
        spent_nano_rho=one.spent_nano_rho,
        spent_nano_epsilon=one.spent_nano_epsilon,
    )


def _population(session: Session, person: Person, population: Population) -> PopulationAnswer:
    return PopulationAnswer(
        name=population.name,
        title=population.title,
        budget=_budget(everybody_of(population)),
        budgets=[_budget(one) for one in population.budgets],
        datasets=[_member(one) for one in population.members],
        totals=[_total(one) for one in history_of(population)],
        answers=[_paid(one) for one in shown_charges(session, person, population)],
    )


def _paid(one: ShownCharge) -> PaidAnswer:
    return PaidAnswer(
        at=one.said.charged_at,
        paid_by=one.said.project.slug,
        project=one.asked.output.request.project.slug,
        request=one.asked.output.request.number,
        output=one.asked.output.position,
        question=one.question,
        nano_rho=one.nano_rho,
        answered=one.said.answer is not None,
        released=one.asked.is_out,
    )


def _member(one: PopulationDataset) -> MemberAnswer:
    return MemberAnswer(
        id=one.id,
        dataset=one.dataset.name,
        unit=one.unit,
        added_by=one.added_by.subject,
        confirmed_by=one.confirmed_by.subject if one.confirmed_by else None,
    )


def _total(one: BudgetProposal) -> TotalAnswer:
    return TotalAnswer(
        id=one.id,
        scope=one.budget.scope,
        nano_rho=one.total_nano_rho,
        nano_epsilon=one.total_nano_epsilon,
        reason=one.reason,
        proposed_by=one.proposed_by.subject,
        at=one.proposed_at,
        confirmed=one.confirmed,
        decided_by=one.decided_by.subject if one.decided_by else None,
    )

"""Pages of privacy budgets: what may be learned of a population in all, what was spent, and who said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.audit.service import Actor
from api.budget import deciding, queries, setting
from api.budget.models import Population
from api.budget.permissions import user_can_set_budgets
from api.budget.queries import everybody_of
from api.budget.setting import Total, unbalanced
from api.budget.shown import (
    DELTA,
    errors_at,
    history_of,
    shown_budget,
    shown_charges,
    shown_members,
    shown_proposals,
)
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Role
from api.web.forms import refusal
from api.web.rendering import page
from api.web.sent import Sent, StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.noise.accounting import NANO
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
Field = Annotated[str, Form()]
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
Given = Mapping[str, str]


@router.get("/budgets")
def budgets_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the populations with a budget."""
    with database.reading() as session:
        return _list(request, session, login)


@router.post("/budgets")
def open_it(sent: StrongSentDep, name: Field = "", title: Field = "") -> Response:
    """Open the budget of a population; what is refused is shown as it was typed."""

    def change(session: Session, login: Login) -> str:
        setting.open_population(session, login.actor(Role.STEWARD.value), name=name, title=title)
        return f"/budgets/{name}"

    given = {"name": name, "title": title}
    return sent.carry_out(
        change, lambda session, problem: _list(sent.request, session, sent.login, problem, given)
    )


@router.get("/budgets/{name}")
def budget_page(request: Request, name: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the budgets of one population."""
    with database.reading() as session:
        return _page(request, session, login, name)


@router.post("/budgets/{name}/datasets")
def add_dataset(sent: StrongSentDep, name: str, dataset: Field = "", unit: Field = "") -> Response:
    """Say that the units of a dataset are of a population; what is refused is shown as it was typed."""

    def add(session: Session, actor: Actor, population: Population) -> object:
        found = queries.dataset_called(session, dataset)
        return setting.add_dataset(session, actor, population, found, unit)

    return _set(sent, name, add, {"dataset": dataset, "unit": unit})


@router.post("/budgets/{name}/totals")
def set_total(
    sent: StrongSentDep,
    name: str,
    scope: Field = "",
    rho: Field = "",
    epsilon: Field = "",
    reason: Field = "",
) -> Response:
    """Say how much may be spent; what is refused is shown as it was typed."""

    def say(session: Session, actor: Actor, population: Population) -> object:
        about = queries.about_called(session, population, scope)
        total = Total(_nano(rho, "rho"), _nano(epsilon, "epsilon") if epsilon.strip() else None)
        return setting.set_total(session, actor, population, about, total, reason)

    return _set(sent, name, say, {"scope": scope, "rho": rho, "epsilon": epsilon, "reason": reason})


@router.post("/budgets/{name}/datasets/{number}")
def decide_on_dataset(sent: StrongSentDep, name: str, number: Number, decision: Field = "") -> Response:
    """Confirm that a dataset is of a population, or turn it down."""

    def change(session: Session, login: Login) -> str:
        confirmed = decision == "confirm"
        deciding.decide_on_member(session, login.person, name, number, confirmed=confirmed)
        return f"/budgets/{name}"

    return sent.carry_out(change, _again(sent, name, {}))


@router.post("/budgets/{name}/totals/{number}")
def decide_on_total(sent: StrongSentDep, name: str, number: Number, decision: Field = "") -> Response:
    """Confirm a total that somebody else proposed, or turn it down."""

    def change(session: Session, login: Login) -> str:
        confirmed = decision == "confirm"
        deciding.decide_on_total(session, login.person, name, number, confirmed=confirmed)
        return f"/budgets/{name}"

    return sent.carry_out(change, _again(sent, name, {}))


def _set(
    sent: Sent, name: str, say: Callable[[Session, Actor, Population], object], given: Given
) -> Response:
    """Carry out what a steward says of a population."""

    def change(session: Session, login: Login) -> str:
        actor = login.actor(Role.STEWARD.value)
        say(session, actor, queries.population_to_set(session, actor, name))
        return f"/budgets/{name}"

    return sent.carry_out(change, _again(sent, name, given))


def _again(sent: Sent, name: str, given: Given) -> Callable[[Session, EnclaveError], Response]:
    return lambda session, problem: _page(sent.request, session, sent.login, name, problem, given)


def _nano(said: str, field: str) -> int:
    """An amount with at most nine decimals, also with a decimal comma, in billionths."""
    try:
        amount = Decimal(said.strip().replace(",", ".")) * NANO
        whole = int(amount)
    except (ArithmeticError, ValueError):
        amount, whole = Decimal(1), 0
    if amount != whole:
        message = Text(
            "Vul een getal in met hoogstens negen decimalen.", "Fill in a number with at most nine decimals."
        )
        raise InvalidError("bad_amount", message, field=field)
    return whole


def _list(
    request: Request,
    session: Session,
    login: Login,
    problem: EnclaveError | None = None,
    given: Given | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    found = queries.populations_for(session, person)
    return page(
        request,
        "budgets.html",
        **refusal(problem),
        populations=[(one, shown_budget(everybody_of(one))) for one in found],
        may_open=user_can_set_budgets(person),
        given=given or {},
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    name: str,
    problem: EnclaveError | None = None,
    given: Given | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    population = queries.find_population(session, person, name)
    everybody = everybody_of(population)
    return page(
        request,
        "budget.html",
        **refusal(problem),
        population=population,
        everybody=shown_budget(everybody),
        budgets=[shown_budget(one) for one in population.budgets],
        errors=errors_at(everybody),
        delta=DELTA,
        proposals=shown_proposals(session, person, population),
        members=shown_members(person, population),
        history=[one for one in history_of(population) if one.confirmed is not None],
        charges=shown_charges(session, person, population),
        answers=queries.number_of_charges(session, population),
        is_whole=not unbalanced(session),
        may_set=user_can_set_budgets(person),
        scopes=list(queries.scopes_of(session, population)),
        datasets=[one.name for one in queries.datasets(session)],
        given=given or {},
    )

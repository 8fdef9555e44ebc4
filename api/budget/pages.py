"""Pages of privacy budgets: what may be learned of a population in all, what was spent, and who said so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.budget import deciding, queries, setting
from api.budget.models import Population
from api.budget.permissions import check_user_can_set_budgets, user_can_set_budgets
from api.budget.queries import everybody_of
from api.budget.routes import deciding_as
from api.budget.setting import Total, unbalanced
from api.budget.shown import (
    DELTA,
    errors_at,
    history_of,
    shown_budget,
    shown_members,
    shown_proposals,
)
from api.db import LARGEST_INTEGER, Database
from api.dependencies import DatabaseDep
from api.errors import ConflictError, EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep, StrongCsrfDep
from api.people.models import Role
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.noise.accounting import NANO
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
Field = Annotated[str, Form()]
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
Doing = Callable[[Session, Login, Population], object]


@router.get("/budgets")
def budgets_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the populations with a budget."""
    with database.reading() as session:
        return _list(request, session, login)


@router.post("/budgets")
def open_it(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    name: Field = "",
    title: Field = "",
) -> Response:
    """Open the budget of a population; what is refused is shown as it was typed."""
    try:
        with database.transaction() as session:
            actor = login.within(session).actor(Role.STEWARD.value)
            setting.open_population(session, actor, name=name, title=title)
    except (ConflictError, InvalidError) as problem:
        with database.reading() as session:
            return _list(request, session, login, problem, {"name": name, "title": title})
    return RedirectResponse(f"/budgets/{name}", status_code=303)


@router.get("/budgets/{name}")
def budget_page(request: Request, name: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the budgets of one population."""
    with database.reading() as session:
        return _page(request, session, login, name)


@router.post("/budgets/{name}/datasets")
def add_dataset(
    request: Request,
    name: str,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    dataset: Field = "",
    unit: Field = "",
) -> Response:
    """Say that the units of a dataset are of a population; what is refused is shown as it was typed."""

    def doing(session: Session, within: Login, population: Population) -> object:
        actor = within.actor(Role.STEWARD.value)
        check_user_can_set_budgets(actor)
        return setting.add_dataset(session, actor, population, queries.dataset_called(session, dataset), unit)

    return _done(request, database, login, name, doing, {"dataset": dataset, "unit": unit})


@router.post("/budgets/{name}/datasets/{number}")
def decide_on_dataset(
    request: Request,
    name: str,
    number: Number,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    decision: Field = "",
) -> Response:
    """Confirm that a dataset is of a population, or turn it down."""

    def doing(session: Session, within: Login, population: Population) -> object:
        decide = deciding.confirm_member if decision == "confirm" else deciding.dismiss_member
        member = deciding.find_member(session, population, number)
        return decide(session, deciding_as(within.person), member)

    return _done(request, database, login, name, doing, {})


@router.post("/budgets/{name}/totals")
def set_total(
    request: Request,
    name: str,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    scope: Field = "",
    rho: Field = "",
    epsilon: Field = "",
    reason: Field = "",
) -> Response:
    """Say how much may be spent; what is refused is shown as it was typed."""

    def doing(session: Session, within: Login, population: Population) -> object:
        actor = within.actor(Role.STEWARD.value)
        check_user_can_set_budgets(actor)
        about = queries.about_called(session, population, scope)
        total = Total(_nano(rho, "rho"), _nano(epsilon, "epsilon") if epsilon.strip() else None)
        return setting.set_total(session, actor, population, about, total, reason)

    given = {"scope": scope, "rho": rho, "epsilon": epsilon, "reason": reason}
    return _done(request, database, login, name, doing, given)


@router.post("/budgets/{name}/totals/{number}")
def decide_on_total(
    request: Request,
    name: str,
    number: Number,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    decision: Field = "",
) -> Response:
    """Confirm a total that somebody else proposed, or turn it down."""

    def doing(session: Session, within: Login, population: Population) -> object:
        decide = deciding.confirm if decision == "confirm" else deciding.dismiss
        proposal = deciding.find_proposal(session, population, number)
        return decide(session, deciding_as(within.person), proposal)

    return _done(request, database, login, name, doing, {})


def _done(
    request: Request, database: Database, login: Login, name: str, doing: Doing, given: dict[str, str]
) -> Response:
    try:
        with database.transaction() as session:
            within = login.within(session)
            doing(session, within, queries.find_population(session, within.person, name))
    except (ConflictError, InvalidError) as problem:
        with database.reading() as session:
            return _page(request, session, login, name, problem, given)
    return RedirectResponse(f"/budgets/{name}", status_code=303)


def _nano(said: str, field: str) -> int:
    """An amount with at most nine decimals, also with a decimal comma, in billionths."""
    try:
        amount = Decimal(said.strip().replace(",", ".")) * NANO
        whole = int(amount)
    except (InvalidOperation, ValueError, OverflowError):
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
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    found = queries.populations_for(session, person)
    return page(
        request,
        "budgets.html",
        status=problem.status if problem else 200,
        populations=[(one, shown_budget(everybody_of(one))) for one in found],
        may_open=user_can_set_budgets(person),
        **_typed(problem, given),
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    name: str,
    problem: EnclaveError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    population = queries.find_population(session, person, name)
    everybody = everybody_of(population)
    return page(
        request,
        "budget.html",
        status=problem.status if problem else 200,
        population=population,
        everybody=shown_budget(everybody),
        budgets=[shown_budget(one) for one in population.budgets],
        errors=errors_at(everybody),
        delta=DELTA,
        proposals=shown_proposals(session, person, population),
        members=shown_members(person, population),
        history=[one for one in history_of(population) if one.confirmed is not None],
        charges=queries.charges_of(session, population),
        is_whole=not unbalanced(session),
        may_set=user_can_set_budgets(person),
        scopes=list(queries.scopes_of(session, population)),
        datasets=[one.name for one in queries.datasets(session)],
        **_typed(problem, given),
    )


def _typed(problem: EnclaveError | None, given: dict[str, str] | None) -> dict[str, Any]:
    return {
        "problem": problem,
        "fields": {problem.field: problem.message} if problem and problem.field else {},
        "given": given or {},
    }

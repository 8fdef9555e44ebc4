"""`enclave budget`: what is left of privacy budgets, and whether their ledger is whole. People set them on the pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.budget.models import PrivacyBudget

app = typer.Typer(
    no_args_is_help=True, help="Privacy budgets: what is left, and whether the ledger is whole."
)


@app.command(name="list")
def list_budgets(
    as_json: Annotated[bool, typer.Option("--json", help="Write the budgets as JSON.")] = False,
) -> None:
    """Print every budget with what may be spent, was spent and is left, in rho."""
    from sqlalchemy import select

    from api.budget.models import PrivacyBudget
    from api.db import Database
    from api.settings import get_settings

    database = Database(get_settings().database)
    try:
        with database.reading() as session:
            told = [_told(one) for one in session.scalars(select(PrivacyBudget).order_by(PrivacyBudget.id))]
    finally:
        database.dispose()
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for one in told:
        rho = (one[name] / 1e9 for name in ("total_nano_rho", "spent_nano_rho", "left_nano_rho"))
        total, spent, left = (f"{amount:.9g}" for amount in rho)
        typer.echo(f"{one['population']}  {one['scope']}  total {total}  spent {spent}  left {left}")


def _told(budget: PrivacyBudget) -> dict[str, Any]:
    return {
        "population": budget.population.name,
        "scope": budget.scope,
        "total_nano_rho": budget.total_nano_rho,
        "spent_nano_rho": budget.spent_nano_rho,
        "left_nano_rho": budget.total_nano_rho - budget.spent_nano_rho,
    }


@app.command()
def verify() -> None:
    """Add up every charge and hold it against what was spent. Exit code 0: whole, 1: not."""
    from api.budget.setting import unbalanced
    from api.db import Database
    from api.settings import get_settings

    database = Database(get_settings().database)
    try:
        with database.reading() as session:
            wrong = unbalanced(session)
    finally:
        database.dispose()
    for budget in wrong:
        typer.echo(f"{budget}: what was spent is not the sum of its charges", err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo("the ledger is whole")

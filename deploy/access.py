"""`enclave access`: why somebody can, or cannot, do something."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.words import in_terminal_language

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.access.explaining import Explanation

app = typer.Typer(no_args_is_help=True, help="Who may do what, and why.")


@app.callback()
def _group() -> None:
    """Who may do what, and why."""


@app.command()
def explain(
    person: Annotated[str, typer.Argument(help="The person's stable name.")],
    door: Annotated[str, typer.Argument(help="What they want to do, such as open_project (see roles.md).")],
    project: Annotated[str, typer.Argument(help="The project, as in addresses.")],
    at: Annotated[
        dt.datetime | None, typer.Option(help="The moment, in the time of this machine; now when left out.")
    ] = None,
    dataset: Annotated[
        str, typer.Option(help="The dataset that they come for; whichever when left out.")
    ] = "",
) -> None:
    """Say every condition that PERSON meets or does not meet at DOOR of PROJECT. Exit code 0 may, 1 may not, 3 unknown.

    The look itself is written in the audit; nothing else changes.
    """
    from api.access.decision import Door
    from api.db import Database
    from api.errors import NotFoundError
    from api.settings import get_settings

    if door not in set(Door):
        typer.echo(f"choose a door from {', '.join(Door)}", err=True)
        raise typer.Exit(3)
    database = Database(get_settings().database)
    try:
        with database.transaction() as session:
            found = _looked(session, person, Door(door), project, at, dataset)
            _tell(found)
    except NotFoundError as error:
        typer.echo(in_terminal_language(error.message), err=True)
        raise typer.Exit(3) from None
    finally:
        database.dispose()
    raise typer.Exit(0 if found.decision.allowed else 1)


def _looked(
    session: Session, person: str, door: str, project: str, at: dt.datetime | None, dataset: str
) -> Explanation:
    from api.access.decision import Door
    from api.access.explaining import explain as explain_access
    from api.audit.service import SYSTEM, record

    moment = at.astimezone() if at else None
    found = explain_access(session, person, Door(door), project, moment, dataset)
    about = {"door": door, "project": project, "at": found.at.isoformat()}
    about |= {"dataset": dataset} if dataset else {}
    record(session, SYSTEM, "view", f"person:{person}", "why somebody can or cannot", **about)
    return found


def _tell(found: Explanation) -> None:
    for one in sorted(found.decision.tested, key=lambda one: one.met):
        typer.echo(f"{'met  ' if one.met else 'UNMET'}  {one.condition}: {in_terminal_language(one.title)}")
        for words in one.words:
            typer.echo(f"       {in_terminal_language(words)}")

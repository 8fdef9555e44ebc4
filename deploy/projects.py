"""`enclave project`: how projects stand, and the proof that the work in a closed one was deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.words import in_terminal_language

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(no_args_is_help=True, help="How projects stand, and what was deleted of closed ones.")


class ExitCode(IntEnum):
    """What a script learns."""

    PROVEN = 0
    NOT_PROVEN = 1
    UNKNOWN = 3


@contextmanager
def _reading() -> Iterator[Session]:
    from api.db import Database
    from api.settings import get_settings

    database = Database(get_settings().database)
    try:
        with database.reading() as session:
            yield session
    finally:
        database.dispose()


@app.command("list")
def list_projects() -> None:
    """Print each project with its end date and how it stands; why a deletion does not succeed is told with it."""
    from api.access.queries import projects_at
    from api.closing.shown import ending_of

    with _reading() as session:
        for ending in (ending_of(session, project) for project in projects_at(session, None)):
            until = f"{ending.project.valid_until:%Y-%m-%d}"
            typer.echo(f"{ending.project.slug:<40} {until}  {in_terminal_language(ending.label.text)}")
            deletion = ending.closing.deletion if ending.closing else None
            if deletion and deletion.problem:
                typer.echo(f"{'':<40} {deletion.problem}")


@app.command()
def statement(project: Annotated[str, typer.Argument(help="The project, as in addresses.")]) -> None:
    """Print the signed statement of what was deleted of PROJECT. Exit code 0 all is gone, 1 not (yet), 3 unknown."""
    from api.access.queries import project_by_slug
    from api.closing.deletion import statement_document
    from api.closing.service import standing_closing
    from api.secrets import SecretStore
    from api.settings import get_settings

    with _reading() as session:
        found = project_by_slug(session, project)
        if found is None:
            typer.echo(f"there is no project {project}", err=True)
            raise typer.Exit(ExitCode.UNKNOWN)
        closing = standing_closing(session, found)
        deletion = closing.deletion if closing else None
        secrets = SecretStore(get_settings().directory("secrets"))
        document = statement_document(deletion, secrets) if deletion else None
    if document is None:
        typer.echo(f"the work of {project} was not deleted (yet)", err=True)
        raise typer.Exit(ExitCode.NOT_PROVEN)
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="A statement (enclave project statement, or the page).")],
    key: Annotated[
        str | None, typer.Option(help="The public key that the service publishes, in hex.")
    ] = None,
) -> None:
    """Prove, offline and without the service, that a statement of a deletion is whole. Exit code 0 holds, 1 broken."""
    from api.closing.statement import verify_statement

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        typer.echo(f"{path}: {error}", err=True)
        raise typer.Exit(ExitCode.UNKNOWN) from None
    if problem := verify_statement(document, key):
        typer.echo(f"BROKEN  {path.name}: {in_terminal_language(problem)}")
        raise typer.Exit(ExitCode.NOT_PROVEN)
    told = document["statement"]
    typer.echo(
        f"holds   {path.name}: {told['project']['slug']}, {told['finished_at']}, key {document['public_key']}"
    )

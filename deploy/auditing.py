"""`enclave audit`: taking the chain out of the database, and proving it, and receipts of releases, offline."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.words import in_terminal_language

if TYPE_CHECKING:
    from output_checker.text import Text

app = typer.Typer(no_args_is_help=True, help="The audit chain and the receipts of releases.")


class ExitCode(IntEnum):
    """What a script learns from `enclave audit verify`."""

    HOLDS = 0
    BROKEN = 1
    BAD_INPUT = 3
    REVOKED = 4


@app.command()
def export(path: Annotated[Path, typer.Argument(help="The file to write, JSON lines.")]) -> None:
    """Write the audit chain of this installation, with its signed head, to a file."""
    from api.audit.export import export as export_chain
    from api.db import Database
    from api.secrets import SecretStore
    from api.settings import get_settings

    settings = get_settings()
    database = Database(settings.database)
    try:
        with database.reading() as session:
            head = export_chain(
                session, settings, SecretStore(settings.directory("secrets")), path.absolute()
            )
    except OSError as error:
        raise _bad_input(path, error) from None
    finally:
        database.dispose()
    typer.echo(f"{head.seq if head else 0} records in {path}")


@app.command()
def verify(
    chain: Annotated[Path | None, typer.Argument(help="An exported chain (enclave audit export).")] = None,
    receipt: Annotated[Path | None, typer.Option(help="The receipt or public proof of a release.")] = None,
    file: Annotated[
        list[Path] | None, typer.Option(help="A released file that belongs to the receipt.")
    ] = None,
    revocation: Annotated[
        Path | None, typer.Option(help="The statement that the release was revoked, if you were given one.")
    ] = None,
    head: Annotated[
        list[Path] | None,
        typer.Option(help="A signed head that you kept from before, or a directory full of them."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The public key that the service publishes, in hex.")
    ] = None,
) -> None:
    """Prove, offline and without the service, that a chain and a receipt are whole.

    Exit code 0 holds, 1 broken, 4 the release was revoked.
    """
    if (chain is None and receipt is None) or (revocation and receipt is None):
        typer.echo("name an exported chain, a --receipt (which a --revocation needs), or both", err=True)
        raise typer.Exit(ExitCode.BAD_INPUT)
    problems: list[str] = []
    if chain:
        _chain(chain, head or [], key, problems)
    if receipt:
        _receipt(receipt, file or [], key, chain, problems)
    if receipt and not problems:
        _revoked(receipt, revocation, chain, problems)
    for problem in problems:
        typer.echo(f"BROKEN  {problem}")
    raise typer.Exit(ExitCode.BROKEN if problems else ExitCode.HOLDS)


def _chain(path: Path, heads: list[Path], key: str | None, problems: list[str]) -> None:
    from api.audit.heads import SignedHead
    from api.audit.verify import verify_export

    try:
        kept = [SignedHead.from_document(_json(one)) for given in heads for one in _heads_at(given)]
        found = verify_export(path, key, kept)
    except (OSError, ValueError) as error:
        raise _bad_input(path, error) from None
    if found.broken:
        problems.append(
            f"{path.name}, record {found.broken.seq}: {in_terminal_language(found.broken.problem)}"
        )
    elif found.head:
        typer.echo(
            f"holds   {path.name}: {found.records} records, head signed with key {found.head.public_key}"
        )


def _heads_at(path: Path) -> list[Path]:
    """The file itself, or the heads in a directory; a directory without any proves nothing, so it is an error."""
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("head-*.json"))
    if not found:
        raise ValueError(f"no signed heads in {path}")
    return found


def _receipt(path: Path, files: list[Path], key: str | None, chain: Path | None, problems: list[str]) -> None:
    try:
        receipt, contents = _json(path), {one.name: one.read_bytes() for one in files}
    except (OSError, ValueError) as error:
        raise _bad_input(path, error) from None
    problem = _problem(receipt, contents, key, chain)
    if problem:
        problems.append(f"{path.name}: {in_terminal_language(problem)}")
        return
    number = receipt["record"]["request"]["number"]
    names = ", ".join(contents) or "no file was compared"
    typer.echo(f"holds   {path.name}: release of {number}, {names}, signed with key {receipt['public_key']}")


def _problem(receipt: Any, contents: dict[str, bytes], key: str | None, chain: Path | None) -> Text | None:
    from api.publication.proof import FORMAT, verify_proof
    from api.release.record import verify_receipt

    if isinstance(receipt, dict) and receipt.get("format") == FORMAT:
        # The public proof names no link of the chain: that one tells of people.
        return verify_proof(receipt, contents, key)
    return verify_receipt(receipt, contents, key) or (_anchor(receipt, chain) if chain else None)


def _revoked(path: Path, statement: Path | None, chain: Path | None, problems: list[str]) -> None:
    """Exit when the statement, or a later record of the chain, says that the release was revoked."""
    from api.audit.verify import read_export, revoked_in

    receipt = _json(path)
    reason = _stated(statement, receipt, problems) if statement else None
    if reason is None and chain and not problems:
        reason = revoked_in(read_export(chain).links, receipt["record_sha256"])
    if reason is not None:
        typer.echo(f"REVOKED {path.name}: {reason}")
        raise typer.Exit(ExitCode.REVOKED)


def _stated(path: Path, receipt: dict[str, Any], problems: list[str]) -> str | None:
    from api.release.statement import verify_statement

    try:
        document = _json(path)
    except (OSError, ValueError) as error:
        raise _bad_input(path, error) from None
    if problem := verify_statement(document, receipt):
        problems.append(f"{path.name}: {in_terminal_language(problem)}")
        return None
    return str(document["statement"]["reason"])


def _anchor(receipt: dict[str, Any], chain: Path) -> Text | None:
    from api.audit.verify import read_export, verify_anchor

    return verify_anchor(receipt, read_export(chain).links)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _bad_input(path: Path, error: Exception) -> typer.Exit:
    typer.echo(f"{path}: {error}", err=True)
    return typer.Exit(ExitCode.BAD_INPUT)

"""The command line ``enclave``. What a command needs is imported when it runs, so that `enclave judge` starts at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy import access, auditing, budget, policy, projects
from deploy.judge import judge
from deploy.noise import noise
from deploy.words import in_terminal_language, terminal_language

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Secure analysis of microdata, with output checking.",
)
app.add_typer(access.app, name="access")
app.add_typer(auditing.app, name="audit")
app.add_typer(policy.app, name="policy")
app.add_typer(budget.app, name="budget")
app.add_typer(projects.app, name="project")
app.command()(judge)
app.command()(noise)


@app.command()
def init() -> None:
    """Set up an installation in ENCLAVE_STATE_DIR: secrets, and a database of the newest shape. Changes nothing twice."""
    from deploy.running import initialise

    made = initialise()
    typer.echo(f"made {', '.join(made)}" if made else "nothing had to be made")


@app.command("add-administrator")
def add_administrator(
    login: Annotated[str, typer.Argument(help="Login name, also the stable name in tokens: a-z, 0-9, -.")],
    name: Annotated[str, typer.Argument(help="Full name.")],
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    institution: Annotated[str, typer.Option(help="Name of the institution, made when it is not there.")],
    legal_basis: Annotated[str, typer.Option(help="Legal basis of a new institution.")] = "",
) -> None:
    """Give a new installation its first administrator, who vets everybody else. Refused when there is one."""
    from api.errors import EnclaveError
    from deploy.first_administrator import Administrator, add_first_administrator

    try:
        address = add_first_administrator(Administrator(login, name, email, institution, legal_basis))
    except EnclaveError as error:
        typer.echo(in_terminal_language(error.message), err=True)
        raise typer.Exit(1) from None
    _tell_invitation(address)


@app.command()
def invite(login: Annotated[str, typer.Argument(help="Login name of somebody who is known.")]) -> None:
    """Print an address where somebody sets a new password and second factor; for when nobody else can invite them."""
    from api.errors import EnclaveError
    from deploy.first_administrator import invite_person

    try:
        address = invite_person(login)
    except EnclaveError as error:
        typer.echo(in_terminal_language(error.message), err=True)
        raise typer.Exit(1) from None
    _tell_invitation(address)


def _tell_invitation(address: str) -> None:
    told = (
        f"invitation, good once and for three days: {address}"
        if address
        else "people log in at another issuer"
    )
    typer.echo(told)


@app.command("rotate-login-key")
def rotate_login_key() -> None:
    """Sign logins with a new key, also while the environment runs; what the old one signed stays good."""
    from api.identity.keys import rotate
    from api.secrets import SecretStore
    from api.settings import get_settings

    rotate(SecretStore(get_settings().directory("secrets")))
    typer.echo("logins are signed with a new key")


@app.command()
def serve() -> None:
    """Run all processes of the installation until Ctrl-C."""
    from deploy.running import serve as run

    raise typer.Exit(run(typer.echo))


@app.command()
def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Stop after the journey; exit code 0 or 1.")] = False,
    state: Annotated[Path, typer.Option(help="Directory of the demo, made anew each time.")] = Path(
        ".enclave-demo"
    ),
) -> None:
    """Fill a new environment with the demo, perform the main job before your eyes, and stay up."""
    from deploy.demo.show import show

    raise typer.Exit(show(state, stay=not exit_, language=terminal_language()))


@app.command()
def code(
    login: Annotated[str, typer.Argument(help="Login name of somebody of the demo.")],
    state: Annotated[Path, typer.Option(help="Directory of the demo.")] = Path(".enclave-demo"),
) -> None:
    """Show the code that somebody of the demo types after their password, as an app on their telephone would."""
    from deploy.demo import accounts

    try:
        account = accounts.read(state)[login]
    except (FileNotFoundError, KeyError):
        typer.echo(f"{state} has no demo account {login}", err=True)
        raise typer.Exit(1) from None
    typer.echo(account.telephone.present_code() if account.secret else f"{login} has no second factor")


@app.command()
def doctor() -> None:
    """Say what is missing or unsafe on this machine; exit code 1 when something is missing, 2 when only unsafe."""
    from api.settings import get_settings
    from deploy.doctor import Severity, examine
    from hub.settings import get_settings as get_hub_settings

    complaints = examine(get_settings(), get_hub_settings())
    for complaint in complaints:
        typer.echo(f"{complaint.severity}: {in_terminal_language(complaint.reason)}")
        if complaint.remedy:
            typer.echo(f"         {in_terminal_language(complaint.remedy)}")
    if not complaints:
        typer.echo("nothing is missing, and nothing unsafe was found")
    severities = {complaint.severity for complaint in complaints}
    raise typer.Exit(1 if Severity.MISSING in severities else 2 if severities else 0)


if __name__ == "__main__":
    app()

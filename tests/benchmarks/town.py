"""A service at work: researchers in projects over one register, each with a sandbox's token.

Everything is real but the walls around notebooks: api and worker run as the supervisor runs them, the bridges are the
hub's own (in one process for all sandboxes), and each researcher is a process that uses the notebook's ``oc.submit``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.models import DatasetView, Project
from api.access.sandboxes import start_sandbox
from api.catalogue.models import DatasetVersion
from api.catalogue.service import register_dataset
from api.catalogue.views import materialise
from api.db import Database
from api.people.models import Person, Role
from api.settings import Settings
from deploy.installation import Installation
from deploy.running import initialise
from deploy.supervisor import Supervisor
from tests.api.factories import World, acting, make_grant, make_person, make_project, make_world
from tests.benchmarks.crosstab import metadata, register

PER_PROJECT = 10
FILTERS = (None, "turnover >= 0")
"""Row filters of the projects' views, in turn."""


@dataclass(frozen=True)
class Desk:
    """A researcher at work: what their sandbox mounts, and the token that its bridge carries."""

    person: Person
    data_dir: Path
    token: str


@dataclass(frozen=True)
class Town:
    """An installation with people in it; `world` has its officials."""

    installation: Installation
    settings: Settings
    database: Database
    world: World
    desks: Sequence[Desk]


@contextmanager
def installed(directory: Path) -> Iterator[tuple[Installation, Settings, Database]]:
    """An installation without anybody in it, on free ports; nothing runs yet."""
    installation = Installation.on_free_ports(directory / "state")
    settings = Settings(state_dir=installation.state_dir, api_url=installation.api_url)
    installation.state_dir.mkdir()
    initialise(settings)
    database = Database(settings.database)
    try:
        yield installation, settings, database
    finally:
        database.dispose()


@contextmanager
def built(directory: Path, researchers: int, rows: int) -> Iterator[Town]:
    """A town in `directory`, while the block lasts; nothing runs yet."""
    path = register(rows, directory)
    with installed(directory) as (installation, settings, database):
        with database.transaction() as session:
            world = make_world(session)
            described = metadata(households=False).model_copy(update={"sha256": None})
            steward = acting(world.steward, Role.STEWARD)
            version = register_dataset(session, steward, settings, described, path)
            count = -(-researchers // PER_PROJECT)
            projects = [_project(session, world, version, number) for number in range(count)]
            desks = [
                _desk(session, settings, world, projects[n // PER_PROJECT], n) for n in range(researchers)
            ]
        yield Town(installation, settings, database, world, desks)


def _project(session: Session, world: World, version: DatasetVersion, number: int) -> Project:
    project = make_project(session, slug=f"work-{number}", centre=world.centre)
    view = DatasetView(
        project=project,
        dataset_version=version,
        columns=["area", "branch", "turnover"],
        row_filter=FILTERS[number % len(FILTERS)],
        approved_by_id=world.steward.id,
    )
    session.add(view)
    session.flush()
    return project


def _desk(session: Session, settings: Settings, world: World, project: Project, number: int) -> Desk:
    person = make_person(session, subject=f"researcher-{number}")
    grant = make_grant(session, person=person, project=project, granted_by=world.administrator)
    decision = decide(session, Door.OPEN_PROJECT, person, project)
    _, token = start_sandbox(session, decision, settings)
    return Desk(person, materialise(settings, session, grant), token)


@contextmanager
def running(installation: Installation, *names: str) -> Iterator[dict[str, int]]:
    """Run services of an installation while the block lasts; gives their process ids by name."""
    state = installation.state_dir
    services = [service for service in installation.services() if service.name in names]
    supervisor = Supervisor(services, state / "logs", state / "supervisor.json")
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        yield {keeper.service.name: keeper.process.pid for keeper in supervisor.keepers if keeper.process}
    finally:
        supervisor.request_stop()
        watching.join()
        supervisor.stop()


@contextmanager
def bridged(town: Town, directory: Path) -> Iterator[tuple[subprocess.Popen[str], list[Path]]]:
    """Serve the bridge of each desk; gives the process, and the sockets in the order of the desks."""
    sockets = [directory / f"{number}.sock" for number, _ in enumerate(town.desks)]
    pairs = "\n".join(f"{path} {desk.token}" for path, desk in zip(sockets, town.desks, strict=True))
    with started("bridges", town.settings.api_url) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pairs + "\n\n")
        process.stdin.flush()
        assert process.stdout.readline() == "serving\n"
        yield process, sockets


@contextmanager
def notebooks(town: Town, sockets: Sequence[Path]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the notebook of each desk (see ``tests.benchmarks.researcher``)."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                started("researcher", ENCLAVE_DATA_DIR=str(desk.data_dir), ENCLAVE_API_SOCKET=str(path))
            )
            for desk, path in zip(town.desks, sockets, strict=True)
        ]


@contextmanager
def started(module: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module of this package, with pipes to talk to it; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()

"""Access that ends, ends what runs under it: fifty kernels in real sandboxes, each silent within five seconds.

The api, the hub and the watch are the real ones, killed and started again in between; a sandbox is opened as the hub
opens it, with a program in place of Jupyter that gives a sign of life twenty times a second.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.access.decision import current_grant
from api.access.models import Project
from api.access.service import narrow_access, withdraw_access
from api.db import Database, now
from api.people.models import Person, Role
from api.people.service import suspend
from api.settings import Settings
from deploy.demo.journey import wait_until
from deploy.installation import ROOT, Installation
from deploy.running import end_sandboxes, initialise
from hub import opening
from hub.access import AccessClient
from hub.door import HEARTBEAT
from hub.sandbox import doctor, registry
from hub.sandbox.plan import PYTHON
from hub.settings import Settings as HubSettings
from tests.api.factories import acting, make_grant, make_official, make_person, make_project, make_view

pytestmark = [pytest.mark.journey, pytest.mark.sandbox]

AT_ONCE = 10
LONGEST = 5.0
KERNEL = "import os, time\nopen('beat', 'w')\nwhile True:\n    os.utime('beat')\n    time.sleep(0.05)"
EXPIRES_AFTER = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class Opened:
    """A person whose kernel runs, with the register's record of their sandbox and where its signs of life are."""

    person: Person
    record: registry.Record
    beat: Path

    def last_beat(self) -> float:
        return self.beat.stat().st_mtime


class House:
    """An installation with one project, and its processes, which can be killed and started again."""

    def __init__(self, state: Path) -> None:
        initialise(Settings(state_dir=state))
        self.installation = Installation.on_free_ports(state)
        self.services = {service.name: service for service in self.installation.services()}
        tools = Path(self.installation.variables["ENCLAVE_SANDBOX_ENV"])
        self.settings: HubSettings = self.installation.hub_settings().model_copy(
            update={"sandbox_env": tools}
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.database = Database(Settings(state_dir=state).database)
        with self.database.transaction() as session:
            project = make_project(session, slug="ending")
            self.administrator = make_official(session, role=Role.ADMINISTRATOR, centre=project.centre)
        self.project = project

    def start(self, *names: str) -> None:
        for name in names:
            service = self.services[name]
            with (self.installation.state_dir / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    service.command, env=service.environment, cwd=ROOT, stdout=log, stderr=log
                )
        for name in names:
            wait_until(self.services[name].healthy, name, 60)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(20)

    def restart(self, name: str) -> None:
        self.kill(name)
        killed = time.time()
        self.start(name)
        if name == "watch":
            heart = self.settings.own_run() / HEARTBEAT
            wait_until(lambda: heart.stat().st_mtime > killed, "the watch", 60)

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        end_sandboxes(self.installation)
        self.database.dispose()

    def people(self, until: dt.datetime) -> list[Person]:
        with self.database.transaction() as session:
            people = [make_person(session) for _ in range(AT_ONCE)]
            project = session.get_one(Project, self.project.id)
            administrator = session.get_one(Person, self.administrator.id)
            for person in people:
                make_grant(
                    session, person=person, project=project, granted_by=administrator, valid_until=until
                )
        return people

    def open(self, person: Person) -> Opened:
        """Open the project as the hub does; return once its kernel gives signs of life."""
        slug = self.project.slug
        answer = asyncio.run(AccessClient.of(self.settings).spawn(person.subject, slug, slug))
        assert answer.sandbox is not None, answer.unmet
        environment = opening.fixed_environment("nl", 1.0)
        order = opening.order(self.settings, answer.sandbox, person.subject, slug, environment)
        plan = order.plan.model_copy(update={"command": (PYTHON, "-c", KERNEL)})
        opening.open_door(order.model_copy(update={"plan": plan}))
        record = registry.find(self.settings.run, answer.sandbox.id)
        assert record is not None
        beat = order.home / "beat"
        wait_until(beat.exists, "the kernel", 30)
        return Opened(person, record, beat)

    def open_all(self, people: list[Person]) -> list[Opened]:
        with ThreadPoolExecutor(4) as several:
            return list(several.map(self.open, people))

    def change(self, person: Person, how: Callable[[Session, Person, Project, Person], None]) -> float:
        """Change the access of one person; return when it was committed."""
        with self.database.transaction() as session:
            administrator = session.get_one(Person, self.administrator.id)
            how(
                session,
                session.get_one(Person, person.id),
                session.get_one(Project, self.project.id),
                administrator,
            )
        return time.time()


def withdrawn(session: Session, person: Person, project: Project, administrator: Person) -> None:
    grant = current_grant(session, person, project)
    assert grant is not None
    withdraw_access(session, acting(administrator, Role.ADMINISTRATOR), grant, "The contract ended.")


def narrowed(session: Session, person: Person, project: Project, administrator: Person) -> None:
    """Leave out one of two datasets, which came into view and go again: none can be mounted here."""
    views = [make_view(session, project=project, name=name) for name in ("people", "schools")]
    grant = current_grant(session, person, project)
    assert grant is not None
    narrow_access(session, acting(administrator, Role.ADMINISTRATOR), grant, ["people"], "Not her work.")
    for view in views:
        session.delete(view)


def suspended(session: Session, person: Person, _: Project, administrator: Person) -> None:
    suspend(session, acting(administrator, Role.ADMINISTRATOR), person, "A complaint is looked into.")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if doctor.missing_tools() or os.geteuid() != 0:
        pytest.skip("bubblewrap is missing, or nobody may make control groups")
    house = House(tmp_path_factory.mktemp("house") / "state")
    try:
        house.start("api", "proxy", "watch", "hub")
        yield house
    finally:
        house.close()


@pytest.fixture(scope="module")
def took() -> Iterator[list[float]]:
    """Seconds from the end of access to the last sign of life, of all tries; told at the end."""
    took: list[float] = []
    yield took
    if took:
        tenths = ", ".join(f"{part:.2f}" for part in statistics.quantiles(took, n=10))
        sys.stdout.write(
            f"\n{len(took)} kernels ended; tenths of the seconds it took: {tenths}, {max(took):.2f}\n"
        )


def silence(house: House, opened: list[Opened], ended: list[float]) -> list[float]:
    """Return how long each kernel lived on after its access ended."""
    wait_until(lambda: not any(one.record.process.alive for one in opened), "the end", 20)
    lived = [max(0.0, one.last_beat() - at) for one, at in zip(opened, ended, strict=True)]
    time.sleep(0.2)
    assert all(time.time() - one.last_beat() > 0.15 for one in opened)
    return lived


@pytest.mark.parametrize(
    ("how", "restarted"),
    [(withdrawn, None), (suspended, "api"), (withdrawn, "hub"), (narrowed, "watch")],
)
def test_what_somebody_ends_is_silent_in_time(
    house: House,
    took: list[float],
    how: Callable[[Session, Person, Project, Person], None],
    restarted: str | None,
) -> None:
    opened = house.open_all(house.people(now() + dt.timedelta(days=1)))
    if restarted:
        house.restart(restarted)
    lived = silence(house, opened, [house.change(one.person, how) for one in opened])
    took += lived
    assert len(lived) == AT_ONCE
    assert max(lived) <= LONGEST, lived


def test_what_expires_is_silent_in_time(house: House, took: list[float]) -> None:
    people = house.people(now() + dt.timedelta(days=1))
    opened = house.open_all(people)
    end = now() + EXPIRES_AFTER
    with house.database.transaction() as session:
        project = session.get_one(Project, house.project.id)
        administrator = session.get_one(Person, house.administrator.id)
        for person in people:
            mine = session.get_one(Person, person.id)
            make_grant(session, person=mine, project=project, granted_by=administrator, valid_until=end)
    lived = silence(house, opened, [end.timestamp()] * len(opened))
    took += lived
    assert all(one.last_beat() > end.timestamp() - 1 for one in opened), "nothing ends before its time"
    assert max(lived) <= LONGEST, lived
    assert len(took) == 5 * AT_ONCE

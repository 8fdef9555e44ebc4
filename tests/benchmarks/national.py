"""A national table with noise, all the way through the service: ``python -m tests.benchmarks.national [neighbourhoods]``.

Persons by neighbourhood, municipality and class, with all totals: 322,850 numbers at full size. It is asked from a sandbox,
answered by the worker in a child, read by its author and by checkers, approved by two of them, and released as files.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import DatasetView, Project
from api.app import create_app
from api.budget.deciding import confirm, confirm_member
from api.budget.setting import Total, add_dataset, open_population, set_total
from api.catalogue.service import register_dataset
from api.jobs.worker import Worker
from api.people.models import Person, Role
from api.reading import seldom_look_for_garbage
from api.release.models import Release
from api.requests.models import RequestState
from tests.api.factories import acting
from tests.api.flow import Flow, make_flow
from tests.api.identity.browser import log_in
from tests.benchmarks.noise import (
    CLASSES,
    MUNICIPALITIES,
    NEIGHBOURHOODS,
    QUERY,
    SEED,
    country_variables,
    metadata,
)
from tests.benchmarks.town import installed

PERSONS = 200_000


@dataclass(frozen=True)
class Step:
    """Seconds of wall time and of this process's processor, peaks of this process and of any child until then in GB."""

    name: str
    seconds: float
    processor: float
    memory: float
    child: float

    def __str__(self) -> str:
        return (
            f"{self.name:<28}{self.seconds:>8.1f} s{self.processor:>8.2f} s of processor"
            f"{self.memory:>7.2f} GB{self.child:>7.2f} GB in a child"
        )


@dataclass
class Way:
    """What each step took, in order, and the sizes of what was released in bytes, by name."""

    tell: Callable[[str], object]
    steps: list[Step] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a block."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        took = time.perf_counter() - wall, time.process_time() - processor
        memory = [resource.getrusage(who).ru_maxrss / 1e6 for who in _WHO]
        self.steps.append(Step(name, *took, *memory))
        self.tell(f"{self.steps[-1]}\n")


_WHO = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


def national(directory: Path, neighbourhoods: int, tell: Callable[[str], object] = sys.stdout.write) -> Way:
    """Everything, on an installation of its own in a directory."""
    way = Way(tell)
    seldom_look_for_garbage()
    with installed(directory) as (_, settings, database):
        flow = make_flow(database, settings)
        _register(flow, directory, neighbourhoods)
        with way.step("submitted"):
            number = flow.submit(QUERY)
        worker = Worker(settings)
        with way.step("answered"):
            worker.step()
        _read(way, flow, number)
        for name, checker in (("first", flow.world.checker), ("second", flow.world.second_checker)):
            with way.step(f"approved, {name}"):
                flow.review(number, checker)
        with way.step("released"):
            worker.step()
        assert flow.state(number) is RequestState.RELEASED
        with database.reading() as session:
            way.files |= {file.name: file.size for file in session.scalars(select(Release)).one().files}
        worker.database.dispose()
    return way


def _read(way: Way, flow: Flow, number: str) -> None:
    """What people look at: twice, because who looks on should not wait as long."""
    pages = {
        flow.world.checker: (
            f"/review/{number}",
            f"/review/{number}/tables/1?row=50",
            f"/review/{number}/cells/1.50.2",
        ),
        flow.world.researcher: (f"/requests/{number}",),
    }
    app = create_app(flow.settings)
    with TestClient(app, base_url=flow.settings.api_url, follow_redirects=False) as client:
        for person, paths in pages.items():
            log_in(client, flow.database, flow.settings, person)
            for path in [one for one in paths for _ in range(2)]:
                with way.step(path.replace(number, "...")):
                    client.get(path).raise_for_status()
        with way.step("read in the sandbox"):
            headers = {"authorization": f"Bearer {flow.token}"}
            answer = client.get(f"/sandbox/requests/{number}/outputs/1", headers=headers).raise_for_status()
        way.files["what the sandbox reads"] = len(answer.content)
    app.state.database.dispose()


def _register(flow: Flow, directory: Path, neighbourhoods: int) -> None:
    """Register made-up persons of the country, let the project see them, and give it a budget for them."""
    state = np.random.default_rng(SEED)
    names, kinds = [f"BU{n:06}" for n in range(neighbourhoods)], [f"class {n}" for n in range(CLASSES)]
    columns = {
        "person": np.arange(PERSONS),
        "neighbourhood": np.array(names)[state.integers(0, neighbourhoods, PERSONS)],
        "class": np.array(kinds)[state.integers(0, CLASSES, PERSONS)],
    }
    path = directory / "country.parquet"
    pq.write_table(pa.table(columns), path)
    municipalities = max(1, neighbourhoods * MUNICIPALITIES // NEIGHBOURHOODS)
    within = np.arange(neighbourhoods) * municipalities // neighbourhoods
    described = metadata(country_variables(names, kinds, within)).model_copy(update={"sha256": None})
    with flow.database.transaction() as session:
        steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
        version = register_dataset(session, steward, flow.settings, described, path)
        project = session.get_one(Project, flow.world.project.id)
        view = DatasetView(
            project=project,
            dataset_version=version,
            columns=["neighbourhood", "class"],
            row_filter=None,
            approved_by_id=flow.world.steward.id,
        )
        session.add(view)
        _give_budget(session, flow, project, view)


def _give_budget(session: Session, flow: Flow, project: Project, view: DatasetView) -> None:
    steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
    other = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
    population = open_population(session, steward, name="country", title="A country")
    confirm_member(
        session, other, add_dataset(session, steward, population, view.dataset_version.dataset, "person")
    )
    for about in (None, project):
        confirm(session, other, set_total(session, steward, population, about, Total(10**9), "A benchmark."))


def main(neighbourhoods: int = NEIGHBOURHOODS) -> None:
    """Write one line for each step, and one for each file."""
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
        way = national(Path(directory), neighbourhoods)
    for name, size in way.files.items():
        sys.stdout.write(f"{name:<36}{size / 1e6:>8.1f} MB\n")


if __name__ == "__main__":
    main(*(int(float(number)) for number in sys.argv[1:]))

"""Pages of an archive of ten thousand requests, over real HTTP: ``python -m tests.benchmarks.pages``."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.db import now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Person
from api.requests.models import OutputRequest, RequestState
from tests.api.flow import FINE, Flow, make_flow
from tests.benchmarks.archive import write
from tests.benchmarks.town import installed, running

REQUESTS, WAITING, VISITS = 10_000, 500, 100


@dataclass(frozen=True)
class Page:
    """An address, who looks at it, and the seconds that its visits took, sorted."""

    name: str
    path: str
    reader: Person
    seconds: Sequence[float]

    def percentile(self, share: int) -> float:
        """The seconds within which `share` per cent of the visits were answered."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[share - 1]


def measure(directory: Path, requests: int, waiting: int, visits: int) -> list[Page]:
    """Visit each page so often, one visit after the other, beside an archive of `requests` requests."""
    with installed(directory) as (installation, settings, database):
        flow = make_flow(database, settings)
        pattern = flow.under_review(FINE)
        with database.transaction() as session:
            _fill(session, flow, pattern, requests, waiting)
        with database.reading() as session:
            places = _places(session, flow)
        with running(installation, "api"), _readers(flow) as clients:
            return [
                Page(name, path, reader, sorted(_visit(clients[reader.subject], path, visits)))
                for name, (reader, path) in places.items()
            ]


def _fill(session: Session, flow: Flow, number: str, requests: int, waiting: int) -> None:
    world = flow.world
    pattern = session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()
    projects = [session.get_one(Project, world.project.id)]
    authors = [world.researcher, world.analyst]
    write(session, pattern, projects, authors, [world.second_checker, world.checker], requests, waiting)


def _places(session: Session, flow: Flow) -> dict[str, tuple[Person, str]]:
    world = flow.world

    def newest(state: RequestState) -> str:
        wanted = select(OutputRequest.number).where(OutputRequest.state == state)
        return str(session.scalar(wanted.order_by(OutputRequest.id.desc()).limit(1)))

    return {
        "queue": (world.checker, "/queue"),
        "queue, narrowed": (world.checker, "/queue?risk=pass&held_by=nobody&days=1"),
        "queue, for programs": (world.checker, "/api/queue"),
        "review": (world.checker, f"/review/{newest(RequestState.UNDER_REVIEW)}"),
        "my requests": (world.researcher, "/requests"),
        "my requests, last page": (world.researcher, f"/requests?offset={REQUESTS - 50}"),
        "all requests": (world.auditor, "/requests"),
        "request": (world.researcher, f"/requests/{newest(RequestState.RETURNED)}"),
        "inbox": (world.researcher, "/inbox"),
    }


@contextmanager
def _readers(flow: Flow) -> Iterator[dict[str, httpx.Client]]:
    world = flow.world
    clients = {one.subject: _client(flow, one) for one in (world.checker, world.researcher, world.auditor)}
    yield clients
    for client in clients.values():
        client.close()


def _client(flow: Flow, person: Person) -> httpx.Client:
    authentication = Authentication(
        sid=None, acr="mfa", amr=("pwd", "otp", "mfa"), auth_time=now(), id_token=""
    )
    with flow.database.transaction() as session:
        token = start_session(session, person, authentication, flow.settings)[1]
    return httpx.Client(
        base_url=flow.settings.api_url, cookies={cookie_name(flow.settings): token}, timeout=120
    )


def _visit(client: httpx.Client, path: str, visits: int) -> Iterator[float]:
    assert client.get(path).status_code == 200, path
    for _ in range(visits):
        start = time.perf_counter()
        client.get(path).raise_for_status()
        yield time.perf_counter() - start


def main(visits: int) -> None:
    """Write one table."""
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
        pages = measure(Path(directory), REQUESTS, WAITING, visits)
    lines = [f"{REQUESTS:,} requests, {WAITING} waiting, {visits} visits; milliseconds at 50, 95 and 99 %"]
    for page in pages:
        shown = "".join(f"{1000 * page.percentile(share):>9.0f}" for share in (50, 95, 99))
        lines.append(f"{page.name:<26}{shown}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:2] or [VISITS]))

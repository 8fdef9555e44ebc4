"""Api and worker die 200 times, at any moment of submitting, judging, reviewing and releasing, while people work on.

``ENCLAVE_DEATH_SEED`` repeats the choice of victims and pauses of an earlier run, as far as the clock lets it.
"""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from api.audit.chain import Link, first_broken
from api.audit.models import AuditRecord
from api.db import Database, Glance, now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.jobs.models import Job, JobState
from api.jobs.service import JobKind
from api.people.models import Person
from api.release.models import LedgerEntry, Release, ReleasedFile
from api.release.record import verify_receipt
from api.requests.models import OutputRequest, RequestRound, RequestState, StateChange
from api.requests.states import Party, is_lawful
from api.review.models import Decision, Review
from api.settings import Settings
from tests.api.flow import FINE, MEAN, Flow, Prepared
from tests.api.jobs.processes import NAMES, Service

pytestmark = pytest.mark.journey

MOMENTS = 200
MOST_MOMENTS = 3 * MOMENTS
MOST_WORK = 0.3
"""Seconds of a processor that the service works between two moments at most."""
LONGEST_PAUSE = 0.5
"""Seconds to wait for that, when all that is left to do waits for a lease to end."""
NEAR_A_COMMIT, AFTER_A_COMMIT = 0.5, 0.005
"""Share of the moments that come within so many seconds of a commit: what should have been one transaction and is two
is caught between them."""
FEWEST = 5
"""Deaths of each kind and in each stage, and releases: fewer would prove little. A run has several times as many."""
PEOPLE_AT_WORK = 4
PATIENCE = 150.0
FIRST_API, SECOND_API, FIRST_WORKER, SECOND_WORKER = NAMES
VICTIMS: tuple[tuple[tuple[str, ...], bool], ...] = (
    *[((one,), False) for one in (FIRST_API, SECOND_API) * 3],
    *[((one,), jobs) for one in (FIRST_WORKER, SECOND_WORKER) for jobs in (False, True)],
    (NAMES, True),
)
"""Who dies, and whether the jobs of a worker die too; those that do not live on until their server learns of it.

A job never dies alone: each such attempt doubles the pause before the next, and nothing would be under way any more.
"""
SETTLED = {RequestState.RELEASED, RequestState.REJECTED, RequestState.RETURNED}


@dataclass
class Door:
    """A person at the doors of the service, who asks again until there is an answer."""

    client: httpx.Client

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = self.client.request(method, path, json=body)
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
        raise TimeoutError(path)


@dataclass
class Office:
    """Everybody who works while the service dies, and what they were told."""

    flow: Flow
    sandbox: Door
    people: dict[str, Door]
    stopping: threading.Event = field(default_factory=threading.Event)
    told: list[str] = field(default_factory=list)
    asking: dict[int, str] = field(default_factory=dict)
    """What each of them waits for an answer to."""

    def work(self, seed: int) -> None:
        """Take one request after another through its life."""
        choice = random.Random(seed)
        while not self.stopping.is_set():
            self.one_request(choice)

    def one_request(self, choice: random.Random) -> None:
        key, query = f"{choice.getrandbits(128):032x}", choice.choice([FINE, MEAN])
        body = {"title": f"Table {key}", "purpose": "Policy.", "query": query, "idempotency_key": key}
        with self.under_way("submit"):
            answer = self.sandbox.ask("POST", "/sandbox/requests", body)
        assert answer.status_code == 202, answer.text
        number = answer.json()["id"]
        self.told.append(number)
        decision = choice.choices([Decision.APPROVE, Decision.RETURN, Decision.REJECT], [8, 1, 1])[0]
        if self.reach(number, "under_review", "returned") == "under_review":
            self.decide(number, "checker", decision)
            self.decide(number, "second-checker", decision)
        if self.reach(number, "released", "returned", "rejected") == "released":
            self.download(number)

    def reach(self, number: str, *states: str) -> str:
        """Wait until a request is in one of these states; looking in the database leaves the load to what changes it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            state = self.flow.state(number).value
            if state in states:
                return state
            time.sleep(0.03)
        raise TimeoutError(f"{number} is {state}, not {states}")

    def decide(self, number: str, who: str, decision: Decision) -> None:
        door, path = self.people[who], f"/api/requests/{number}"
        seen = door.ask("GET", path).json()["row_version"]
        body = {"decision": decision.value, "comment": "Seen.", "row_version": seen}
        with self.under_way("review"):
            answer = door.ask("POST", f"{path}/reviews", body)
        # The decision may have been stored by a service that died before it could say so.
        assert answer.status_code == 201 or answer.json()["error"]["code"] == "already_decided", answer.text

    @contextmanager
    def under_way(self, what: str) -> Iterator[None]:
        self.asking[threading.get_ident()] = what
        try:
            yield
        finally:
            del self.asking[threading.get_ident()]

    def download(self, number: str) -> None:
        door, path = self.people["researcher"], f"/api/requests/{number}"
        receipt = door.ask("GET", f"{path}/receipt").json()
        name = f"{number}-1.csv"
        content = door.ask("GET", f"{path}/files/{name}").content
        assert verify_receipt(receipt, {name: content}) is None


@dataclass(frozen=True)
class Stage:
    """The running service and the people at work on it."""

    service: Service
    office: Office


@pytest.fixture
def stage(prepared: Prepared, tmp_path: Path, settings: Settings) -> Iterator[Stage]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        environment = {
            "ENCLAVE_STATE_DIR": str(settings.state_dir),
            "ENCLAVE_API_URL": f"http://localhost:{listener.getsockname()[1]}",
            "ENCLAVE_JOB_LEASE_SECONDS": "1",
            "ENCLAVE_REQUESTS_PER_DAY": "10000",
            "ENCLAVE_WORKERS": "2",
        }
        scene = settings.model_copy(update={"api_url": environment["ENCLAVE_API_URL"]})
        flow = prepared.copy_to(Database(scene.database), scene)
        office = Office(
            flow, Door(entered(flow, None)), {name: Door(entered(flow, name)) for name in PERSONS}
        )
        service = Service(listener, environment, tmp_path / "service.log")
        try:
            yield Stage(service, office)
        finally:
            office.stopping.set()
            service.close()
            flow.database.dispose()


PERSONS = {"researcher": "researcher", "checker": "checker", "second-checker": "second_checker"}


def entered(flow: Flow, name: str | None) -> httpx.Client:
    """A client of this person, logged in; of the sandbox without a name."""
    address = flow.settings.api_url.replace("localhost", "127.0.0.1")
    # The service goes by its public name, which the forms are bound to.
    headers = {"Host": flow.settings.api_url.removeprefix("http://")}
    if name is None:
        return httpx.Client(base_url=address, headers=headers | {"Authorization": f"Bearer {flow.token}"})
    person: Person = getattr(flow.world, PERSONS[name])
    authentication = Authentication(
        sid=None, acr="mfa", amr=("pwd", "otp", "mfa"), auth_time=now(), id_token=""
    )
    with flow.database.transaction() as session:
        row, token = start_session(session, person, authentication, flow.settings)
    headers |= {"X-CSRF-Token": row.csrf_token, "Cookie": f"{cookie_name(flow.settings)}={token}"}
    return httpx.Client(base_url=address, headers=headers)


def test_nothing_is_lost_and_nothing_happens_twice(stage: Stage) -> None:
    seed = int(os.environ.get("ENCLAVE_DEATH_SEED") or secrets.randbits(32))
    choice, office = random.Random(seed), stage.office
    hit: Counter[str] = Counter()
    print(f"ENCLAVE_DEATH_SEED={seed}")  # noqa: T201 - shown by pytest when the test fails
    with ThreadPoolExecutor(PEOPLE_AT_WORK) as people, closing(Glance(office.flow.database)) as glance:
        working = [people.submit(office.work, choice.getrandbits(32)) for _ in range(PEOPLE_AT_WORK)]
        try:
            while not enough(stage, hit) and not any(one.done() for one in working):
                stage.service.work_on(choice.uniform(0, MOST_WORK), LONGEST_PAUSE)
                if choice.random() < NEAR_A_COMMIT:
                    wait_for_commit(glance)
                    time.sleep(choice.uniform(0, AFTER_A_COMMIT))
                names, jobs = choice.choice(VICTIMS)
                stage.service.kill(*names, jobs=jobs)
                # Nothing goes on without them: what was under way when they died still is.
                hit.update(at_hand(office) | {"moment"})
                stage.service.start(*names)
        finally:
            office.stopping.set()
    for one in working:
        one.result()
    wait_for_rest(office.flow)
    ended = Counter(state.value for state in settled(office.flow))
    print(f"killed {dict(stage.service.killed)} while {dict(hit)}; requests {dict(ended)}")  # noqa: T201
    assert hit["anything"] >= hit["moment"] // 2
    check_requests(office)
    check_releases(office.flow)
    check_audit(office.flow)


def enough(stage: Stage, hit: Counter[str]) -> bool:
    """Whether there were so many moments, and of everything so much that it proves something."""
    assert hit["moment"] < MOST_MOMENTS, f"hardly anything comes about: {hit}"
    killed = [stage.service.killed[what] for what in ("api", "worker", "job")]
    struck = [hit[what] for what in ("submit", "judge", "review", "release")]
    released = settled(stage.office.flow).count(RequestState.RELEASED)
    return hit["moment"] >= MOMENTS and min(*killed, *struck, released) >= FEWEST


def at_hand(office: Office) -> set[str]:
    """What is being done at this moment: asked for and not answered, or a job with a worker."""
    with office.flow.database.reading() as session:
        jobs = select(Job.kind).where(Job.state == JobState.RUNNING, Job.leased_until > now())
        doing = {*office.asking.copy().values(), *session.scalars(jobs)}
    return doing | {"anything"} if doing else set()


def wait_for_commit(glance: Glance) -> None:
    """Wait until somebody commits something, not for ever."""
    deadline = time.monotonic() + LONGEST_PAUSE
    glance.is_news()
    while not glance.is_news() and time.monotonic() < deadline:
        time.sleep(0.0005)


def wait_for_rest(flow: Flow) -> None:
    """Wait until no job is left, as after a lease that a dead worker held."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with flow.database.reading() as session:
            # Looking for proposals may be given up: nothing hangs on it.
            given_up = (Job.state == JobState.FAILED) & (Job.kind == JobKind.PROPOSE)
            if not session.scalar(select(func.count()).where(Job.state != JobState.DONE, ~given_up)):
                return
        time.sleep(0.1)
    raise TimeoutError("jobs are left")


def settled(flow: Flow) -> list[RequestState]:
    with flow.database.reading() as session:
        return list(session.scalars(select(OutputRequest.state)))


def check_requests(office: Office) -> None:
    """Every request that somebody was told of is there once, settled, after lawful steps and one decision each."""
    with office.flow.database.reading() as session:
        requests = list(session.scalars(select(OutputRequest)))
        assert sorted(one.number for one in requests) == sorted(office.told)
        assert len({one.idempotency_key for one in requests}) == len(requests)
        assert session.scalar(select(func.count(RequestRound.id))) == len(requests)
        for request in requests:
            assert request.state in SETTLED
            states = [RequestState.DRAFT, *(step.after for step in request.history)]
            assert states[-1] is request.state
            assert [step.before for step in request.history] == states[:-1]
            assert all(any(is_lawful(*step, by) for by in Party) for step in pairwise(states))
            checkers = session.scalars(select(Review.checker_id).where(Review.request_id == request.id)).all()
            assert len(checkers) in (0, 2)
            assert len(set(checkers)) == len(checkers)


def check_releases(flow: Flow) -> None:
    """Each released request has one release, all of it in the ledger and on the disk, and nothing else has any."""
    with flow.database.reading() as session:
        releases = list(session.scalars(select(Release)))
        released = select(OutputRequest.id).where(OutputRequest.state == RequestState.RELEASED)
        assert sorted(release.request_id for release in releases) == sorted(session.scalars(released))
        for release in releases:
            assert len(release.files) == 4
            verdict = release.request.outputs[0].verdict
            assert verdict
            cells = verdict["table"]["cells"]
            entered = select(func.count()).where(LedgerEntry.release_id == release.id)
            assert session.scalar(entered) == len(cells)
        named = set(session.scalars(select(ReleasedFile.sha256)))
    # What a death left half written has a passing name, and was never looked at.
    kept = [path for path in flow.settings.directory("releases").iterdir() if path.suffix != ".part"]
    assert {path.name for path in kept} == named
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in kept)


def check_audit(flow: Flow) -> None:
    """The chain holds, and tells of each step, verdict, decision and release once."""
    with flow.database.reading() as session:
        records = list(session.scalars(select(AuditRecord).order_by(AuditRecord.seq)))
        assert first_broken(Link(r.seq, r.document, r.previous_hash, r.hash) for r in records) is None
        told = Counter(record.action for record in records)
        judged = [one for one in session.scalars(select(OutputRequest)) if one.outputs[0].verdict]
        assert told["output.judge"] == len(judged)
        assert told["review.decide"] == session.scalar(select(func.count(Review.id)))
        steps = Counter(f"request.{after.value}" for after in session.scalars(select(StateChange.after)))
        assert {action: told[action] for action in told if action in steps} == steps
        assert told["release.write"] == session.scalar(select(func.count(Release.id)))

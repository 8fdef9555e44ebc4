"""The town that the sweep walks through: everybody who could come to a door, and things of one project to ask for.

One database serves every case: what a request changes is taken back after its answer, so no case sees another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.app import create_app
from api.applications.service import begin_application, submit
from api.audit.service import Actor
from api.budget.models import Population
from api.budget.setting import Total, set_total
from api.db import Database, now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Centre, Person, Role
from api.people.service import suspend
from api.release.models import Release, Revocation
from api.requests.drafts import begin_next_round
from api.review.arrangements import arrange
from api.review.claims import claim_request
from api.settings import Settings
from api.training.service import begin_attempt
from tests.api.applications.asking import content
from tests.api.budget.makers import RHO, with_budget
from tests.api.factories import acting, make_grant, make_official, make_person
from tests.api.flow import SMALL, Flow, find

CANARY = "Zilvermeeuw"
"""Stands in every word that belongs to the project; whoever has no business there must never read it."""

PLAIN = {"dataset": "people", "index": "sex", "columns": "area"}


class Undone(Database):
    """A database whose transactions are done in full and then taken back."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is flushed, so that every constraint speaks, and dropped."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"enclave_write": True})
            yield session
            session.flush()


@dataclass(frozen=True)
class Carried:
    """What somebody sends with everything they ask."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Town:
    """An application, what everybody carries to its doors, and the names of things that stand in addresses."""

    client: TestClient
    visitors: dict[str, Carried]
    things: dict[str, str] = field(repr=False)

    def ask(self, visitor: str, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask as `visitor`; whoever has a session sends its token along."""
        carried = self.visitors[visitor]
        self.client.cookies.clear()
        self.client.cookies.update(carried.cookies)
        headers = {**sent.pop("headers", {}), **carried.headers}
        return self.client.request(method, path, headers=headers, **sent)


@contextmanager
def town(flow: Flow) -> Iterator[Town]:
    """The flow's world with everybody in it, a request in every state that a door asks for, and their sessions."""
    with flow.database.transaction() as session:
        people = _people(session, flow)
        project = session.get_one(Project, flow.world.project.id)
        project.title_nl = project.title_en = project.purpose = project.research_question = CANARY
    things = _things(flow)
    with flow.database.transaction() as session:
        visitors = {name: _session_of(session, flow.settings, person) for name, person in people.items()}
        suspended = session.get_one(Person, people["suspended"].id)
        suspend(session, acting(flow.world.administrator, Role.ADMINISTRATOR), suspended, "Left.")
    visitors["nobody"] = Carried()
    visitors["sandbox"] = Carried(_bearer(flow.token))
    visitors["hub"] = Carried(_bearer(flow.secrets.read("hub_service_token")))
    app = create_app(flow.settings)
    app.state.database.dispose()
    for limit in (app.state.limits.passwords, app.state.limits.requests):
        limit.times = 10**6  # everybody comes from one address
    app.state.database = Undone(flow.settings.database)
    with TestClient(app, base_url=flow.settings.api_url, follow_redirects=False) as client:
        app.state.relying_party.transport = client._transport
        yield Town(client, visitors, things)
    app.state.database.dispose()


def _people(session: Session, flow: Flow) -> dict[str, Person]:
    world = flow.world
    project = session.get_one(Project, world.project.id)
    suspended = make_person(session, subject="suspended")
    make_grant(session, person=suspended, project=project, granted_by=world.administrator)
    elsewhere = make_official(
        session, role=Role.ADMINISTRATOR, centre=world.foreign_centre, subject="other-administrator"
    )
    steward = make_official(session, role=Role.STEWARD, centre=world.foreign_centre, subject="other-steward")
    return {
        "author": world.researcher,
        "member": world.analyst,
        "outsider": world.outsider,
        "checker": world.checker,
        "foreign_checker": world.foreign_checker,
        "steward": world.steward,
        "foreign_steward": steward,
        "administrator": world.second_administrator,
        "foreign_administrator": elsewhere,
        "auditor": world.auditor,
        "privacy_officer": world.privacy_officer,
        "suspended": suspended,
    }


def _things(flow: Flow) -> dict[str, str]:
    waiting = flow.submit_document({"query": PLAIN, "title": CANARY, "purpose": CANARY})
    flow.judge(waiting)
    returned = flow.submit_document({"query": SMALL, "title": CANARY, "purpose": CANARY})
    flow.judge(returned)
    released, revoked = (_released(flow) for _ in range(2))
    flow.revoke(revoked)
    with flow.database.transaction() as session:
        checker = acting(session.get_one(Person, flow.world.checker.id), Role.CHECKER)
        claim_request(session, checker, flow.settings, find(session, waiting))
        author = acting(session.get_one(Person, flow.world.researcher.id), Role.RESEARCHER)
        begin_next_round(session, author, find(session, returned))
        looser = _proposed(session, flow)
    with_budget(flow)
    with flow.database.transaction() as session:
        more = _more(session, flow)
    with flow.database.reading() as session:
        release = session.scalars(select(Release).where(Release.request == find(session, released))).one()
        revocation = session.scalars(select(Revocation)).one()
        return {
            "waiting": waiting,
            "row": str(find(session, waiting).row_version),
            "returned": returned,
            "drafted": returned,
            "looser": str(looser),
            "more": str(more),
            "member": "1",
            "released": released,
            "record_sha256": revocation.release.record_sha256,
            "name": release.files[0].name,
            "grant_id": str(flow.world.grant.id),
            "slug": flow.world.centre.slug,
            "project": flow.world.project.slug,
            "position": "1",
            **_of_people(session, flow),
            **_applied(flow),
        }


def _proposed(session: Session, flow: Flow) -> int:
    """Something looser that another administrator than the visitor proposes for the centre."""
    administrator = session.get_one(Person, flow.world.administrator.id)
    centre = session.get_one(Centre, flow.world.centre.id)
    said = {"level": "one", "share": 1.0, "reason": "Tried for a year.", "version": 0}
    return arrange(session, acting(administrator, Role.ADMINISTRATOR), centre, None, **said).id


def _more(session: Session, flow: Flow) -> int:
    """More of the privacy budget, that the steward of the town proposes for everybody."""
    steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
    population = session.scalars(select(Population)).one()
    return set_total(session, steward, population, None, Total(2 * RHO), "Tried for a year.").id


def _of_people(session: Session, flow: Flow) -> dict[str, str]:
    """Somebody without an office and what is known of them, an office of another, and a test that one person began."""
    person = session.get_one(Person, flow.world.researcher.id)
    checker = session.get_one(Person, flow.world.checker.id)
    with flow.database.transaction() as writing:
        learner = Actor(writing.get_one(Person, person.id), "learner")
        attempt = begin_attempt(writing, learner, flow.settings).id
    return {
        "subject": person.subject,
        "institution": str(person.institution_id),
        "evidence": str(person.evidence[0].id),
        "appointment": str(checker.appointments[0].id),
        "attempt": str(attempt),
    }


def _applied(flow: Flow) -> dict[str, str]:
    """An application that waits for the centre, and one of the same person that they still word."""
    with flow.database.transaction() as session:
        author = Actor(session.get_one(Person, flow.world.researcher.id), "applicant")
        centre = session.get_one(Centre, flow.world.centre.id)
        asked = content(title_nl=CANARY, title_en=CANARY, purpose=CANARY)
        worded = begin_application(session, author, centre, "worded", asked)
        waiting = begin_application(session, author, centre, "waiting", asked)
        submit(session, author, waiting, waiting.newest.row_version)
        return {"application": waiting.number, "worded": worded.number}


def _released(flow: Flow) -> str:
    number = flow.submit_document({"query": PLAIN, "title": CANARY, "purpose": CANARY})
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    flow.release(number)
    return number


def _session_of(session: Session, settings: Settings, person: Person) -> Carried:
    strong = Authentication(sid=None, acr="mfa", amr=("pwd", "otp"), auth_time=now(), id_token="")
    row, token = start_session(session, person, strong, settings)
    return Carried({"x-csrf-token": row.csrf_token}, {cookie_name(settings): token})


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}

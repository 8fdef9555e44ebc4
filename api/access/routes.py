"""The door of the hub and its watch: may this sandbox start, may these go on, this one stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.access.circumstances import Login
from api.access.decision import AccessDecision, AccessRefusedError, Door, UnmetCondition, decide
from api.access.models import Sandbox
from api.access.presence import present
from api.access.queries import project_by_slug
from api.access.sandboxes import STOPPED, end_refused, end_sandbox, start_sandbox, still_allowed
from api.access.token_door import RefusalsDep
from api.audit.service import SYSTEM, record
from api.catalogue.views import materialise
from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import NotLoggedInError, UnavailableError
from api.identity.ended import is_over
from api.identity.strength import counts_as_strong
from api.identity.tokens import equal
from api.people.service import person_by_subject
from api.settings import Settings
from output_checker.text import Language, Text

router = APIRouter(prefix="/internal", tags=["hub"])
MOST_SANDBOXES = 2000
MOST_LOGINS = 200

Name = Annotated[str, Field(min_length=1, max_length=100)]
SandboxId = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LoginShown(_Body):
    """How and when the person logged in at the hub, as their verified ID token says, and from where they came."""

    acr: Annotated[str, Field(max_length=200)] = ""
    amr: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20)] = []
    auth_time: Annotated[int, Field(ge=0, le=2**40)]
    address: Annotated[str, Field(max_length=100)] = ""
    sid: Annotated[str, Field(max_length=400)] = ""
    began: Annotated[int, Field(ge=0, le=2**40)]


class SpawnQuestion(_Body):
    """Who wants to open which project; the named server is called like the project.

    Without a login nothing opens that asks for one.
    """

    subject: Name
    project: Name
    server: Name
    login: LoginShown | None = None


class UnmetAnswer(BaseModel):
    """One condition that keeps a sandbox from running."""

    condition: str
    reason: Text
    remedy: Text


class SandboxAnswer(BaseModel):
    """What the hub needs to start the sandbox; `token` is for the bridge on the host only."""

    id: str
    project_number: int
    data_dir: str
    token: str
    memory_bytes: int
    processes: int
    cpus: float


class SpawnAnswer(BaseModel):
    """Whether a sandbox may start; `sandbox` is null when it may not."""

    allowed: bool
    unmet: list[UnmetAnswer]
    language: Language
    sandbox: SandboxAnswer | None


class HubLogin(_Body):
    """A login at the hub: the issuer's name of it ("": it gave none), and when it began (the ID token's `iat`)."""

    sid: Annotated[str, Field(max_length=400)] = ""
    began: Annotated[int, Field(ge=0, le=2**40)]


class LoginsQuestion(_Body):
    """The logins at the hub that somebody's cookies came of."""

    subject: Name
    logins: Annotated[list[HubLogin], Field(max_length=MOST_LOGINS)]


class LoginsAnswer(BaseModel):
    """Whether all of them still stand."""

    stand: bool


class AliveQuestion(_Body):
    """The sandboxes that run."""

    sandboxes: Annotated[list[SandboxId], Field(max_length=MOST_SANDBOXES)]


class StopAnswer(BaseModel):
    """One sandbox that must stop, and why."""

    id: str
    unmet: list[UnmetAnswer]


class AliveAnswer(BaseModel):
    """The sandboxes that must stop."""

    stop: list[StopAnswer]


class StoppedNotice(_Body):
    """A sandbox that stopped."""

    sandbox: SandboxId


class HealthAnswer(BaseModel):
    """The service answers, and so does its database."""

    status: str


def bearer_of(*names: str) -> Callable[..., None]:
    """Return a dependency that lets pass who carries one of the secrets called `names` as bearer token."""

    def check(secrets: SecretsDep, authorization: Annotated[str, Header()] = "") -> None:
        # Every secret is compared whatever the others gave: the time taken tells nothing.
        matches = [equal(authorization, f"Bearer {secrets.read(name)}") for name in names]
        if not any(matches):
            raise NotLoggedInError(
                "no_service_token",
                Text(nl="Dit adres is alleen voor de hub.", en="This address is for the hub only."),
            )

    return check


HUB = Depends(bearer_of("hub_service_token"))
HUB_OR_WATCH = Depends(bearer_of("hub_service_token", "watch_token"))


@router.get("/health")
def health(database: DatabaseDep) -> HealthAnswer:
    """Tell that the service and its database answer."""
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        message = Text(nl="De database antwoordt niet.", en="The database does not answer.")
        raise UnavailableError("no_database", message) from error
    return HealthAnswer(status="ok")


@router.post("/hub/spawn", dependencies=[HUB])
def spawn(question: SpawnQuestion, database: DatabaseDep, settings: SettingsDep) -> SpawnAnswer:
    """Decide whether a sandbox may start, and start it; a refusal names every unmet condition and is audited."""
    _prepare(question, database, settings)
    with database.transaction() as session:
        # Decided again: preparing takes time, in which access can end.
        decision, language = _decided(session, question, settings)
        try:
            sandbox, token = start_sandbox(session, decision, settings)
        except AccessRefusedError as refused:
            return _refused(session, question, refused.unmet, language)
        data = materialise(settings, session, sandbox.grant)
        started = _started(sandbox, token, data, settings)
    return SpawnAnswer(allowed=True, unmet=[], language=language, sandbox=started)


def _refused(
    session: Session, question: SpawnQuestion, unmet: Sequence[UnmetCondition], language: Language
) -> SpawnAnswer:
    names = [one.condition for one in unmet]
    record(
        session,
        SYSTEM,
        "access.refuse",
        f"project:{question.project}",
        "unmet",
        person=question.subject,
        unmet=names,
    )
    return SpawnAnswer(allowed=False, unmet=answers(unmet), language=language, sandbox=None)


def _prepare(question: SpawnQuestion, database: Database, settings: Settings) -> None:
    """Write what the person sees of the data without holding the lock that every other change waits for."""
    with database.reading() as session:
        decision, _ = _decided(session, question, settings)
        if decision.grant is not None and decision.allowed:
            materialise(settings, session, decision.grant)


def _decided(
    session: Session, question: SpawnQuestion, settings: Settings
) -> tuple[AccessDecision, Language]:
    person = person_by_subject(session, question.subject)
    if person is not None and question.login is not None:
        present(session, person, _login(question.login, settings))
    project = project_by_slug(session, question.project) if question.server == question.project else None
    language: Language = "en" if person is not None and person.language == "en" else "nl"
    return decide(session, Door.OPEN_PROJECT, person, project), language


def _login(shown: LoginShown, settings: Settings) -> Login:
    strong = counts_as_strong(shown.acr, shown.amr, settings)
    return Login(
        shown.acr, strong, _moment(shown.auth_time), shown.address, sid=shown.sid, began=_moment(shown.began)
    )


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _started(sandbox: Sandbox, token: str, data: Path, settings: Settings) -> SandboxAnswer:
    return SandboxAnswer(
        id=sandbox.id,
        project_number=sandbox.grant.project.number,
        data_dir=str(data),
        token=token,
        memory_bytes=settings.sandbox_memory_bytes,
        processes=settings.sandbox_processes,
        cpus=settings.sandbox_cpus,
    )


@router.post("/hub/logins", dependencies=[HUB])
def logins(question: LoginsQuestion, database: DatabaseDep) -> LoginsAnswer:
    """Tell whether logins at the hub still stand: nobody logged out of one, and the person is not suspended."""
    with database.reading() as session:
        person = person_by_subject(session, question.subject)
        if person is None or person.suspended_at is not None:
            return LoginsAnswer(stand=False)
        over = any(is_over(session, person.subject, one.sid, _moment(one.began)) for one in question.logins)
    return LoginsAnswer(stand=not over)


@router.post("/hub/alive", dependencies=[HUB_OR_WATCH])
def alive(question: AliveQuestion, database: DatabaseDep, refusals: RefusalsDep) -> AliveAnswer:
    """Name the sandboxes that must stop, and end those that still ran; asked each second, so it writes only then."""
    refusals.write_due()
    with database.reading() as session:
        stops = still_allowed(session, question.sandboxes)
    if any(stop.sandbox for stop in stops):
        with database.transaction() as session:
            # Decided again under the lock: what was given back in between goes on.
            stops = still_allowed(session, question.sandboxes)
            end_refused(session, stops)
    return AliveAnswer(stop=[StopAnswer(id=stop.id, unmet=answers(stop.unmet)) for stop in stops])


@router.post("/hub/stopped", dependencies=[HUB_OR_WATCH], status_code=204)
def stopped(notice: StoppedNotice, database: DatabaseDep) -> None:
    """Note that a sandbox stopped: its token is worthless from now on. Saying it twice changes nothing."""
    with database.transaction() as session:
        end_sandbox(session, notice.sandbox, STOPPED)


def answers(unmet: Iterable[UnmetCondition]) -> list[UnmetAnswer]:
    """Return unmet conditions as they are answered."""
    return [UnmetAnswer(condition=one.condition, reason=one.reason, remedy=one.remedy) for one in unmet]

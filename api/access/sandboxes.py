"""Sandboxes: started under a decision, re-decided as long as they run, ended with the access they run under.

The host-side bridge carries a sandbox's token; the table holds its sha256. A token is worth nothing once the
sandbox ended or expired, and nothing at a door that would refuse its person now.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from api.access.circumstances import Login
from api.access.decision import AccessDecision, AccessRefusedError, Door, UnmetCondition, check_access, decide
from api.access.models import Grant, Project, Sandbox
from api.access.presence import login_of, present
from api.access.scope import is_within
from api.audit.service import SYSTEM, Actor, record
from api.db import now
from api.errors import NotLoggedInError
from api.identity.ended import is_over
from api.identity.tokens import hash_of, new_token
from api.people.models import Person
from api.settings import Settings
from output_checker.text import Text

STOPPED, REPLACED, EXPIRED = "stopped", "replaced", "expired"

_ENDED = UnmetCondition(
    "sandbox_running",
    Text(nl="Deze werkplek is beëindigd.", en="This sandbox has ended."),
    Text(nl="Open het project opnieuw.", en="Open the project again."),
)
_OPEN_AGAIN = Text(
    nl="Open het project opnieuw; uw bestanden staan er nog.",
    en="Open the project again; your files are still there.",
)
_LOGGED_OUT = UnmetCondition(
    "logged_in",
    Text(
        nl="De login waarmee deze werkplek is geopend, is beëindigd.",
        en="The login that opened this sandbox has ended.",
    ),
    Text(
        nl="Log opnieuw in en open het project; uw bestanden staan er nog.",
        en="Log in again and open the project; your files are still there.",
    ),
)
_EXPIRED = UnmetCondition(
    "sandbox_running",
    Text(
        nl="Deze werkplek heeft haar langste duur bereikt.", en="This sandbox has reached its longest life."
    ),
    _OPEN_AGAIN,
)
_SEES_MORE = UnmetCondition(
    "datasets_granted",
    Text(
        nl="Deze werkplek toont datasets waarvoor uw toegang niet meer geldt.",
        en="This sandbox shows datasets that your access is no longer for.",
    ),
    _OPEN_AGAIN,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A sandbox that may not run, and why; `sandbox` is None when it is not known or has ended before."""

    id: str
    sandbox: Sandbox | None
    unmet: tuple[UnmetCondition, ...]


def start_sandbox(session: Session, decision: AccessDecision, settings: Settings) -> tuple[Sandbox, str]:
    """Start a sandbox under `decision` and return it with its token, which is kept nowhere.

    A person has one sandbox in a project: one that still runs is ended. Raises AccessRefusedError unless the
    decision allows to open the project.
    """
    grant = decision.grant
    if not decision.allowed or grant is None or decision.door is not Door.OPEN_PROJECT:
        raise AccessRefusedError(decision.unmet or (_ENDED,))
    login = login_of(session, grant.person)
    if is_logged_out(session, grant.person, login):
        raise AccessRefusedError((_LOGGED_OUT,))
    actor = Actor(grant.person, grant.role.value)
    end_sandboxes_of(session, grant.person, grant.project, REPLACED, actor)
    token = new_token()
    sandbox = Sandbox(
        id=secrets.token_hex(16),
        grant=grant,
        token_hash=hash_of(token),
        login=_kept(login),
        expires_at=now() + dt.timedelta(seconds=settings.sandbox_token_seconds),
    )
    session.add(sandbox)
    session.flush()
    about = {"grant": grant.id, "project": grant.project.slug}
    record(session, actor, "sandbox.start", f"sandbox:{sandbox.id}", "every condition is met", **about)
    return sandbox, token


def still_allowed(session: Session, ids: Collection[str], at: dt.datetime | None = None) -> list[Stop]:
    """Return the stops among the sandboxes called `ids`: unknown, ended, expired, or refused if they started now."""
    moment = at or now()
    query = select(Sandbox).where(Sandbox.id.in_(ids)).options(*_loaded())
    known = {sandbox.id: sandbox for sandbox in session.scalars(query)}
    answers = [_stop(session, one, known.get(one), moment) for one in dict.fromkeys(ids)]
    return [answer for answer in answers if answer is not None]


def _stop(session: Session, sandbox_id: str, sandbox: Sandbox | None, at: dt.datetime) -> Stop | None:
    if sandbox is None:
        return Stop(sandbox_id, None, (_ENDED,))
    grant = sandbox.grant
    decision = decide(session, Door.OPEN_PROJECT, grant.person, grant.project, at, _shown(sandbox))
    unmet = decision.unmet
    if _sees_more(sandbox, decision.grant):
        unmet = (*unmet, _SEES_MORE)
    if sandbox.ended_at is not None:
        return Stop(sandbox_id, None, unmet or (_ENDED,))
    if is_logged_out(session, grant.person, _shown(sandbox)):
        unmet = (*unmet, _LOGGED_OUT)
    if at >= sandbox.expires_at:
        unmet = (*unmet, _EXPIRED)
    return Stop(sandbox_id, sandbox, unmet) if unmet else None


def end_refused(session: Session, stops: Iterable[Stop]) -> None:
    """End the sandboxes of `stops` that still run, each for the first condition it fails."""
    for stop in stops:
        if stop.sandbox is not None:
            reason = EXPIRED if stop.unmet == (_EXPIRED,) else stop.unmet[0].condition
            _end(session, stop.sandbox, reason, SYSTEM)


def end_sandbox(session: Session, sandbox_id: str, reason: str) -> None:
    """End one sandbox, so that its token is worthless; unknown and ended ones stay as they are."""
    sandbox = session.get(Sandbox, sandbox_id)
    if sandbox is not None and sandbox.ended_at is None:
        _end(session, sandbox, reason, SYSTEM)


def end_sandboxes_of(
    session: Session, person: Person, project: Project, reason: str, actor: Actor
) -> list[str]:
    """End every running sandbox of `person` in `project` and return their ids."""
    running = running_sandboxes(session, person, project)
    for sandbox in running:
        _end(session, sandbox, reason, actor)
    return [sandbox.id for sandbox in running]


def end_sandboxes_in(session: Session, project: Project, reason: str, actor: Actor) -> list[str]:
    """End every running sandbox of `project` and return their ids."""
    running = session.scalars(
        select(Sandbox)
        .join(Sandbox.grant)
        .where(Grant.project_id == project.id, Sandbox.ended_at.is_(None))
        .order_by(Sandbox.started_at)
    ).all()
    for sandbox in running:
        _end(session, sandbox, reason, actor)
    return [sandbox.id for sandbox in running]


def running_sandboxes(session: Session, person: Person, project: Project) -> Sequence[Sandbox]:
    """Return the sandboxes of `person` in `project` that have not ended, under whichever version of the grant."""
    return session.scalars(
        select(Sandbox)
        .join(Sandbox.grant)
        .where(Grant.person_id == person.id, Grant.project_id == project.id, Sandbox.ended_at.is_(None))
        .order_by(Sandbox.started_at)
    ).all()


def end_sandboxes_beyond(session: Session, grant: Grant, actor: Actor) -> list[str]:
    """End every running sandbox of the person that shows more than `grant` is for, and return their ids."""
    running = running_sandboxes(session, grant.person, grant.project)
    beyond = [sandbox for sandbox in running if _sees_more(sandbox, grant)]
    for sandbox in beyond:
        _end(session, sandbox, _SEES_MORE.condition, actor)
    return [sandbox.id for sandbox in beyond]


def _sees_more(sandbox: Sandbox, grant: Grant | None) -> bool:
    """Whether a sandbox, which shows what it opened with, shows what `grant`, the newest version, is not for."""
    return grant is not None and not is_within(sandbox.grant, grant)


def _end(session: Session, sandbox: Sandbox, reason: str, actor: Actor) -> None:
    sandbox.ended_at, sandbox.end_reason = now(), reason
    record(session, actor, "sandbox.end", f"sandbox:{sandbox.id}", reason)


def sandbox_by_token(session: Session, token: str, door: Door = Door.SUBMIT) -> Sandbox:
    """Return the running sandbox that `token` belongs to, when its person may pass `door` now.

    Raises NotLoggedInError when the token is unknown or its sandbox ended or expired (which of these is not told),
    and AccessRefusedError with every unmet condition.
    """
    query = select(Sandbox).where(Sandbox.token_hash == hash_of(token)).options(*_loaded())
    sandbox = session.scalar(query)
    if sandbox is None or sandbox.ended_at is not None or now() >= sandbox.expires_at:
        raise NotLoggedInError("no_sandbox", _ENDED.reason, remedy=_ENDED.remedy)
    login = _shown(sandbox)
    if is_logged_out(session, sandbox.grant.person, login):
        raise NotLoggedInError("no_sandbox", _LOGGED_OUT.reason, remedy=_LOGGED_OUT.remedy)
    if login is not None:
        present(session, sandbox.grant.person, login)
    decision = check_access(session, door, sandbox.grant.person, sandbox.grant.project)
    if _sees_more(sandbox, decision.grant):
        raise AccessRefusedError((_SEES_MORE,), door, sandbox.grant.project)
    return sandbox


def is_logged_out(session: Session, person: Person, login: Login | None) -> bool:
    """Tell whether what `person` showed is a login at the hub that ended since."""
    return (
        login is not None
        and login.began is not None
        and is_over(session, person.subject, login.sid, login.began)
    )


def _kept(login: Login | None) -> dict[str, Any] | None:
    if login is None:
        return None
    moments = {"auth_time": login.auth_time, "began": login.began, "shown_at": None}
    return asdict(login) | {name: at and at.isoformat() for name, at in moments.items()}


def _shown(sandbox: Sandbox) -> Login | None:
    """Return what the person showed when the workplace opened."""
    if sandbox.login is None:
        return None
    kept = sandbox.login
    moments = {
        "auth_time": dt.datetime.fromisoformat(kept["auth_time"]),
        "began": dt.datetime.fromisoformat(kept["began"]) if kept.get("began") else None,
    }
    return Login(**(kept | moments | {"shown_at": sandbox.started_at}))


def known_sandbox(session: Session, token: str) -> Sandbox | None:
    """Return the sandbox that `token` belongs to, running or not; None when there never was one."""
    return session.scalar(select(Sandbox).where(Sandbox.token_hash == hash_of(token)))


def _loaded() -> list[ORMOption]:
    return [
        joinedload(Sandbox.grant).joinedload(Grant.person).joinedload(Person.institution),
        joinedload(Sandbox.grant).joinedload(Grant.project).joinedload(Project.centre),
        joinedload(Sandbox.grant).joinedload(Grant.withdrawal),
    ]

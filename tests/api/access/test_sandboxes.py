"""Sandboxes and their tokens: what starts them, what ends them, and what an old token is worth."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import AccessRefusedError, Door, decide
from api.access.models import Project, Sandbox
from api.access.sandboxes import (
    STOPPED,
    Stop,
    end_refused,
    end_sandbox,
    running_sandboxes,
    sandbox_by_token,
    start_sandbox,
    still_allowed,
)
from api.access.service import withdraw_access
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.errors import NotLoggedInError
from api.people.models import EvidenceKind, Person, Role
from api.people.service import assert_evidence, reinstate, suspend
from api.settings import Settings
from tests.api.factories import CONDITIONS, World, acting, days, make_grant, make_person, withdraw


def start(session: Session, settings: Settings, person: Person, project: Project) -> tuple[Sandbox, str]:
    return start_sandbox(session, decide(session, Door.OPEN_PROJECT, person, project), settings)


def conditions(stops: list[Stop]) -> list[list[str]]:
    return [[one.condition for one in stop.unmet] for stop in stops]


def test_a_sandbox_keeps_only_the_hash_of_its_token(
    session: Session, world: World, settings: Settings
) -> None:
    sandbox, token = start(session, settings, world.researcher, world.project)
    assert len(sandbox.id) == 32
    assert len(token) >= 43
    assert sandbox.token_hash == hashlib.sha256(token.encode()).hexdigest()
    life = sandbox.expires_at - sandbox.started_at
    assert abs(life.total_seconds() - settings.sandbox_token_seconds) < 5
    assert sandbox_by_token(session, token) is sandbox
    documents = session.scalars(select(AuditRecord.document)).all()
    assert not any(token in document or sandbox.token_hash in document for document in documents)
    assert any(f"sandbox:{sandbox.id}" in document for document in documents)


def test_without_a_decision_that_opens_the_project_nothing_starts(
    session: Session, world: World, settings: Settings
) -> None:
    refused = decide(session, Door.OPEN_PROJECT, world.outsider, world.project)
    other_door = decide(session, Door.SUBMIT, world.researcher, world.project)
    official = decide(session, Door.ADMINISTER, world.administrator, world.project)
    for decision in (refused, other_door, official):
        with pytest.raises(AccessRefusedError):
            start_sandbox(session, decision, settings)
    assert session.scalars(select(Sandbox)).all() == []


def test_a_second_sandbox_replaces_the_first_and_its_token(
    session: Session, world: World, settings: Settings
) -> None:
    first, old_token = start(session, settings, world.researcher, world.project)
    second, new_token = start(session, settings, world.researcher, world.project)
    assert first.end_reason == "replaced"
    assert running_sandboxes(session, world.researcher, world.project) == [second]
    assert sandbox_by_token(session, new_token) is second
    with pytest.raises(NotLoggedInError):
        sandbox_by_token(session, old_token)


@pytest.mark.parametrize("token", ["", "x" * 43, "' OR 1=1 --", "é"])
def test_an_unknown_token_is_nobody(session: Session, world: World, settings: Settings, token: str) -> None:
    start(session, settings, world.researcher, world.project)
    with pytest.raises(NotLoggedInError):
        sandbox_by_token(session, token)


def test_a_token_is_worthless_after_the_end_and_from_the_second_it_expires(
    session: Session, world: World, settings: Settings
) -> None:
    ended, ended_token = start(session, settings, world.researcher, world.project)
    end_sandbox(session, ended.id, STOPPED)
    expired, expired_token = start(session, settings, world.analyst, world.project)
    expired.expires_at = days(0)
    for token in (ended_token, expired_token):
        with pytest.raises(NotLoggedInError):
            sandbox_by_token(session, token)


def test_a_token_replayed_after_withdrawal_is_worthless_also_when_access_is_given_again(
    session: Session, world: World, settings: Settings
) -> None:
    _, token = start(session, settings, world.researcher, world.project)
    actor = acting(world.administrator, Role.ADMINISTRATOR)
    withdraw_access(session, actor, world.grant, "The contract ended.")
    with pytest.raises(NotLoggedInError):
        sandbox_by_token(session, token)
    make_grant(session, person=world.researcher, project=world.project, granted_by=world.administrator)
    with pytest.raises(NotLoggedInError):
        sandbox_by_token(session, token)


def test_a_token_opens_only_doors_that_are_open_now(
    session: Session, world: World, settings: Settings
) -> None:
    _, token = start(session, settings, world.researcher, world.project)
    suspend(session, SYSTEM, world.researcher, "why")
    with pytest.raises(AccessRefusedError) as refused:
        sandbox_by_token(session, token)
    assert refused.value.code == "not_suspended"
    reinstate(session, SYSTEM, world.researcher)
    sandbox_by_token(session, token)
    with pytest.raises(AccessRefusedError):
        sandbox_by_token(session, token, Door.REVIEW)


def test_sandboxes_that_meet_every_condition_go_on(
    session: Session, world: World, settings: Settings
) -> None:
    ids = [
        start(session, settings, person, world.project)[0].id for person in (world.researcher, world.analyst)
    ]
    assert still_allowed(session, ids) == []
    assert still_allowed(session, []) == []


def test_each_way_of_losing_access_stops_the_sandbox_with_its_reason(
    session: Session, world: World, settings: Settings
) -> None:
    person = make_person(session, vetted=False)
    for kind in EvidenceKind:
        until = days(1) if kind is EvidenceKind.TRAINING_PASSED else days(400)
        assert_evidence(session, SYSTEM, person, kind, "paper", days(-1), until)
    make_grant(session, person=person, project=world.project, valid_until=days(20))
    sandbox, _ = start(session, settings, person, world.project)
    sandbox.expires_at = days(2)
    assert conditions(still_allowed(session, [sandbox.id], at=days(1))) == [["training_valid"]]
    late = still_allowed(session, [sandbox.id], at=days(400))
    assert conditions(late) == [
        [
            "grant_running",
            "project_running",
            *(document["condition"] for document in CONDITIONS),
            "sandbox_running",
        ]
    ]
    suspend(session, SYSTEM, person, "why")
    assert conditions(still_allowed(session, [sandbox.id])) == [["not_suspended"]]


def test_expiry_alone_is_a_reason_from_its_exact_second(
    session: Session, world: World, settings: Settings
) -> None:
    sandbox, _ = start(session, settings, world.researcher, world.project)
    a_moment = dt.timedelta(microseconds=1)
    assert still_allowed(session, [sandbox.id], at=sandbox.expires_at - a_moment) == []
    stops = still_allowed(session, [sandbox.id], at=sandbox.expires_at)
    assert conditions(stops) == [["sandbox_running"]]
    end_refused(session, stops)
    assert sandbox.end_reason == "expired"


def test_unknown_and_ended_sandboxes_stop_and_an_id_said_twice_is_answered_once(
    session: Session, world: World, settings: Settings
) -> None:
    stopped, _ = start(session, settings, world.researcher, world.project)
    end_sandbox(session, stopped.id, STOPPED)
    withdrawn, _ = start(session, settings, world.analyst, world.project)
    grant = withdrawn.grant
    withdraw_access(session, acting(world.administrator, Role.ADMINISTRATOR), grant, "The contract ended.")
    stops = still_allowed(session, ["unknown", stopped.id, withdrawn.id, stopped.id])
    assert [stop.id for stop in stops] == ["unknown", stopped.id, withdrawn.id]
    assert conditions(stops) == [["sandbox_running"], ["sandbox_running"], ["not_withdrawn"]]
    before = session.scalar(select(AuditRecord.seq).order_by(AuditRecord.seq.desc()))
    end_refused(session, stops)
    assert session.scalar(select(AuditRecord.seq).order_by(AuditRecord.seq.desc())) == before


def test_a_refused_sandbox_is_ended_for_its_first_reason(
    session: Session, world: World, settings: Settings
) -> None:
    sandbox, _ = start(session, settings, world.researcher, world.project)
    withdraw(session, grant=world.grant)
    end_refused(session, still_allowed(session, [sandbox.id]))
    assert sandbox.end_reason == "not_withdrawn"
    assert sandbox.ended_at is not None


def test_ending_twice_or_what_is_not_there_changes_nothing(
    session: Session, world: World, settings: Settings
) -> None:
    sandbox, _ = start(session, settings, world.researcher, world.project)
    end_sandbox(session, sandbox.id, STOPPED)
    at = sandbox.ended_at
    end_sandbox(session, sandbox.id, "again")
    end_sandbox(session, "unknown", STOPPED)
    assert (sandbox.ended_at, sandbox.end_reason) == (at, STOPPED)

"""Access takes two people; an emergency takes one, is loud and short, and somebody else looks at it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api.access import emergency, proposals
from api.access.circumstances import Login
from api.access.conditions import DEFAULT_CONDITIONS
from api.access.decision import AccessRefusedError, Door, decide
from api.access.models import Grant, GrantProposal
from api.access.presence import login_of, present
from api.access.sandboxes import sandbox_by_token, start_sandbox, still_allowed
from api.access.service import Terms, withdraw_access
from api.audit.models import AuditRecord
from api.audit.service import Actor
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.notices.models import Notice, NoticeKind
from api.people.models import Person, Role
from api.people.service import suspend
from api.settings import Settings
from tests.api.factories import World, acting, days, make_grant, make_institution, make_official

WHY = "Needed for the work."


def terms(world: World, person: Person | None = None, **changes: Any) -> Terms:
    fields = {
        "person": person or world.outsider,
        "project": world.project,
        "role": Role.RESEARCHER,
        "conditions": DEFAULT_CONDITIONS,
        "valid_from": days(0),
        "valid_until": days(30),
    } | changes
    return Terms(**fields)


def first(world: World) -> Actor:
    return acting(world.administrator, Role.ADMINISTRATOR)


def second(world: World) -> Actor:
    return acting(world.second_administrator, Role.ADMINISTRATOR)


def proposed(session: Session, world: World, **changes: Any) -> GrantProposal:
    return proposals.propose_grant(session, first(world), Settings(), terms(world, **changes), WHY)


def told(session: Session, action: str) -> dict[str, Any]:
    query = select(AuditRecord.document).where(AuditRecord.action == action).order_by(AuditRecord.seq.desc())
    return dict(json.loads(session.scalars(query).first() or "{}"))


def notified(session: Session, kind: NoticeKind) -> set[str]:
    return {notice.person.subject for notice in session.scalars(select(Notice).where(Notice.kind == kind))}


def test_a_proposal_opens_nothing_and_tells_who_can_confirm_it(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    assert not decide(session, Door.OPEN_PROJECT, world.outsider, world.project).allowed
    assert notified(session, NoticeKind.GRANT_PROPOSED) == {"second-administrator"}
    assert told(session, "grant.propose")["because"] == WHY
    assert list(proposals.open_proposals(session, world.project)) == [proposal]
    assert list(proposals.open_proposals(session, centre_ids={world.foreign_centre.id})) == []


def test_another_administrator_confirms_and_the_door_opens(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    grant = proposals.confirm_grant(session, second(world), proposal)
    assert decide(session, Door.OPEN_PROJECT, world.outsider, world.project).grant is grant
    assert (grant.granted_by, grant.proposal) == (world.second_administrator, proposal)
    record = told(session, "grant.give")
    assert (record["actor"], record["details"]["proposed_by"]) == ("second-administrator", "administrator")
    assert notified(session, NoticeKind.ACCESS_GRANTED) == {"outsider"}
    assert not proposals.open_proposals(session)
    with pytest.raises(ConflictError, match="decided already"):
        proposals.confirm_grant(session, second(world), proposal)
    with pytest.raises(ConflictError, match="decided already"):
        proposals.decline_grant(session, second(world), proposal, WHY)


def test_nobody_confirms_their_own_proposal_or_their_own_access(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    with pytest.raises(NotAllowedError) as refused:
        proposals.confirm_grant(session, first(world), proposal)
    assert refused.value.code == "own_proposal"
    for person in (world.outsider, world.steward, world.auditor):
        with pytest.raises(AccessRefusedError):
            proposals.confirm_grant(session, acting(person, Role.ADMINISTRATOR), proposal)


def test_a_proposal_for_who_became_an_administrator_is_not_theirs_to_decide(
    session: Session, world: World
) -> None:
    proposal = proposed(session, world)
    proposal.person = world.second_administrator
    with pytest.raises(AccessRefusedError) as refused:
        proposals.confirm_grant(session, second(world), proposal)
    assert {one.condition for one in refused.value.unmet} == {"own_grant", "administrator_as_member"}


def test_what_changed_since_is_refused_in_words(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    assert proposals.stale(session, proposal) == []
    world.outsider.institution = make_institution(session)
    world.project.valid_until = days(5)
    make_grant(session, person=world.outsider, project=world.project)
    suspend(session, second(world), world.steward, "why")
    with pytest.raises(ConflictError) as refused:
        proposals.confirm_grant(session, second(world), proposal)
    assert refused.value.code == "stale_proposal"
    for words in ("known of the person", "project or its data", "access of the person"):
        assert words in refused.value.message.en
    assert "may not do so any more" not in refused.value.message.en


def test_a_proposal_of_who_may_not_grant_any_more_is_stale(session: Session, world: World) -> None:
    other = make_official(session, role=Role.ADMINISTRATOR, centre=world.centre)
    actor = acting(other, Role.ADMINISTRATOR)
    proposal = proposals.propose_grant(session, actor, Settings(), terms(world), WHY)
    other.suspended_at, other.suspended_reason = now(), "why"
    with pytest.raises(ConflictError, match="may not do so any more"):
        proposals.confirm_grant(session, second(world), proposal)


def test_an_expired_proposal_is_refused_and_no_longer_listed(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    proposal.expires_at = days(-1)
    session.flush()
    assert not proposals.open_proposals(session)
    with pytest.raises(ConflictError, match="expired"):
        proposals.confirm_grant(session, second(world), proposal)


def test_a_declined_proposal_makes_room_for_another(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    with pytest.raises(ConflictError) as refused:
        proposed(session, world)
    assert refused.value.code == "proposed_already"
    proposals.decline_grant(session, first(world), proposal, "A mistake.")
    assert (proposal.decline_reason, told(session, "grant.decline")["because"]) == (
        "A mistake.",
        "A mistake.",
    )
    assert proposed(session, world).id != proposal.id


@pytest.mark.parametrize(
    "changes",
    [
        {"role": Role.CHECKER},
        {"valid_until": days(-1)},
        {"conditions": [{"condition": "moon_is_full"}]},
        {"conditions": [{"condition": "hours", "days": []}]},
    ],
)
def test_terms_that_make_no_sense_are_not_proposed(
    session: Session, world: World, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidError):
        proposed(session, world, **changes)


def test_proposals_are_found_by_administrators_of_their_centre_only(session: Session, world: World) -> None:
    proposal = proposed(session, world)
    assert proposals.proposal_by_id(session, world.second_administrator, proposal.id) is proposal
    for person, number in [
        (world.steward, proposal.id),
        (world.administrator, 99),
        (world.administrator, 2**70),
    ]:
        with pytest.raises(NotFoundError):
            proposals.proposal_by_id(session, person, number)


@pytest.mark.parametrize("statement", ["UPDATE {} SET grant_id = grant_id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["withdrawal", "emergency_access", "emergency_review"])
def test_what_was_decided_about_access_cannot_be_changed(
    session: Session, world: World, table: str, statement: str
) -> None:
    grant = emergency.give_emergency_access(
        session, first(world), Settings(), world.outsider, world.project, WHY
    )
    emergency.review_emergency(
        session, acting(world.auditor, Role.AUDITOR), grant, justified=True, comment=WHY
    )
    withdraw_access(session, first(world), grant, WHY)
    with pytest.raises(DatabaseError, match="never changed"):
        session.connection().exec_driver_sql(statement.format(table))


def test_a_grant_cannot_be_changed(session: Session, world: World) -> None:
    for statement in ("UPDATE access_grant SET role = 'ANALYST'", "DELETE FROM access_grant"):
        with pytest.raises(DatabaseError, match="never changed"):
            session.connection().exec_driver_sql(statement)


def give(session: Session, world: World, person: Person | None = None) -> Grant:
    who = person or world.outsider
    return emergency.give_emergency_access(session, first(world), Settings(), who, world.project, WHY)


def test_an_emergency_is_short_loud_and_in_the_audit(session: Session, world: World) -> None:
    grant = give(session, world)
    assert decide(session, Door.OPEN_PROJECT, world.outsider, world.project).allowed
    assert grant.valid_until - grant.valid_from == dt.timedelta(hours=4)
    assert not decide(session, Door.OPEN_PROJECT, world.outsider, world.project, grant.valid_until).allowed
    overseers = {"administrator", "second-administrator", "steward", "auditor"}
    assert notified(session, NoticeKind.EMERGENCY_ACCESS) == overseers
    record = told(session, "grant.give")
    assert (record["because"], record["details"]["emergency"]) == (WHY, True)
    for name in overseers:
        person = getattr(world, name.replace("-", "_"))
        assert [one.grant for one in emergency.emergencies_for(session, person)] == [grant]
    assert emergency.emergencies_for(session, world.checker) == []


def test_an_emergency_asks_the_usual_conditions(session: Session, world: World) -> None:
    world.outsider.suspended_at, world.outsider.suspended_reason = now(), "why"
    give(session, world)
    assert not decide(session, Door.OPEN_PROJECT, world.outsider, world.project).allowed


def test_an_emergency_is_not_extended_and_not_for_who_has_access(session: Session, world: World) -> None:
    with pytest.raises(ConflictError) as refused:
        give(session, world, world.researcher)
    assert refused.value.code == "has_access"
    grant = give(session, world)
    with pytest.raises(ConflictError) as refused:
        give(session, world)
    assert refused.value.code == "has_access"
    withdraw_access(session, first(world), grant, WHY)
    with pytest.raises(ConflictError) as refused:
        give(session, world)
    assert refused.value.code == "emergency_not_extended"
    emergency.review_emergency(
        session, acting(world.steward, Role.STEWARD), grant, justified=False, comment="It could have waited."
    )
    assert give(session, world).version == 2


def test_an_emergency_is_looked_at_by_somebody_else(session: Session, world: World) -> None:
    grant = give(session, world)
    assert grant.emergency is not None
    for person in (world.administrator, world.outsider, world.checker):
        with pytest.raises(AccessRefusedError):
            emergency.review_emergency(
                session, acting(person, Role.AUDITOR), grant, justified=True, comment=WHY
            )
    with pytest.raises(NotFoundError):
        emergency.review_emergency(session, second(world), world.grant, justified=True, comment=WHY)
    assert not emergency.is_overdue(grant.emergency)
    emergency.review_emergency(session, second(world), grant, justified=True, comment=WHY)
    assert told(session, "grant.review_emergency")["details"] == {"justified": True}
    with pytest.raises(ConflictError):
        emergency.review_emergency(session, second(world), grant, justified=True, comment=WHY)


def test_an_emergency_that_nobody_looked_at_is_overdue(session: Session, world: World) -> None:
    hasty = Settings(emergency_seconds=1, emergency_review_days=-1)
    grant = emergency.give_emergency_access(session, first(world), hasty, world.outsider, world.project, WHY)
    assert grant.emergency is not None
    assert emergency.is_overdue(grant.emergency)
    emergency.review_emergency(session, second(world), grant, justified=True, comment=WHY)
    assert not emergency.is_overdue(grant.emergency)


HERE = Login("mfa", True, days(0), "10.1.0.1")
STRONG = [{"condition": "strong_login"}, {"condition": "network", "networks": ["10.1.0.0/16"]}]


def test_what_somebody_shows_counts_for_them_alone(session: Session, world: World) -> None:
    present(session, world.researcher, HERE)
    assert login_of(session, world.researcher) is HERE
    assert login_of(session, world.analyst) is None


def test_a_workplace_keeps_the_login_it_was_opened_with(session: Session, world: World) -> None:
    make_grant(session, person=world.researcher, project=world.project, conditions=STRONG)
    refused = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
    assert [one.condition for one in refused.unmet] == ["strong_login", "network"]
    present(session, world.researcher, HERE)
    decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
    sandbox, token = start_sandbox(session, decision, Settings())
    session.info.clear()
    assert still_allowed(session, [sandbox.id]) == []
    assert sandbox_by_token(session, token) is sandbox
    stricter = [{"condition": "network", "networks": ["10.2.0.0/16"]}]
    make_grant(session, person=world.researcher, project=world.project, conditions=stricter)
    (stop,) = still_allowed(session, [sandbox.id])
    assert [one.condition for one in stop.unmet] == ["network"]


def test_a_workplace_that_was_opened_without_a_login_ends_when_one_is_asked(
    session: Session, world: World
) -> None:
    decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
    sandbox, _ = start_sandbox(session, decision, Settings())
    make_grant(session, person=world.researcher, project=world.project, conditions=STRONG)
    (stop,) = still_allowed(session, [sandbox.id])
    assert {one.condition for one in stop.unmet} == {"strong_login", "network"}

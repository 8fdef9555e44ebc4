"""Opening projects, approving views, granting and withdrawing: who may, what is refused, what ends with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.conditions import DEFAULT_CONDITIONS
from api.access.decision import AccessRefusedError, Door, decide
from api.access.models import Grant, Project, Sandbox
from api.access.proposals import confirm_grant, others_who_confirm, propose_grant
from api.access.queries import (
    grant_by_id,
    grant_history,
    grants_of,
    project_by_slug,
    projects_at,
    projects_of,
)
from api.access.sandboxes import running_sandboxes, start_sandbox
from api.access.service import Terms, approve_view, open_project, withdraw_access
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.catalogue.models import DatasetVersion
from api.catalogue.service import register_dataset
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.people.models import Person, Role
from api.people.service import suspend
from api.settings import Settings
from tests.api.factories import World, acting, days, hold_role, make_grant, make_official, make_person
from tests.api.flow import people_metadata, write_people


def administrator(world: World) -> Actor:
    return acting(world.administrator, Role.ADMINISTRATOR)


def plan(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "slug": "new-project",
        "centre": world.centre,
        "title_nl": "Leegstand",
        "title_en": "Vacancy",
        "purpose": "Policy on vacancy.",
        "research_question": "Where do shops stay empty?",
        "theme": "vacancy",
        "legal_basis": "Wet op het CBS, artikel 41",
        "policy": "essnet",
        "reviewers_required": 2,
        "valid_from": days(0),
        "valid_until": days(100),
    } | changes


def give(session: Session, actor: Actor, person: Person, project: Project, **changes: Any) -> Grant:
    fields = {
        "role": Role.RESEARCHER,
        "conditions": DEFAULT_CONDITIONS,
        "valid_from": days(-1),
        "valid_until": days(30),
    } | changes
    proposal = propose_grant(
        session, actor, Settings(), Terms(person, project, **fields), "Needed for the work."
    )
    other = next(one for one in others_who_confirm(session, proposal))
    return confirm_grant(session, acting(other, Role.ADMINISTRATOR), proposal)


def told(session: Session, action: str) -> dict[str, Any]:
    query = select(AuditRecord.document).where(AuditRecord.action == action).order_by(AuditRecord.seq.desc())
    return json.loads(session.scalars(query).first() or "{}")


def test_projects_get_numbers_that_are_never_given_again(session: Session, world: World) -> None:
    first = open_project(session, administrator(world), **plan(world))
    second = open_project(session, administrator(world), **plan(world, slug="another"))
    assert (first.number, second.number) == (3, 4)
    assert project_by_slug(session, "new-project") is first
    assert told(session, "project.open")["subject"] == "project:another"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "New Project"),
        ("slug", "../secrets"),
        ("title_nl", " "),
        ("purpose", "x" * 5001),
        ("policy", "/etc/passwd"),
        ("policy", "lenient.toml"),
        ("reviewers_required", 0),
        ("reviewers_required", 6),
    ],
)
def test_a_project_with_a_bad_field_is_refused_and_the_field_named(
    session: Session, world: World, field: str, value: object
) -> None:
    with pytest.raises(InvalidError) as refused:
        open_project(session, administrator(world), **plan(world, **{field: value}))
    assert refused.value.field == field


def test_a_project_needs_a_period_and_a_slug_of_its_own(session: Session, world: World) -> None:
    with pytest.raises(InvalidError):
        open_project(session, administrator(world), **plan(world, valid_until=days(-1)))
    with pytest.raises(ConflictError):
        open_project(session, administrator(world), **plan(world, slug=world.project.slug))


@pytest.mark.parametrize("name", ["researcher", "steward", "checker", "auditor"])
def test_only_administrators_of_the_centre_open_projects_and_grant(
    session: Session, world: World, name: str
) -> None:
    actor = acting(getattr(world, name), Role.ADMINISTRATOR)
    with pytest.raises(NotAllowedError):
        open_project(session, actor, **plan(world))
    with pytest.raises(AccessRefusedError) as refused:
        give(session, actor, world.outsider, world.project)
    assert refused.value.code == "no_role"


def test_an_administrator_elsewhere_and_the_service_itself_grant_nothing(
    session: Session, world: World
) -> None:
    for actor in (acting(world.second_administrator, Role.ADMINISTRATOR), SYSTEM):
        with pytest.raises(NotAllowedError):
            open_project(session, actor, **plan(world, centre=world.foreign_centre))
        with pytest.raises(AccessRefusedError):
            give(session, actor, world.researcher, world.foreign_project)


def test_a_grant_opens_the_door_and_keeps_its_conditions(session: Session, world: World) -> None:
    grant = give(session, administrator(world), world.outsider, world.project, role=Role.ANALYST)
    assert (grant.version, grant.conditions) == (1, DEFAULT_CONDITIONS)
    assert decide(session, Door.OPEN_PROJECT, world.outsider, world.project).grant is grant
    details = told(session, "grant.give")["details"]
    assert (details["person"], details["project"]) == ("outsider", "minimum-incomes")
    assert (details["role"], details["conditions"]) == ("analyst", DEFAULT_CONDITIONS)


def test_a_new_version_replaces_the_older_one_which_stays_to_be_read(session: Session, world: World) -> None:
    second = give(session, administrator(world), world.researcher, world.project, valid_until=days(60))
    assert second.version == 2
    assert [grant.version for grant in grant_history(session, second)] == [2, 1]
    assert world.grant in grant_history(session, second)
    assert second in grants_of(session)
    assert world.grant not in grants_of(session)
    with pytest.raises(ConflictError):
        withdraw_access(session, administrator(world), world.grant, "the older one")


def test_nobody_grants_to_themselves(session: Session, world: World) -> None:
    with pytest.raises(AccessRefusedError) as refused:
        give(session, administrator(world), world.administrator, world.project)
    # Both reasons at once: it is their own grant, and administrators see no data.
    assert [one.condition for one in refused.value.unmet] == ["own_grant", "administrator_as_member"]


def test_an_administrator_gets_no_access_to_the_data_of_the_centre(session: Session, world: World) -> None:
    with pytest.raises(AccessRefusedError) as refused:
        give(session, administrator(world), world.second_administrator, world.project)
    assert [one.condition for one in refused.value.unmet] == ["administrator_as_member"]
    make_official(session, role=Role.ADMINISTRATOR, centre=world.foreign_centre)
    give(session, administrator(world), world.second_administrator, world.foreign_project)


def test_a_suspended_administrator_grants_and_withdraws_nothing(session: Session, world: World) -> None:
    suspend(session, SYSTEM, world.administrator, "under investigation")
    with pytest.raises(AccessRefusedError) as refused:
        give(session, administrator(world), world.outsider, world.project)
    assert refused.value.code == "not_suspended"
    with pytest.raises(AccessRefusedError):
        withdraw_access(session, administrator(world), world.grant, "revenge")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": Role.CHECKER}, "role"),
        ({"role": Role.ADMINISTRATOR}, "role"),
        ({"valid_until": days(-2)}, "valid_until"),
        ({"conditions": [{"condition": "moon_is_full"}]}, "conditions"),
        ({"conditions": [{"condition": "employed", "unless": "friday"}]}, "conditions"),
    ],
)
def test_a_grant_with_a_bad_field_is_refused_and_the_field_named(
    session: Session, world: World, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        give(session, administrator(world), world.outsider, world.project, **changes)
    assert refused.value.field == field


def test_withdrawing_ends_every_sandbox_of_the_person_in_the_project_and_no_other(
    session: Session, world: World, settings: Settings
) -> None:
    make_grant(session, person=world.researcher, project=world.foreign_project)
    started: dict[str, Sandbox] = {}
    for name, person, project in [
        ("theirs", world.researcher, world.project),
        ("elsewhere", world.researcher, world.foreign_project),
        ("colleague", world.analyst, world.project),
    ]:
        decision = decide(session, Door.OPEN_PROJECT, person, project)
        started[name], _ = start_sandbox(session, decision, settings)
    newest = give(session, administrator(world), world.researcher, world.project)
    withdraw_access(session, administrator(world), newest, "  The contract ended.  ")
    assert started["theirs"].end_reason == "not_withdrawn"
    assert started["theirs"].ended_at is not None
    assert [started[name].ended_at for name in ("elsewhere", "colleague")] == [None, None]
    assert running_sandboxes(session, world.researcher, world.project) == []
    document = told(session, "grant.withdraw")
    assert (document["actor"], document["because"]) == ("administrator", "The contract ended.")
    assert document["details"] == {"sandboxes": [started["theirs"].id]}


def test_withdrawing_twice_or_without_reason_or_from_elsewhere_is_refused(
    session: Session, world: World
) -> None:
    with pytest.raises(InvalidError) as refused:
        withdraw_access(session, administrator(world), world.grant, " ")
    assert refused.value.field == "reason"
    with pytest.raises(AccessRefusedError):
        withdraw_access(session, acting(world.researcher, Role.ADMINISTRATOR), world.grant, "why")
    withdraw_access(session, administrator(world), world.grant, "The contract ended.")
    with pytest.raises(ConflictError):
        withdraw_access(session, administrator(world), world.grant, "Again.")
    assert world.grant.withdrawal is not None
    assert world.grant.withdrawal.reason == "The contract ended."


@pytest.fixture
def version(session: Session, world: World, settings: Settings, tmp_path: Path) -> DatasetVersion:
    path = write_people(tmp_path / "people.parquet", persons=50)
    return register_dataset(session, acting(world.steward, Role.STEWARD), settings, people_metadata(), path)


def test_a_steward_chooses_what_a_project_sees(
    session: Session, world: World, version: DatasetVersion
) -> None:
    steward = acting(world.steward, Role.STEWARD)
    view = approve_view(session, steward, world.project, version, ["person", "sex"], "sex = 'F'")
    assert (view.columns, view.row_filter) == (["person", "sex"], "sex = 'F'")
    assert world.project.views == [view]
    details = told(session, "view.approve")["details"]
    assert details == {"sha256": version.sha256, "columns": ["person", "sex"], "row_filter": "sex = 'F'"}
    with pytest.raises(ConflictError):
        approve_view(session, steward, world.project, version, ["person"], None)
    with pytest.raises(InvalidError):
        approve_view(session, steward, world.project, version, ["no_such_column"], None)


@pytest.mark.parametrize("name", ["administrator", "researcher", "checker", "auditor"])
def test_nobody_else_chooses_what_a_project_sees(
    session: Session, world: World, version: DatasetVersion, name: str
) -> None:
    actor = acting(getattr(world, name), Role.STEWARD)
    with pytest.raises(AccessRefusedError):
        approve_view(session, actor, world.project, version, ["person"], None)


def test_a_steward_who_administers_or_works_in_the_project_or_elsewhere_chooses_nothing(
    session: Session, world: World, version: DatasetVersion
) -> None:
    steward = acting(world.steward, Role.STEWARD)
    with pytest.raises(AccessRefusedError) as refused:
        approve_view(session, steward, world.foreign_project, version, ["person"], None)
    assert refused.value.code == "no_role"
    make_grant(session, person=world.steward, project=world.project, granted_by=world.administrator)
    hold_role(session, person=world.steward, role=Role.ADMINISTRATOR, centre=world.centre)
    with pytest.raises(AccessRefusedError) as refused:
        approve_view(session, steward, world.project, version, ["person"], None)
    assert [one.condition for one in refused.value.unmet] == ["separate_duties", "outside_project"]


def test_listings_hold_the_newest_versions_of_what_was_asked_for(session: Session, world: World) -> None:
    newcomer = make_person(session)
    assert [grant.person for grant in grants_of(session, person=world.researcher)] == [world.researcher]
    assert {grant.person.subject for grant in grants_of(session, project=world.project)} == {
        "researcher",
        "analyst",
    }
    at_foreign = grants_of(session, centre_ids={world.foreign_centre.id})
    assert [grant.person.subject for grant in at_foreign] == ["outsider"]
    assert grants_of(session, centre_ids=set()) == []
    assert list(projects_of(session, world.outsider)) == [world.foreign_project]
    assert list(projects_of(session, newcomer)) == []
    assert list(projects_at(session, None)) == [world.foreign_project, world.project]
    assert list(projects_at(session, {world.centre.id})) == [world.project]
    assert project_by_slug(session, "no-such-project") is None


def test_a_grant_is_found_by_its_number_or_not_at_all(session: Session, world: World) -> None:
    assert grant_by_id(session, world.grant.id) is world.grant
    with pytest.raises(NotFoundError):
        grant_by_id(session, 999)

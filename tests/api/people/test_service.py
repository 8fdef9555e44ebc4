"""Adding and vetting people: who may, what is refused, and what the audit tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.db import Database
from api.errors import ConflictError, EnclaveError, InvalidError, NotAllowedError
from api.people import service
from api.people.models import EvidenceKind, Person, Role
from api.people.roles import has_role
from tests.api.factories import (
    World,
    acting,
    days,
    make_centre,
    make_institution,
    make_official,
    make_person,
    make_world,
)


def last_record(session: Session) -> AuditRecord:
    return session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()


def administrator_of(world: World) -> Actor:
    return acting(world.administrator, Role.ADMINISTRATOR)


def test_a_person_is_kept_with_a_tidy_name_and_an_audit_record(database: Database) -> None:
    with database.transaction() as session:
        institution = make_institution(session)
        person = service.add_person(
            session,
            SYSTEM,
            subject="anna-1",
            name="  Anna de Vries ",
            email="Anna@Heerlen.nl",
            language="en",
            institution=institution,
        )
        assert (person.name, person.email) == ("Anna de Vries", "anna@heerlen.nl")
        told = last_record(session)
        assert (told.action, told.subject, told.acting_as) == ("person.add", "person:anna-1", "system")
    with database.reading() as session:
        found = service.person_by_subject(session, "anna-1")
        assert found is not None
        assert found.institution.name == institution.name
        assert service.person_by_subject(session, "nobody") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Anna"),
        ("subject", "-anna"),
        ("subject", "a" * 41),
        ("subject", ""),
        ("subject", "anna\n"),
        ("subject", "../anna"),
        ("name", "   "),
        ("name", "x" * 301),
        ("name", "An\x00na"),
        ("email", "anna"),
        ("email", "anna@a b"),
        ("email", "p-7@emptied.INVALID"),
        ("language", "de"),
    ],
)
def test_a_person_with_a_bad_field_is_refused_and_the_field_named(
    database: Database, field: str, value: str
) -> None:
    with database.transaction() as session:
        fields = {"subject": "anna", "name": "Anna", "email": "anna@example.org", "language": "nl"}
        institution = make_institution(session)
        with pytest.raises(InvalidError) as refused:
            service.add_person(session, SYSTEM, institution=institution, **(fields | {field: value}))
    assert refused.value.field == field


@pytest.mark.parametrize(("field", "taken"), [("subject", "anna"), ("email", "ANNA@example.org")])
def test_two_people_never_share_a_subject_or_address(database: Database, field: str, taken: str) -> None:
    with database.transaction() as session:
        make_person(session, subject="anna")
        with pytest.raises(ConflictError) as refused:
            make_person(session, **{field: taken})
        assert refused.value.field == field


def test_institutions_and_centres_have_names_of_their_own(database: Database) -> None:
    with database.transaction() as session:
        make_institution(session, name="Heerlen")
        make_centre(session, slug="heerlen", municipalities={"GM0917": "Heerlen"})
        with pytest.raises(ConflictError):
            make_institution(session, name="Heerlen")
        with pytest.raises(ConflictError):
            make_centre(session, slug="heerlen")
        with pytest.raises(ConflictError) as refused:
            make_centre(session, slug="parkstad", municipalities={"GM0917": "Heerlen"})
        assert refused.value.field == "code"
        with pytest.raises(InvalidError):
            make_institution(session, authorised_until=days(-31))


def change_institution(session: Session, actor: Actor, world: World) -> object:
    return service.add_institution(
        session, actor, name="X", legal_basis="Y", authorised_from=days(0), authorised_until=days(1)
    )


def change_centre(session: Session, actor: Actor, world: World) -> object:
    return service.add_centre(session, actor, slug="new", name="New", municipalities={})


def change_person(session: Session, actor: Actor, world: World) -> object:
    return service.add_person(
        session,
        actor,
        subject="new",
        name="N",
        email="n@example.org",
        language="nl",
        institution=world.researcher.institution,
    )


def change_evidence(session: Session, actor: Actor, world: World) -> object:
    return service.assert_evidence(
        session, actor, world.researcher, EvidenceKind.EMPLOYMENT, "letter", days(0), days(1)
    )


def change_appointment(session: Session, actor: Actor, world: World) -> object:
    return service.appoint(session, actor, world.researcher, Role.CHECKER, None)


def change_suspension(session: Session, actor: Actor, world: World) -> object:
    return service.suspend(session, actor, world.researcher, "because")


def change_reinstatement(session: Session, actor: Actor, world: World) -> object:
    world.researcher.suspended_at = days(-1)
    return service.reinstate(session, actor, world.researcher)


Change = Callable[[Session, Actor, World], object]
CHANGES: list[Change] = [
    change_institution,
    change_centre,
    change_person,
    change_evidence,
    change_appointment,
    change_suspension,
    change_reinstatement,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["researcher", "analyst", "steward", "auditor", "checker"])
def test_only_administrators_change_people(database: Database, change: Change, name: str) -> None:
    with database.transaction() as session:
        world = make_world(session)
        person: Person = getattr(world, name)
        with pytest.raises(NotAllowedError) as refused:
            change(session, Actor(person, "administrator"), world)
        assert refused.value.code == "not_administrator"
        assert refused.value.remedy is not None


@pytest.mark.parametrize("change", CHANGES)
def test_administrators_change_people_and_the_audit_names_them(database: Database, change: Change) -> None:
    with database.transaction() as session:
        world = make_world(session)
        change(session, administrator_of(world), world)
        assert last_record(session).actor == "administrator"


def test_a_suspended_administrator_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        service.suspend(session, SYSTEM, world.administrator, "under investigation")
        for change in CHANGES:
            with pytest.raises(NotAllowedError):
                change(session, administrator_of(world), world)


def test_an_administrator_of_one_centre_appoints_there_only(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        actor = acting(world.second_administrator, Role.ADMINISTRATOR)
        service.appoint(session, actor, world.outsider, Role.CHECKER, world.centre)
        assert has_role(world.outsider, Role.CHECKER, world.centre.id)
        for elsewhere in (world.foreign_centre, None):
            with pytest.raises(NotAllowedError):
                service.appoint(session, actor, world.outsider, Role.CHECKER, elsewhere)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.STEWARD, Role.PRIVACY_OFFICER])
def test_who_confirms_what_administrators_of_a_centre_propose_is_not_appointed_by_them(
    database: Database, role: Role
) -> None:
    with database.transaction() as session:
        world = make_world(session)
        actor = acting(world.second_administrator, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError) as refused:
            service.appoint(session, actor, world.outsider, role, world.centre)
        assert (refused.value.code, refused.value.field) == ("role_from_above", "role")
        service.appoint(session, administrator_of(world), world.outsider, role, world.centre)
        assert has_role(world.outsider, role, world.centre.id)


@pytest.mark.parametrize("change", [change_evidence, change_suspension])
@pytest.mark.parametrize("name", ["foreign_checker", "administrator", "auditor"])
def test_officials_are_vetted_by_who_could_appoint_them(
    database: Database, change: Change, name: str
) -> None:
    with database.transaction() as session:
        world = make_world(session)
        official, local = getattr(world, name), acting(world.second_administrator, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError):
            change(session, local, replace(world, researcher=official))
        change(session, SYSTEM, replace(world, researcher=official))
        assert last_record(session).subject == f"person:{official.subject}"
        for person in (world.checker, world.outsider):
            change(session, local, replace(world, researcher=person))
            told = last_record(session)
            assert (told.actor, told.subject) == ("second-administrator", f"person:{person.subject}")


def test_an_auditor_is_appointed_everywhere_or_not_at_all(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        with pytest.raises(InvalidError) as refused:
            service.appoint(session, SYSTEM, world.outsider, Role.AUDITOR, world.centre)
        assert refused.value.field == "centre"
        service.appoint(session, SYSTEM, world.outsider, Role.AUDITOR, None)
        assert has_role(world.outsider, Role.AUDITOR)


@pytest.mark.parametrize("change", [change_evidence, change_appointment, change_suspension])
def test_nobody_vouches_for_themselves(database: Database, change: Change) -> None:
    with database.transaction() as session:
        world = make_world(session)
        service.appoint(session, SYSTEM, world.researcher, Role.ADMINISTRATOR, None)
        with pytest.raises(NotAllowedError) as refused:
            change(session, acting(world.researcher, Role.ADMINISTRATOR), world)
        assert refused.value.code == "own_vetting"


def test_evidence_tells_who_asserted_it(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        evidence = service.assert_evidence(
            session,
            administrator_of(world),
            world.researcher,
            EvidenceKind.TRAINING_PASSED,
            "certificate 12",
            days(0),
            days(365),
        )
        assert evidence.asserted_by_id == world.administrator.id
        assert evidence in world.researcher.evidence
        details = json.loads(last_record(session).document)["details"]
        assert details == {
            "evidence": evidence.id,
            "kind": "training_passed",
            "valid_until": evidence.valid_until.isoformat(),
        }


def test_an_appointment_ends_at_its_last_moment(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        end = days(10)
        service.appoint(session, SYSTEM, person, Role.AUDITOR, None, end)
        assert has_role(person, Role.AUDITOR)
        assert not has_role(person, Role.AUDITOR, at=end)
        with pytest.raises(InvalidError):
            service.appoint(session, SYSTEM, person, Role.AUDITOR, None, days(-1))


def test_suspension_takes_the_roles_and_reinstating_gives_them_back(database: Database) -> None:
    with database.transaction() as session:
        checker = make_official(session, role=Role.CHECKER)
        service.suspend(session, SYSTEM, checker, "shared a password")
        assert checker.suspended_reason == "shared a password"
        assert not has_role(checker, Role.CHECKER)
        service.reinstate(session, SYSTEM, checker)
        assert has_role(checker, Role.CHECKER)
        assert checker.suspended_reason is None


def test_suspending_twice_and_reinstating_the_active_is_a_conflict(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session)
        with pytest.raises(ConflictError):
            service.reinstate(session, SYSTEM, person)
        service.suspend(session, SYSTEM, person, "why")
        with pytest.raises(ConflictError) as refused:
            service.suspend(session, SYSTEM, person, "why")
        assert isinstance(refused.value, EnclaveError)
        assert person.suspended_reason == "why"

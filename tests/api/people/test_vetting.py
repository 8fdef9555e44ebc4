"""Vetting: what administrators assert, what the person signs, and how both stop counting."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, Actor
from api.db import Database, now
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people import evidence as counted
from api.people import service, statements, vetting
from api.people.evidence import counting, source_in_words, why_not_counting
from api.people.models import EvidenceKind, Person, Role
from api.people.shown import STATES, label_of
from api.people.statements import Statement, present_statement
from output_checker.text import LANGUAGES, Text
from tests.api.factories import World, acting, days, hold_role, make_person

SIGNED = EvidenceKind.STATEMENT_SIGNED
NEXT = Statement(2, Text("Nieuwe woorden.", "New words."))

FIRST_VERSION = {"nl": "0d8052527330ed6c", "en": "adb4941abd04f9cd"}


def signing(session: Session, person: Person, **changes: Any) -> Any:
    asked = {"version": 1, "language": "nl", "agreed": True, "acr": "mfa", "auth_time": now()} | changes
    return vetting.sign_statement(session, Actor(person, "signer"), **asked)


def test_every_version_is_there_in_both_languages_and_never_changes() -> None:
    assert sorted(statements.statements()) == list(range(1, present_statement().version + 1))
    first = statements.statements()[1]
    # Who signed version 1 signed these words: a change belongs in a new version.
    assert {language: first.sha256(language)[:16] for language in LANGUAGES} == FIRST_VERSION


def test_signing_is_evidence_by_oneself_about_the_words_that_were_read(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, vetted=False)
        signature = signing(session, person, language="en")
        (item,) = counting(person, SIGNED)
        assert (item.asserted_by_id, item.version) == (person.id, 1)
        assert (signature.evidence, signature.acr) == (item, "mfa")
        assert signature.sha256 == present_statement().sha256("en")
        assert vetting.has_signed(person, now())
        assert not vetting.has_signed(person, item.valid_until)
        assert source_in_words(item).en == "Signed in person in this environment (version 1)"


def test_a_certificate_never_reads_as_a_test_that_was_passed_here(database: Database, world: World) -> None:
    with database.transaction() as session:
        person, by = make_person(session, vetted=False), acting(world.administrator, Role.ADMINISTRATOR)
        item = vetting.accept_certificate(session, by, person, "test_here", days(-1), days(300))
        assert source_in_words(item).en == "test_here"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"agreed": False}, InvalidError), ({"version": 2}, ConflictError), ({"version": 0}, ConflictError)],
)
def test_what_was_not_agreed_or_is_not_the_present_text_is_not_signed(
    database: Database, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with database.transaction() as session:
        person = make_person(session, vetted=False)
        with pytest.raises(refusal):
            signing(session, person, **changes)
        assert person.evidence == []


def test_nobody_signs_twice_and_the_service_not_at_all(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, vetted=False)
        signing(session, person)
        with pytest.raises(ConflictError, match="signed this text already"):
            signing(session, person)
        with pytest.raises(NotAllowedError, match="Only a person"):
            vetting.sign_statement(
                session, SYSTEM, version=1, language="nl", agreed=True, acr="", auth_time=now()
            )


def test_a_new_text_asks_for_a_new_signature(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        person = make_person(session)
        (old,) = counting(person, SIGNED)
        for module in (counted, service, vetting):
            monkeypatch.setattr(module, "present_statement", lambda: NEXT)
        assert counting(person, SIGNED) == []
        assert why_not_counting(old) == Text("Een oudere tekst", "An older text")
        signing(session, person, version=2)
        assert [item.version for item in counting(person, SIGNED)] == [2]


def test_retracted_evidence_counts_no_longer_and_is_kept(database: Database, world: World) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, world.researcher.id)
        by = acting(session.get_one(Person, world.administrator.id), Role.ADMINISTRATOR)
        (item,) = counting(person, EvidenceKind.EMPLOYMENT)
        service.retract_evidence(session, by, item, person, "Another person of that name.")
        assert counting(person, EvidenceKind.EMPLOYMENT) == []
        assert item in person.evidence
        assert label_of(item).text.en == "Retracted"
        with pytest.raises(ConflictError):
            service.retract_evidence(session, by, item, person, "Again.")
    with database.reading() as session:
        retraction = session.get_one(Person, world.researcher.id).evidence[-1].retraction
        assert retraction is not None
        assert retraction.retracted_by == session.get_one(Person, world.administrator.id)


def test_the_service_may_retract_and_nobody_about_themselves(database: Database, world: World) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, world.administrator.id)
        with pytest.raises(NotAllowedError):
            service.retract_evidence(
                session, acting(person, Role.ADMINISTRATOR), person.evidence[0], person, "x"
            )
        service.retract_evidence(session, SYSTEM, person.evidence[0], person, "Wrong.")
        assert person.evidence[0].retraction is not None


def test_what_administrators_assert_names_its_source(database: Database, world: World) -> None:
    with database.transaction() as session:
        person = make_person(session, vetted=False)
        by = acting(session.get_one(Person, world.administrator.id), Role.ADMINISTRATOR)
        made = [
            vetting.check_identity(session, by, person, "passport", days(900)),
            vetting.confirm_employment(session, by, person, "P. Jansen, head of research", days(300)),
            vetting.accept_certificate(session, by, person, "Safe researcher, ODISSEI", days(-9), days(300)),
        ]
        assert [source_in_words(item).nl for item in made] == [
            "Paspoort",
            "P. Jansen, head of research",
            "Safe researcher, ODISSEI",
        ]
        assert {item.asserted_by_id for item in made} == {world.administrator.id}
        assert [label_of(item) for item in made] == [STATES["valid"]] * 3


def test_documents_and_days_that_cannot_be_are_refused(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, vetted=False)
        for asked in (
            lambda: vetting.check_identity(session, SYSTEM, person, "library card", days(9)),
            lambda: vetting.check_identity(session, SYSTEM, person, "passport", days(-9)),
            lambda: vetting.accept_certificate(session, SYSTEM, person, "Course", days(1), days(9)),
            lambda: vetting.confirm_employment(session, SYSTEM, person, " ", days(9)),
        ):
            with pytest.raises(InvalidError):
                asked()
        assert person.evidence == []


@pytest.mark.parametrize(
    ("held", "asked", "here"),
    [
        ((Role.STEWARD, "centre"), (Role.ADMINISTRATOR, "centre"), True),
        ((Role.STEWARD, None), (Role.ADMINISTRATOR, "centre"), True),
        ((Role.ADMINISTRATOR, "centre"), (Role.STEWARD, None), True),
        ((Role.ADMINISTRATOR, "centre"), (Role.STEWARD, "foreign_centre"), False),
        ((Role.STEWARD, "centre"), (Role.CHECKER, "centre"), False),
        ((Role.PRIVACY_OFFICER, "centre"), (Role.STEWARD, None), True),
        ((Role.ADMINISTRATOR, "centre"), (Role.PRIVACY_OFFICER, "centre"), True),
    ],
)
def test_steward_and_administrator_of_a_centre_are_different_people(
    database: Database,
    world: World,
    held: tuple[Role, str | None],
    asked: tuple[Role, str | None],
    here: bool,
) -> None:
    with database.transaction() as session:
        centres = {name: session.merge(getattr(world, name)) for name in ("centre", "foreign_centre")}
        person = make_person(session)
        hold_role(session, person=person, role=held[0], centre=centres[held[1]] if held[1] else None)
        where = centres[asked[1]] if asked[1] else None
        if here:
            with pytest.raises(NotAllowedError, match="different people"):
                service.appoint(session, SYSTEM, person, asked[0], where)
        else:
            assert service.appoint(session, SYSTEM, person, asked[0], where).centre == where


def test_a_role_is_given_once_and_ended_once(database: Database, world: World) -> None:
    with database.transaction() as session:
        person = make_person(session)
        appointment = service.appoint(session, SYSTEM, person, Role.CHECKER, None, days(9))
        with pytest.raises(ConflictError, match="already"):
            service.appoint(session, SYSTEM, person, Role.CHECKER, None)
        local = acting(session.get_one(Person, world.second_administrator.id), Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError):
            service.end_appointment(session, local, appointment, person)
        service.end_appointment(session, SYSTEM, appointment, person)
        assert appointment.valid_until is not None
        assert appointment.valid_until <= now()
        with pytest.raises(ConflictError):
            service.end_appointment(session, SYSTEM, appointment, person)
        assert service.appoint(session, SYSTEM, person, Role.CHECKER, None) is not appointment


def test_nobody_ends_their_own_role(database: Database, world: World) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, world.administrator.id)
        actor = acting(person, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError):
            service.end_appointment(session, actor, person.appointments[0], person)


def test_periods_in_words() -> None:
    moment = dt.timedelta(days=1)
    begun = counted.Evidence(kind=EvidenceKind.EMPLOYMENT, source="x", valid_from=now() + moment)
    begun.valid_until = now() + 2 * moment
    assert label_of(begun) == STATES["later"]
    begun.valid_from, begun.valid_until = now() - 2 * moment, now() - moment
    assert label_of(begun) == STATES["ended"]

"""What is decided about institutions: kept as it was decided, and added up to one period without a hole."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.audit.service import SYSTEM, Actor
from api.db import Database, now
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people.authorisations import FIRST, Terms, authorise, end_authorisation
from api.people.models import Institution, Person, Role
from api.people.queries import find_institution
from tests.api.factories import World, acting, days, make_institution

BASIS = "Wet op het CBS, artikel 41"


def terms(begin: float, end: float) -> Terms:
    return Terms(f" {BASIS} ", days(begin), days(end))


def test_the_first_authorisation_is_a_record_like_those_that_follow(database: Database) -> None:
    with database.transaction() as session:
        institution = make_institution(session)
        (first,) = institution.authorisations
        assert (first.reason, first.valid_until) == (FIRST, institution.authorised_until)


@pytest.mark.parametrize("begin", [100, 365])
def test_a_renewal_prolongs_and_what_was_decided_before_stays(database: Database, begin: float) -> None:
    with database.transaction() as session:
        institution = make_institution(session, authorised_until=days(365))
        before, until = institution.authorised_from, institution.authorised_until
        asked = terms(begin, begin + 1000)
        decided = authorise(
            session, SYSTEM, institution, asked._replace(begin=min(asked.begin, until)), "Yes."
        )
        assert (institution.authorised_from, institution.authorised_until) == (before, asked.end)
        assert institution.legal_basis == BASIS
        assert [one.id for one in institution.authorisations] == [decided.id, decided.id - 1]
        assert institution.authorisations[1].valid_until == until


def test_after_an_end_only_the_new_period_counts(database: Database) -> None:
    with database.transaction() as session:
        institution = make_institution(session)
        end_authorisation(session, SYSTEM, institution, "It broke the terms.")
        assert institution.authorised_until <= now()
        with pytest.raises(ConflictError):
            end_authorisation(session, SYSTEM, institution, "Again.")
        anew = terms(10, 20)
        authorise(session, SYSTEM, institution, anew, "Improved.")
        assert (institution.authorised_from, institution.authorised_until) == (anew.begin, anew.end)


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [(366, 400, "authorised_from"), (0, 1097, "authorised_until"), (20, 10, "valid_until")],
)
def test_a_hole_and_a_period_too_long_or_turned_around_are_refused(
    database: Database, begin: float, end: float, field: str
) -> None:
    with database.transaction() as session:
        institution = make_institution(session)
        with pytest.raises(InvalidError) as refused:
            authorise(session, SYSTEM, institution, terms(begin, end), "Why.")
        assert refused.value.field == field
        assert len(institution.authorisations) == 1


@pytest.mark.parametrize("name", ["second_administrator", "steward", "researcher"])
def test_only_an_administrator_of_everywhere_decides(database: Database, world: World, name: str) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, getattr(world, name).id)
        institution = session.get_one(Institution, person.institution_id)
        actor: Actor = acting(person, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError):
            authorise(session, actor, institution, terms(0, 100), "Why.")
        with pytest.raises(NotAllowedError):
            end_authorisation(session, actor, institution, "Why.")


def test_the_first_authorisation_may_be_decided_by_a_person_who_is_named(
    database: Database, world: World
) -> None:
    with database.transaction() as session:
        administrator = session.get_one(Person, world.administrator.id)
        institution = make_institution(session)
        decided = authorise(
            session, acting(administrator, Role.ADMINISTRATOR), institution, terms(0, 400), "Yes."
        )
        session.refresh(decided)
        assert decided.decided_by == administrator
        assert find_institution(session, institution.id).authorisations[0] == decided


@pytest.mark.parametrize("table", ["authorisation", "evidence", "retraction", "signature"])
def test_the_database_keeps_what_was_decided_and_asserted(
    database: Database, world: World, table: str
) -> None:
    column = "institution_id" if table == "authorisation" else "rowid"
    with database.transaction() as session:
        signing = "INSERT INTO signature (evidence_id, sha256, language, acr, auth_time) VALUES (1, '', 'nl', '', 0)"
        session.execute(text(signing))
        session.execute(
            text("INSERT INTO retraction (evidence_id, reason, retracted_at) VALUES (1, 'x', :at)"),
            {"at": "2026-01-01 00:00:00"},
        )
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(IntegrityError, match="append-only"), database.transaction() as session:
            session.execute(text(statement))

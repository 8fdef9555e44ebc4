"""The pages of people and institutions, as administrators and the people themselves use them."""

from __future__ import annotations

import re

import pytest

from api.db import Database
from api.people.models import Institution, Municipality, Person, Role
from api.people.roles import has_role
from tests.api.factories import World, make_person
from tests.api.web.reader import Reader, words

PEOPLE, INSTITUTIONS = "/admin/people", "/admin/institutions"
ANNA = {
    "name": "Anna de Vries",
    "email": "Anna@heerlen.example",
    "subject": "anna",
    "language": "nl",
}


def institution_of(database: Database, world: World) -> int:
    with database.reading() as session:
        return session.get_one(Person, world.researcher.id).institution_id


@pytest.fixture
def anna(reader: Reader, database: Database, world: World) -> Reader:
    """The administrator, who just registered Anna."""
    number = str(institution_of(database, world))
    answer = reader.be(world.administrator).send(PEOPLE, **ANNA, institution=number)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PEOPLE}/anna")
    return reader


def test_somebody_is_registered_vetted_and_appointed(anna: Reader, database: Database) -> None:
    here = f"{PEOPLE}/anna"
    assert "Nothing is known yet." in words(anna.open(here))
    for form, fields in {
        "identity": {"document": "identity_card", "valid_through": "2099-01-01"},
        "employment": {"confirmed_by": "P. Jansen", "valid_through": "2099-01-01"},
        "certificate": {"certificate": "Course X", "issued": "2026-01-01", "valid_through": "2099-01-01"},
        "appointments": {"role": "checker", "centre": "heerlen", "valid_through": ""},
    }.items():
        assert anna.send(f"{here}/{form}", **fields).status_code == 303
    shown = words(anna.open(here))
    for told in ("Identity card", "P. Jansen", "Course X", "output checker · Urban Data Center Heerlen"):
        assert told in shown
    assert "until it is ended · appointed by Administrator" in shown
    anna.language = "nl"
    assert "Identiteitskaart" in words(anna.open(here))


def test_evidence_is_retracted_and_a_role_ended_on_the_page(anna: Reader, database: Database) -> None:
    here = f"{PEOPLE}/anna"
    anna.send(f"{here}/employment", confirmed_by="P. Jansen", valid_through="2099-01-01")
    anna.send(f"{here}/appointments", role="auditor", valid_through="2099-01-01")
    page = anna.open(here).text
    retract, end = (
        re.search(rf'action="({here}/{part}/\d+/\w+)"', page) for part in ("evidence", "appoint\\w+")
    )
    assert retract
    assert end
    assert anna.send(retract[1], reason="").status_code == 422
    assert anna.send(retract[1], reason="Another Anna.").status_code == 303
    assert anna.send(end[1]).status_code == 303
    shown = words(anna.open(here))
    assert "Another Anna." in shown
    assert "This is wrong" not in shown
    assert "End this role" not in shown


def test_a_suspension_is_told_on_the_page_and_ended_there(anna: Reader) -> None:
    here = f"{PEOPLE}/anna"
    assert anna.send(f"{here}/suspend", reason="Shared a password.").status_code == 303
    assert "Shared a password." in words(anna.open(here))
    assert "Suspended" in words(anna.open(PEOPLE))
    assert anna.send(f"{here}/reinstate", reason="Talked it over.").status_code == 303
    assert "Shared a password." not in words(anna.open(here))
    refused = anna.send(f"{here}/reinstate", reason="Again.")
    assert (refused.status_code, "This person is not suspended." in words(refused)) == (409, True)


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        ("identity", {"document": "passport", "valid_through": "tomorrow"}, "identity-valid_through"),
        ("identity", {"document": "passport", "valid_through": "2099-02-30"}, "identity-valid_through"),
        ("identity", {"document": "none", "valid_through": "2099-01-01"}, "identity-document"),
        ("appointments", {"role": "researcher"}, "appoint-role"),
        ("appointments", {"role": "checker", "centre": "nowhere"}, "appoint-centre"),
        ("appointments", {"role": "auditor", "centre": "heerlen"}, "appoint-centre"),
    ],
)
def test_a_refused_form_shows_what_is_wrong_beside_the_field(
    anna: Reader, form: str, fields: dict[str, str], field: str
) -> None:
    answer = anna.send(f"{PEOPLE}/anna/{form}", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_registering_twice_shows_what_was_typed(anna: Reader, database: Database, world: World) -> None:
    for number, status in ((str(institution_of(database, world)), 409), ("0", 422), ("x", 422)):
        answer = anna.send(PEOPLE, **ANNA, institution=number)
        assert answer.status_code == status
        assert 'value="Anna de Vries"' in answer.text


def test_people_are_found_by_any_of_their_names_and_wildcards_are_letters(
    reader: Reader, database: Database, world: World
) -> None:
    with database.transaction() as session:
        make_person(session, subject="jan", name="Jan 100% Smit")
    reader.be(world.second_administrator)
    for search in ("smit", "JAN", "100%", "jan@"):
        assert "1 person" in words(reader.open(f"{PEOPLE}?search={search.replace('%', '%25')}"))
    assert "Nobody matches." in words(reader.open(f"{PEOPLE}?search=_an"))


def test_a_long_list_has_pages(reader: Reader, database: Database, world: World) -> None:
    with database.transaction() as session:
        institution = session.get_one(Institution, institution_of(database, world))
        for number in range(51):
            session.add(
                Person(subject=f"p{number}", name=f"P{number}", email=f"p{number}@x", institution=institution)
            )
    first = reader.be(world.administrator).open(f"{PEOPLE}?search=p")
    assert "offset=50" in first.text
    assert "offset=0" in reader.open(f"{PEOPLE}?search=p&offset=50").text


def test_an_administrator_of_one_centre_leaves_officials_of_others_alone(
    reader: Reader, database: Database, world: World
) -> None:
    reader.be(world.second_administrator)
    here = f"{PEOPLE}/foreign-checker"
    shown = words(reader.open(here))
    assert "Suspend this person" not in shown
    assert "I checked the identity" not in shown
    refused = reader.send(f"{here}/suspend", reason="Because.")
    assert refused.status_code == 403
    with database.reading() as session:
        assert session.get_one(Person, world.foreign_checker.id).suspended_at is None
    assert "Suspend this person" not in words(reader.open(f"{PEOPLE}/second-administrator"))
    assert "Register an institution" not in words(reader.open(INSTITUTIONS))


def test_nobody_else_sees_or_changes_people_and_institutions(reader: Reader, world: World) -> None:
    for person in (world.researcher, world.steward, world.checker, world.auditor):
        reader.be(person)
        for address in (PEOPLE, f"{PEOPLE}/analyst", f"{PEOPLE}/nobody", INSTITUTIONS, f"{INSTITUTIONS}/1"):
            assert reader.open(address).status_code == 403
        for address in (
            PEOPLE,
            f"{PEOPLE}/analyst/suspend",
            INSTITUTIONS,
            f"{INSTITUTIONS}/1/authorise",
            f"{INSTITUTIONS}/1/end",
            "/admin/centres",
            "/admin/centres/heerlen/municipalities",
        ):
            assert reader.send(address, reason="x").status_code in (403, 422)


def test_what_is_not_there_is_not_found(reader: Reader, world: World) -> None:
    reader.be(world.administrator)
    for address in (f"{PEOPLE}/nobody", f"{INSTITUTIONS}/99999", f"{INSTITUTIONS}/{2**70}"):
        assert reader.open(address).status_code == 404
    for address in (
        f"{PEOPLE}/analyst/evidence/99999/retract",
        f"{PEOPLE}/analyst/appointments/99999/end",
        "/admin/centres/nowhere/municipalities",
        f"{INSTITUTIONS}/99999/end",
    ):
        assert reader.send(address, reason="x").status_code == 404


def test_an_institution_is_registered_authorised_and_stopped(
    reader: Reader, database: Database, world: World
) -> None:
    period = {"authorised_from": "2026-01-01", "authorised_until": "2028-12-31"}
    sent = {"name": "Gemeente Venlo", "legal_basis": "Artikel 41", **period}
    assert reader.be(world.administrator).send(INSTITUTIONS, **sent).status_code == 303
    again = reader.send(INSTITUTIONS, **sent)
    assert (again.status_code, 'value="Gemeente Venlo"' in again.text) == (409, True)
    found = re.search(rf'href="({INSTITUTIONS}/\d+)">Gemeente Venlo', reader.open(INSTITUTIONS).text)
    assert found
    here = found[1]
    assert reader.send(f"{here}/end", reason="It broke the terms.").status_code == 303
    shown = words(reader.open(here))
    assert "Not authorised now" in shown
    assert "It broke the terms." in shown
    assert reader.send(f"{here}/end", reason="Again.").status_code == 409
    anew = {"legal_basis": "Artikel 41", "reason": "Improved.", **period}
    assert reader.send(f"{here}/authorise", **(anew | {"authorised_from": "never"})).status_code == 422
    assert reader.send(f"{here}/authorise", **anew).status_code == 303
    assert "Improved." in words(reader.open(here))


def test_a_centre_is_added_and_serves_a_municipality_once(
    reader: Reader, database: Database, world: World
) -> None:
    reader.be(world.administrator)
    assert reader.send("/admin/centres", name="Urban Data Center Venlo", slug="venlo").status_code == 303
    assert reader.send("/admin/centres", name="Venlo", slug="Venlo!").status_code == 422
    here = "/admin/centres/venlo/municipalities"
    assert reader.send(here, code="GM0983", name="Venlo").status_code == 303
    assert reader.send(here, code="GM0983", name="Venlo").status_code == 409
    assert reader.send(here, code="0983", name="Venlo").status_code == 422
    with database.reading() as session:
        centre = session.get_one(Municipality, "GM0983").centre
        assert centre is not None
        assert centre.slug == "venlo"
    assert "GM0983" in words(reader.open(INSTITUTIONS))


def test_everybody_reads_their_own_file_and_signs_the_statement(reader: Reader, database: Database) -> None:
    with database.transaction() as session:
        newcomer = make_person(session, subject="newcomer", name="Nina de Boer", vetted=False)
    reader.be(newcomer)
    assert "Read and sign" in words(reader.open("/me"))
    page = reader.open("/me/statement")
    assert "I do not try to recognise anybody" in words(page)
    form = {"version": "1", "language": "en", "agreed": "yes"}
    for wrong in ({"agreed": ""}, {"language": "de"}):
        refused = reader.send("/me/statement", **(form | wrong))
        assert (refused.status_code, "Sign the statement" in words(refused)) == (422, True)
    assert reader.send("/me/statement", **(form | {"version": "7"})).status_code == 409
    assert reader.send("/me/statement", **form).headers["location"] == "/me"
    shown = words(reader.open("/me"))
    assert "You signed version 1, the present text." in shown
    assert "Nina de Boer" in shown
    assert "You have signed this text" in words(reader.open("/me/statement"))
    assert reader.send("/me/statement", **form).status_code == 409
    reader.language = "nl"
    assert "Ik probeer niemand te herkennen" in words(reader.open("/me/statement"))


def test_officials_see_their_own_roles_and_cannot_end_them(
    reader: Reader, database: Database, world: World
) -> None:
    page = reader.be(world.administrator).open("/me")
    assert "administrator · everywhere" in words(page)
    assert "/end" not in page.text
    with database.reading() as session:
        assert has_role(session.get_one(Person, world.administrator.id), Role.ADMINISTRATOR)

"""Applications on pages: asked, followed, decided and changed without scripts, each refusal beside what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.applications.content import WORDS
from api.applications.differences import NAMES, differences
from api.applications.models import Application, ApplicationState
from api.applications.shown import PARTIES, STATES
from api.applications.states import Party
from api.catalogue.models import DatasetVersion
from api.db import Database
from api.settings import Settings
from tests.api.applications.asking import LATER, approved, begin, content, register, submit, within
from tests.api.factories import World, make_world
from tests.api.web.reader import Reader, words

HERE = "/applications"


@pytest.fixture
def world(database: Database) -> World:
    with database.transaction() as session:
        made = make_world(session)
        register(session, session.merge(made.steward))
        return made


@pytest.fixture
def reader(world: World, client: TestClient, database: Database, settings: Settings) -> Reader:
    return Reader(client, database, settings)


@contextmanager
def changing(reader: Reader, world: World) -> Iterator[tuple[Session, World]]:
    """The world in a session, for what tests do without pages."""
    with reader.database.transaction() as session:
        yield session, within(session, world)


def number_of(reader: Reader, version: int) -> int:
    with reader.database.reading() as session:
        return session.scalars(select(DatasetVersion.id).where(DatasetVersion.version == version)).one()


def typed(reader: Reader, **changes: str) -> dict[str, str]:
    """The form as somebody fills it in who asks for income, and why."""
    first, said = number_of(reader, 1), content()
    fields = {name: getattr(said, name) for name in (*WORDS, "assessment_date", "valid_until")}
    fields |= {"centre": "heerlen", "slug": "energy", f"reason-{first}": "There is no other."}
    return fields | {f"variable-{first}-income": "It is the subject."} | changes


def done(reader: Reader, path: str, **fields: str) -> Response:
    """Send a form that is taken, and go where it leads."""
    answer = reader.send(path, **fields)
    assert answer.status_code == 303, words(answer)
    return reader.open(answer.headers["location"])


def stands(reader: Reader) -> tuple[ApplicationState, int]:
    with reader.database.reading() as session:
        newest = session.scalars(select(Application)).one().newest
        return newest.state, newest.row_version


def test_from_the_form_to_the_project(reader: Reader, world: World) -> None:
    begun = done(reader.be(world.researcher), f"{HERE}/new", **typed(reader))
    path = begun.url.path
    assert "It is the subject." in words(begun)
    form = reader.open(f"{path}/words")
    assert 'value="It is the subject."' in form.text
    assert 'value="2099-12-31"' in form.text
    reworded = done(reader, f"{path}/words", **typed(reader, theme="energy"), row_version="1")
    assert "energy" in words(reworded)
    assert "An administrator of the centre looks" in words(
        done(reader, f"{path}/submission", row_version="2")
    )
    for person in (world.second_administrator, world.steward, world.privacy_officer):
        assert "It is for you to decide" in words(reader.be(person).open(path))
        row = str(stands(reader)[1])
        shown = done(reader, f"{path}/decision", row_version=row, decision="approve", reason="In order.")
        assert f"approved by {person.name}" in words(shown)
    assert stands(reader)[0] is ApplicationState.APPROVED
    assert "Approved" in words(reader.be(world.auditor).open(HERE))


def test_what_is_refused_is_told_where_it_was_typed(reader: Reader, world: World) -> None:
    reader.be(world.researcher)
    first, second = number_of(reader, 1), number_of(reader, 2)
    for changes, field, said in (
        ({"purpose": " "}, "purpose", "Fill in 1 to"),
        ({"centre": "nowhere"}, "centre", "centre"),
        ({"slug": "Not this"}, "slug", "Use 1 to 40"),
        ({f"rows-{first}": "income"}, f"rows-{first}", "This is not a condition."),
        ({f"reason-{second}": "Later."}, f"columns-{second}", "Choose columns."),
        ({f"variable-{second}-sex": "Why."}, f"reason-{second}", "Fill in 1 to"),
        ({f"variable-{first}-sex": "\u202ewhy"}, f"variable-{first}-sex", "invisible"),
        ({f"variable-{first}-income": "", f"reason-{first}": ""}, "wanted", "Ask for 1 to"),
    ):
        refused = reader.send(f"{HERE}/new", **typed(reader, **changes))
        assert refused.status_code in {404, 422}
        assert f'id="asked-{field}-error"' in refused.text, changes
        assert said in words(refused)
        assert "Energiearmoede" in refused.text
    with reader.database.reading() as session:
        assert session.scalars(select(Application)).all() == []


def test_a_change_shows_what_differs(reader: Reader, world: World) -> None:
    with changing(reader, world) as (session, here):
        path = f"{HERE}/{approved(session, here).number}"
    reader.be(world.researcher)
    second = number_of(reader, 2)
    changed = typed(reader, valid_until="2100-06-30", because="A year more.")
    changed |= {f"reason-{second}": "The next year.", f"variable-{second}-area": "Per area."}
    assert "Why it changes" in words(reader.open(f"{path}/change"))
    assert 'id="asked-because-error"' in reader.send(f"{path}/change", **changed | {"because": ""}).text
    shown = words(done(reader, f"{path}/change", **changed))
    for line in (
        "A year more.",
        "31 Dec 2099 30 Jun 2100",
        "people (2): new – area",
        "fewer variables sex –",
    ):
        assert line in shown
    assert "Asked now" not in words(reader.open(f"{path}?version=1"))
    assert reader.open(f"{path}/change").status_code == 409
    assert reader.be(world.steward).open(f"{path}?version=2").text.count("Approved") > 1


def test_pages_are_for_whom_they_concern(reader: Reader, world: World) -> None:
    with changing(reader, world) as (session, here):
        path = f"{HERE}/{begin(session, here).number}"
    for person in (world.steward, world.outsider):
        assert reader.be(person).open(path).status_code == 404
    assert "Apply for a project" in words(reader.be(world.outsider).open(HERE))
    refused = reader.be(world.administrator).open(f"{HERE}/new")
    assert (refused.status_code, "must be authorised" in words(refused)) == (403, True)
    assert "Apply for a project" not in words(reader.open(HERE))
    reader.be(world.researcher)
    assert "changed meanwhile" in words(reader.send(f"{path}/submission", row_version="9"))
    assert "Not needed." in words(done(reader, f"{path}/withdrawal", reason="Not needed."))
    assert reader.open(f"{path}/words").status_code == 409


def test_a_decision_takes_words_a_choice_and_a_strong_login(reader: Reader, world: World) -> None:
    with changing(reader, world) as (session, here):
        path = f"{HERE}/{submit(session, here, begin(session, here)).number}"
    reader.be(world.second_administrator)
    missing = reader.send(f"{path}/decision", row_version="2", reason="Why?")
    assert 'id="decide-decision-error"' in missing.text
    wordless = reader.send(f"{path}/decision", row_version="2", decision="return")
    assert 'id="decide-reason-error"' in wordless.text
    returned = done(reader, f"{path}/decision", row_version="2", decision="return", reason="Why income?")
    assert "not approved" in words(returned)
    assert "Why income?" in words(reader.be(world.researcher).open(path))
    assert (
        reader.send(f"{path}/decision", row_version="3", decision="approve", reason="Me.").status_code == 403
    )


def test_the_start_page_tells_how_many_wait(reader: Reader, world: World) -> None:
    with changing(reader, world) as (session, here):
        submit(session, here, begin(session, here))
    for person, waits in ((world.second_administrator, True), (world.steward, False)):
        assert ("1 waiting for you" in words(reader.be(person).open("/"))) is waits


def test_everything_that_differs_is_named(session_world: tuple[Session, World]) -> None:
    session, world = session_world
    before = approved(session, world).newest
    other = begin(session, world, "other", assessment_date="2026-02-28", wanted=[LATER], theme="energy")
    named = [one.name.en for one in differences(before, other.newest)]
    assert named == ["Theme", "Date of the assessment", "people (2): new", "people (1): dropped"]
    again: dict[str, Any] = {
        "reason": "Other.",
        "variables": {"sex": "Otherwise."},
        "row_filter": "income > 1",
    }
    less = begin(session, world, "less", wanted=[LATER.__class__("people", 1, **again)])
    assert [(one.name.en, one.now.en if one.now else None) for one in differences(before, less.newest)] == [
        ("people (1): reason", "Other."),
        ("people (1): rows", "income > 1"),
        ("people (1): fewer variables", None),
        ("people (1): reason for sex", "Otherwise."),
    ]
    assert [one.name.en for one in differences(less.newest, before)][2] == "people (1): more variables"


@pytest.fixture
def session_world(database: Database) -> Iterator[tuple[Session, World]]:
    with database.transaction() as session:
        made = make_world(session)
        register(session, made.steward)
        yield session, made


def test_everything_has_words() -> None:
    assert set(NAMES) == set(WORDS)
    assert set(STATES) == set(ApplicationState)
    assert set(PARTIES) == set(Party)

"""Every address of the application, called as everybody: who may what stands in table.py, and nothing else happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from starlette.routing import BaseRoute, Mount, Route

from api.app import create_app
from api.audit.models import AuditRecord
from api.people.models import Person
from api.settings import Settings
from tests.api.flow import prepare
from tests.api.sweep.doors import AT_HOME, EVERYBODY, SESSIONS, Door
from tests.api.sweep.table import TABLE
from tests.api.sweep.town import CANARY, Town, town

UNKNOWN = {
    "waiting": "R-1999-9999",
    "released": "R-1999-9999",
    "grant_id": "2000000000",
    "attempt": "2000000000",
    "project": "nothing",
    "application": "A-1999-9999",
    "worded": "A-1999-9999",
}
"""Names of nothing at all."""
NONCE = re.compile(r' nonce="[^"]*"')


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path
) -> Iterator[Town]:
    prepared = prepare(tmp_path_factory.mktemp("sweep"), migrated, secrets_directory)
    with town(prepared.flow) as made:
        yield made


def routes_of(routes: list[BaseRoute]) -> Iterator[str]:
    """The name of every route, also of those in routers that were included."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from routes_of(included.routes)
        elif isinstance(route, APIRoute | Route):
            yield from (f"{method} {route.path}" for method in (route.methods or ()) if method != "HEAD")
        else:
            assert isinstance(route, Mount), "a kind of route that the sweep does not know"
            yield f"MOUNT {route.path}"


def test_every_route_is_decided(tmp_path: Path) -> None:
    app = create_app(Settings(state_dir=tmp_path))
    assert sorted(TABLE) == sorted(set(routes_of(app.routes)))


def filled(value: Any, things: dict[str, str]) -> Any:
    """`value` with the names of things in it; a lone name becomes what it stands for."""
    if isinstance(value, dict):
        return {key: filled(one, things) for key, one in value.items()}
    return value.format_map(things) if isinstance(value, str) else value


def knock(place: Town, visitor: str, name: str, things: dict[str, str]) -> httpx.Response:
    door, method = TABLE[name], name.split(" ")[0].replace("MOUNT", "GET")
    return place.ask(visitor, method, door.address.format_map(things), **filled(dict(door.sent), things))


def expected(name: str, door: Door, visitor: str) -> int:
    """What a visitor is answered; pages lead strangers to the login, programs and changes are refused."""
    for status, visitors in door.answers.items():
        if visitor in visitors.split():
            return status
    if visitor in SESSIONS.split():
        return door.others
    if door.bare is not None:
        return door.bare
    return 303 if name.startswith("GET ") and not name.startswith("GET /api/") else 401


@pytest.mark.parametrize("name", TABLE)
def test_who_may_what(place: Town, name: str) -> None:
    door = TABLE[name]
    answers = {visitor: knock(place, visitor, name, place.things) for visitor in EVERYBODY.split()}
    assert {visitor: answer.status_code for visitor, answer in answers.items()} == {
        visitor: expected(name, door, visitor) for visitor in answers
    }
    told = {visitor for visitor, answer in answers.items() if CANARY in answer.text}
    assert told <= set(AT_HOME.split()), "read words of a project of others"
    assert not {visitor for visitor in told if answers[visitor].status_code in (401, 403, 404)}


@pytest.mark.parametrize(
    "name", [name for name, door in TABLE.items() if "{" in door.address and door.others == 404]
)
def test_what_is_not_yours_is_answered_like_what_is_not_there(place: Town, name: str) -> None:
    for visitor in ("outsider", "foreign_checker"):
        foreign = knock(place, visitor, name, place.things)
        absent = knock(place, visitor, name, place.things | UNKNOWN)
        assert foreign.status_code == absent.status_code == 404
        assert neutral(foreign, name, place.things) == neutral(absent, name, place.things | UNKNOWN)


def neutral(answer: httpx.Response, name: str, things: dict[str, str]) -> str:
    """What was answered, without the address that was asked for."""
    return NONCE.sub("", answer.text).replace(TABLE[name].address.format_map(things), "")


def test_the_project_is_read_by_those_who_belong_there(place: Town) -> None:
    """Otherwise the sweep could not see a leak."""
    for visitor, name in (
        ("author", "GET /requests"),
        ("checker", "GET /queue"),
        ("auditor", "GET /api/requests"),
    ):
        assert CANARY in knock(place, visitor, name, place.things).text


@pytest.mark.parametrize("name", [name for name, door in TABLE.items() if "{" in door.address])
def test_what_is_no_name_of_anything_is_refused_and_never_fails(place: Town, name: str) -> None:
    visitor = next(iter(TABLE[name].answers.values())).split()[0]
    for nonsense in ("9" * 30, "-" + "9" * 30, "%00", "%ED%A0%80'--", "a" * 3000):
        things = dict.fromkeys(place.things, nonsense) | {"row": "1"}
        assert knock(place, visitor, name, things).status_code in (303, 400, 403, 404, 422)


def test_the_audit_names_nobody(place: Town) -> None:
    """It keeps subjects: whose these are is told by a table that can forget."""
    with place.client.app.state.database.reading() as session:
        people = session.scalars(select(Person)).all()
        documents = "\n".join(session.scalars(select(AuditRecord.document)))
    assert len(people) > 10
    assert not [one.name for one in people if f'{one.name}"' in documents or one.email in documents]

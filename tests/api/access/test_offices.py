"""Everybody before every office, at every place, suspended or not: against the house rules, written a second time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.access.decision import AccessRefusedError
from api.access.offices import ELSEWHERE, RULES, Office, check_office, may, unmet_at
from api.people.models import Centre, Person, Role
from tests.api.factories import World, days, hold_role, make_person

API = Path(__file__).resolve().parents[3] / "api"
HOME, FOREIGN, NOWHERE = "home", "foreign", "nowhere"
PLACES = (HOME, FOREIGN, NOWHERE)
"""The centre where most of them work, another one, and no centre at all."""

BY_ADMINISTRATOR = {
    "administrator": {HOME, FOREIGN, NOWHERE},
    "second_administrator": {HOME},
}
ANY_ADMINISTRATOR = {name: set(PLACES) for name in BY_ADMINISTRATOR}
BY_STEWARD = {"steward": {HOME}, "steward_everywhere": set(PLACES)}
MAY: dict[Office, dict[str, set[str]]] = {
    Office.ADMINISTER_CENTRE: BY_ADMINISTRATOR,
    Office.APPOINT: BY_ADMINISTRATOR,
    Office.OVERSEE_ACCESS: ANY_ADMINISTRATOR,
    Office.VET: ANY_ADMINISTRATOR,
    Office.OVERSEE_EMERGENCIES: {
        name: set(PLACES) for name in (*BY_ADMINISTRATOR, *BY_STEWARD, "auditor", "auditor_of_one_centre")
    },
    Office.CONFIRM_ARRANGEMENT: BY_ADMINISTRATOR | BY_STEWARD,
    Office.SEE_CENTRE: BY_ADMINISTRATOR
    | BY_STEWARD
    | {"checker": {HOME}, "foreign_checker": {FOREIGN}, "auditor": set(PLACES)},
    Office.REGISTER_DATA: {name: set(PLACES) for name in BY_STEWARD},
    Office.READ_AUDIT: {"auditor": set(PLACES)},
    Office.SET_BUDGETS: {name: set(PLACES) for name in BY_STEWARD},
    Office.DECIDE_ON_BUDGETS: {name: set(PLACES) for name in (*BY_ADMINISTRATOR, *BY_STEWARD)},
    Office.SEE_BUDGETS: {
        name: set(PLACES) for name in (*BY_ADMINISTRATOR, *BY_STEWARD, "auditor", "auditor_of_one_centre")
    },
}
CAST = (
    *BY_ADMINISTRATOR,
    *BY_STEWARD,
    "auditor",
    "auditor_of_one_centre",
    "checker",
    "foreign_checker",
    "former_administrator",
    "researcher",
)


@pytest.fixture
def cast(session: Session, world: World) -> dict[str, Person]:
    others = {
        "steward_everywhere": (Role.STEWARD, None),
        "auditor_of_one_centre": (Role.AUDITOR, world.centre),
        "former_administrator": (Role.ADMINISTRATOR, None),
    }
    found = {name: getattr(world, name) for name in CAST if name not in others}
    for name, (role, centre) in others.items():
        found[name] = make_person(session, subject=name.replace("_", "-"))
        held = hold_role(session, person=found[name], role=role, centre=centre)
        if name == "former_administrator":
            held.valid_from, held.valid_until = days(-9), days(-1)
    return found


def test_the_decision_names_exactly_what_fails(cast: dict[str, Person], world: World) -> None:
    places: dict[str, Centre | None] = {HOME: world.centre, FOREIGN: world.foreign_centre, NOWHERE: None}
    for office, rule in RULES.items():
        for name, person in cast.items():
            for place, centre in places.items():
                holds = place in MAY[office].get(name, ())
                assert may(office, person, centre) is holds, (office, name, place)
                for where in (centre, centre.id if centre else None):
                    unmet = unmet_at(office, person, where)
                    assert [one.condition for one in unmet] == ([] if holds else [rule.id])
                person.suspended_at, person.suspended_reason = days(-1), "why"
                (one,) = unmet_at(office, person, centre)
                assert one.condition == ("not_suspended" if holds else rule.id)
                assert one.reason.nl != one.reason.en
                assert "{" not in one.reason.nl + one.remedy.nl + one.reason.en + one.remedy.en
                person.suspended_at = person.suspended_reason = None


@pytest.mark.parametrize("office", Office)
def test_nobody_holds_no_office(office: Office, world: World) -> None:
    assert not may(office, None, world.centre)
    with pytest.raises(AccessRefusedError) as refused:
        check_office(office, None)
    assert (refused.value.code, refused.value.door) == (RULES[office].id, office)
    assert check_office(office, *_somebody(office, world)).suspended_at is None


def _somebody(office: Office, world: World) -> tuple[Person, Centre]:
    name = next(name for name in MAY[office] if hasattr(world, name))
    return getattr(world, name), world.centre


def test_a_moment_is_decided_as_it_was_then(cast: dict[str, Person]) -> None:
    former = cast["former_administrator"]
    assert unmet_at(Office.VET, former)
    assert not unmet_at(Office.VET, former, at=days(-5))


def test_every_office_has_a_rule_and_every_rule_is_written_twice() -> None:
    assert set(RULES) == set(Office) == set(MAY)


DECIDING = {"decide", "check_access", "may", "check_office", "unmet_at"}


Function = tuple[str, str]
"""The module of a function, and its name."""


def functions() -> dict[Function, set[str]]:
    """Every function of the service, and the names of what it calls."""
    found: dict[Function, set[str]] = {}
    for path in sorted(API.rglob("*.py")):
        module = ".".join(path.relative_to(API.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                calls = (call.func for call in ast.walk(node) if isinstance(call, ast.Call))
                found[module, node.name] = {name.id for name in calls if isinstance(name, ast.Name)}
    return found


def test_whoever_asks_who_may_asks_the_one_place_that_decides() -> None:
    """Each such function gets its answer from decision.py or offices.py, or stands in the reference with a reason."""
    known = functions()
    asking = {one for one in known if "user_can_" in one[1]}
    assert len(asking) > 30
    deciding: set[Function] = set()
    while True:
        public = DECIDING | {name for _, name in deciding & asking}
        more = {
            one
            for one, called in known.items()
            if called & public or any((one[0], name) in deciding for name in called)
        }
        if more == deciding:
            break
        deciding = more
    assert {f"{module}.{name}" for module, name in asking - deciding} == set(ELSEWHERE)

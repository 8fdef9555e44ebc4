"""Every role before every door under every condition: what the decision says against what the house rules say.

The rules are written down here a second time, as plain sets, so that a slip in the code cannot hide in its own table.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.access import decision
from api.access.circumstances import Login
from api.access.conditions import REGISTRY
from api.access.decision import Door, current_grant, decide
from api.access.doors import RULES
from api.access.models import Grant, Project, Withdrawal
from api.access.occasions import DAYS
from api.db import Database
from api.people.models import EvidenceKind, Person, Role
from tests.api.factories import (
    CONDITIONS,
    days,
    hold_role,
    make_grant,
    make_person,
    make_view,
    make_world,
    withdraw,
)

ALWAYS = {"condition": "hours", "days": list(DAYS), "begin": "00:00", "end": "00:00"}
OFFICE = {"condition": "network", "networks": ["10.1.0.0/16", "2001:db8::/32"]}
EVERYTHING = [*CONDITIONS, ALWAYS, OFFICE, {"condition": "strong_login", "minutes": 60}]

MEMBER_DOORS = {Door.OPEN_PROJECT, Door.SUBMIT, Door.DOWNLOAD}
CHECKER_DOORS = {Door.REVIEW, Door.RELEASE}
MEMBERS = {"researcher", "analyst", "member_administrator"}
CHECKERS = {"checker", "checker_everywhere", "former_member_checker"}
STEWARDS = {"steward", "steward_administrator", "former_member_steward"}
ADMINISTRATORS = {"administrator", "second_administrator", "steward_administrator", "member_administrator"}
AUDITORS = {"auditor"}
OVERSEERS = STEWARDS | ADMINISTRATORS | AUDITORS
OTHERS = {"foreign_checker", "outsider", "newcomer", "former_checker"}
CAST = sorted(MEMBERS | CHECKERS | STEWARDS | ADMINISTRATORS | AUDITORS | OTHERS)

EVIDENCE = {
    "identity_checked": EvidenceKind.IDENTITY_CHECKED,
    "statement_signed": EvidenceKind.STATEMENT_SIGNED,
    "training_valid": EvidenceKind.TRAINING_PASSED,
    "employed": EvidenceKind.EMPLOYMENT,
}
BREAKABLE = [
    *EVIDENCE,
    "institution_authorised",
    "project_running",
    "grant_running",
    "not_withdrawn",
    "not_suspended",
    "hours",
    "network",
    "strong_login",
    "datasets_granted",
]
BY_CAST = {"outside_project", "separate_duties"}
"""Conditions that are broken by who somebody is: members of the cast."""

SUBSETS = [
    frozenset(broken)
    for size in (0, 1, 2, len(BREAKABLE))
    for broken in itertools.combinations(BREAKABLE, size)
]


NEVER_NOW = [one for one in EVERYTHING if one is not ALWAYS]
NEVER_NOW.append(ALWAYS | {"days": [list(DAYS)[(days(0).weekday() + 3) % 7]]})


def unmet_by_the_rules(name: str, door: Door, broken: frozenset[str]) -> set[str]:
    former = {"outside_project"} if name.startswith("former_member") else set()
    if door in MEMBER_DOORS:
        both = {"separate_duties"} if name == "member_administrator" else set()
        return set(broken) | both if name in MEMBERS else {"no_grant"}
    if door in CHECKER_DOORS:
        asked = {"identity_checked", "statement_signed", "project_running", "not_suspended"}
        return broken & asked | former if name in CHECKERS else {"no_role"}
    if door is Door.APPROVE_VIEW:
        both = {"separate_duties"} if name == "steward_administrator" else set()
        return broken & {"not_suspended"} | former | both if name in STEWARDS else {"no_role"}
    if door is Door.REVOKE:
        worked = former | ({"outside_project"} if name == "member_administrator" else set())
        return broken & {"not_suspended"} | worked if name in CHECKERS | ADMINISTRATORS else {"no_role"}
    if door is Door.REVIEW_EMERGENCY:
        worked = former | ({"outside_project"} if name == "member_administrator" else set())
        return broken & {"not_suspended"} | worked if name in OVERSEERS else {"no_role"}
    appointed = ADMINISTRATORS if door is Door.ADMINISTER else AUDITORS
    return broken & {"not_suspended"} if name in appointed else {"no_role"}


def login_without(broken: frozenset[str]) -> Login:
    """A login of just now, from the office, with a second factor: but for what is broken."""
    address = "192.0.2.7" if "network" in broken else "10.1.2.3"
    return Login("mfa", "strong_login" not in broken, days(0), address)


@contextmanager
def changed(thing: object, **fields: Any) -> Iterator[None]:
    before = {name: getattr(thing, name) for name in fields}
    for name, value in fields.items():
        setattr(thing, name, value)
    yield
    for name, value in before.items():
        setattr(thing, name, value)


class Cast:
    """Everybody, in one session that never writes: what a case breaks is mended in memory afterwards."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.world = make_world(session)
        self.project = self.world.project
        self.people = {name: self._person(name) for name in CAST}
        make_view(session, project=self.project, name="people")
        session.flush()
        # Each lookup once: thousands of cases ask the same, and none changes what is stored.
        self.current = {
            (person.id, project.id): current_grant(session, person, project)
            for person in self.people.values()
            for project in (self.project, self.world.foreign_project)
        }
        for grant in self.current.values():
            if grant is not None:
                # Never flushed: what is stored of a grant cannot be changed.
                grant.conditions = EVERYTHING

    def _person(self, name: str) -> Person:
        existing = getattr(self.world, name, None)
        return existing if isinstance(existing, Person) else self._newcomer(name)

    def _newcomer(self, name: str) -> Person:
        person = make_person(self.session, subject=name.replace("_", "-"))
        roles = {
            "checker_everywhere": [(Role.CHECKER, None)],
            "former_member_checker": [(Role.CHECKER, self.world.centre)],
            "former_member_steward": [(Role.STEWARD, self.world.centre)],
            "steward_administrator": [(Role.STEWARD, self.world.centre), (Role.ADMINISTRATOR, None)],
            "former_checker": [(Role.CHECKER, self.world.centre)],
            "member_administrator": [(Role.ADMINISTRATOR, self.world.centre)],
        }
        for role, centre in roles.get(name, []):
            hold_role(self.session, person=person, role=role, centre=centre)
        if name == "former_checker":
            person.appointments[0].valid_from, person.appointments[0].valid_until = days(-9), days(-1)
        if name == "member_administrator":
            make_grant(self.session, person=person, project=self.project, granted_by=self.world.administrator)
        if name.startswith("former_member"):
            grant = make_grant(
                self.session,
                person=person,
                project=self.project,
                role=Role.AUDITOR,
                granted_by=self.world.administrator,
            )
            withdraw(self.session, grant=grant)
        return person

    def grant_of(self, person: Person) -> Grant | None:
        return self.current[person.id, self.project.id]

    def broken(self, name: str, person: Person) -> AbstractContextManager[None]:
        grant = self.grant_of(person)
        over = {"valid_until": days(-1), "valid_from": days(-2)}
        breakers: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "institution_authorised": lambda: changed(person.institution, authorised_until=days(-1)),
            "project_running": lambda: changed(self.project, **over),
            "grant_running": lambda: changed(grant, **over) if grant else changed(person),
            "not_withdrawn": lambda: (
                self._withdrawn(grant) if grant and not grant.withdrawal else changed(person)
            ),
            "not_suspended": lambda: changed(person, suspended_at=days(-1), suspended_reason="why"),
            "hours": lambda: changed(grant, conditions=NEVER_NOW) if grant else changed(person),
            # What these look at is shown at the door (see login_without).
            "network": lambda: changed(person),
            "strong_login": lambda: changed(person),
            "datasets_granted": lambda: changed(grant, datasets=["others"]) if grant else changed(person),
        }
        if name in EVIDENCE:
            (evidence,) = (item for item in person.evidence if item.kind is EVIDENCE[name])
            return changed(evidence, valid_until=days(-1))
        return breakers[name]()

    @contextmanager
    def _withdrawn(self, grant: Grant) -> Iterator[None]:
        withdrawal = Withdrawal(withdrawn_at=days(-1), reason="why", withdrawn_by=self.world.administrator)
        with changed(grant, withdrawal=withdrawal):
            yield
        self.session.expunge(withdrawal)


@pytest.fixture(scope="module")
def cast(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    path = tmp_path_factory.mktemp("table") / "enclave.sqlite"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        with session.no_autoflush, pytest.MonkeyPatch.context() as patched:
            cast = Cast(session)
            found = cast.current
            patched.setattr(
                decision, "current_grant", lambda _, person, project: found[person.id, project.id]
            )
            patched.setattr(
                decision, "_was_ever_member", lambda _, *who: found[who[0].id, who[1].id] is not None
            )
            yield cast
        session.rollback()
    database.dispose()


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("name", CAST)
def test_the_decision_names_exactly_the_conditions_that_fail(cast: Cast, name: str, door: Door) -> None:
    person = cast.people[name]
    for broken in SUBSETS:
        with ExitStack() as stack:
            for condition in sorted(broken):
                stack.enter_context(cast.broken(condition, person))
            login = login_without(broken)
            decided = decide(cast.session, door, person, cast.project, login=login, datasets=["people"])
            expected = unmet_by_the_rules(name, door, broken)
            assert {one.condition for one in decided.unmet} == expected, sorted(broken)
            assert decided.allowed is (not expected)
            assert len(decided.unmet) == len(expected)
            for one in decided.unmet:
                for text in (one.reason, one.remedy):
                    assert text.nl
                    assert text.en
                    assert text.nl != text.en


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("name", CAST)
def test_nobody_but_officials_of_everywhere_passes_a_door_elsewhere(
    cast: Cast, name: str, door: Door
) -> None:
    login = login_without(frozenset())
    decided = decide(cast.session, door, cast.people[name], cast.world.foreign_project, login=login)
    at_home = {
        "outsider": MEMBER_DOORS,
        "foreign_checker": CHECKER_DOORS | {Door.REVOKE},
        "checker_everywhere": CHECKER_DOORS | {Door.REVOKE},
        "administrator": {Door.ADMINISTER, Door.REVOKE, Door.REVIEW_EMERGENCY},
        "steward_administrator": {Door.ADMINISTER, Door.REVOKE, Door.REVIEW_EMERGENCY},
        "auditor": {Door.AUDIT, Door.REVIEW_EMERGENCY},
    }
    assert decided.allowed is (door in at_home.get(name, set()))


@pytest.mark.parametrize("door", Door)
def test_an_unknown_project_answers_as_a_known_one_without_access(cast: Cast, door: Door) -> None:
    newcomer = cast.people["newcomer"]
    known = decide(cast.session, door, newcomer, cast.project)
    unknown = decide(cast.session, door, newcomer, None)
    nobody = decide(cast.session, door, None, cast.project)
    assert known == unknown == nobody
    assert not known.allowed
    assert [one.condition for one in known.unmet] == ["no_grant" if door in MEMBER_DOORS else "no_role"]


def test_the_table_covers_every_door_and_every_role() -> None:
    assert set(RULES) == set(Door)
    # A privacy officer judges applications, which come before there is a project (tests/api/applications).
    assert {role for rule in RULES.values() for role in rule.roles} == set(Role) - {Role.PRIVACY_OFFICER}


def test_the_table_breaks_every_condition_there_is() -> None:
    asked = {one.condition for rule in RULES.values() for one in rule.conditions} | set(REGISTRY)
    assert set(BREAKABLE) | BY_CAST == asked
    assert len(CAST) * len(Door) * len(SUBSETS) > 10_000


@pytest.mark.parametrize("door", sorted(MEMBER_DOORS))
def test_without_a_login_everything_that_looks_at_one_is_unmet(cast: Cast, door: Door) -> None:
    decided = decide(cast.session, door, cast.people["researcher"], cast.project)
    assert [one.condition for one in decided.unmet] == ["network", "strong_login"]
    assert decided.in_the_way == 0


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.RESEARCHER, Role.ANALYST)])
def test_a_grant_in_another_role_opens_nothing(cast: Cast, role: Role) -> None:
    grant = cast.world.grant
    with changed(grant, role=role):
        for door in MEMBER_DOORS:
            decided = decide(cast.session, door, grant.person, cast.project)
            assert [one.condition for one in decided.unmet] == ["no_grant"]


def test_a_project_that_is_closed_or_has_not_begun_is_shut(cast: Cast) -> None:
    project: Project = cast.project
    for fields in ({"closed_at": days(-1)}, {"valid_from": days(1)}):
        with changed(project, **fields):
            login, person = login_without(frozenset()), cast.people["researcher"]
            unmet = decide(cast.session, Door.OPEN_PROJECT, person, project, login=login).unmet
            assert [one.condition for one in unmet] == ["project_running"]

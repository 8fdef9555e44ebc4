"""The decision beyond its table: unreadable grants, versions, explanations and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from api.access.decision import AccessDecision, AccessRefusedError, Door, check_access, current_grant, decide
from api.audit.service import SYSTEM
from api.db import Database
from api.errors import NotAllowedError
from api.people.models import EvidenceKind
from api.people.service import assert_evidence, suspend
from tests.api.factories import CONDITIONS, days, make_grant, make_person, make_world, withdraw


@pytest.mark.parametrize(
    "stored",
    [
        [*CONDITIONS, {"condition": "moon_is_full"}],
        [{"condition": "training_valid", "waived": True}],
        [None],
        {"condition": "training_valid"},
        "training_valid",
    ],
)
def test_a_stored_condition_that_nobody_can_read_shuts_the_door(database: Database, stored: Any) -> None:
    with database.transaction() as session:
        world = make_world(session)
        # As somebody with the database in hands would do it.
        make_grant(session, person=world.researcher, project=world.project, conditions=stored)
        decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
        assert [one.condition for one in decision.unmet] == ["unknown_condition"]
        assert not decision.allowed


def test_evidence_is_over_at_its_exact_second(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        person = make_person(session, vetted=False)
        end = days(5)
        for kind in EvidenceKind:
            assert_evidence(session, SYSTEM, person, kind, "paper", days(-1), end)
        make_grant(session, person=person, project=world.project)
        assert decide(session, Door.SUBMIT, person, world.project).allowed
        late = decide(session, Door.SUBMIT, person, world.project, at=end)
        assert {one.condition for one in late.unmet} == {
            "identity_checked",
            "statement_signed",
            "training_valid",
            "employed",
        }


def test_only_the_newest_version_of_a_grant_counts(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        second = make_grant(session, person=world.researcher, project=world.project, valid_until=days(-1))
        assert current_grant(session, world.researcher, world.project) is second
        refused = decide(session, Door.SUBMIT, world.researcher, world.project)
        assert [one.condition for one in refused.unmet] == ["grant_running"]
        third = make_grant(session, person=world.researcher, project=world.project)
        assert decide(session, Door.SUBMIT, world.researcher, world.project).grant is third
        withdraw(session, grant=third)
        assert not decide(session, Door.SUBMIT, world.researcher, world.project).allowed


def test_an_empty_list_of_conditions_still_asks_what_is_always_asked(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        person = make_person(session, vetted=False)
        grant = make_grant(session, person=person, project=world.project, conditions=[])
        assert decide(session, Door.SUBMIT, person, world.project).allowed
        suspend(session, SYSTEM, person, "why")
        withdraw(session, grant=grant)
        unmet = decide(session, Door.SUBMIT, person, world.project, at=days(400)).unmet
        assert [one.condition for one in unmet] == [
            "not_suspended",
            "not_withdrawn",
            "grant_running",
            "project_running",
        ]


def test_the_explanation_lists_met_and_unmet_with_words(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        withdraw(session, grant=world.grant, reason="The contract ended.")
        decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
        told = {one.condition: one.met for one in decision.tested}
        assert told == {
            "no_grant": True,
            "not_suspended": True,
            "not_withdrawn": False,
            "grant_running": True,
            "separate_duties": True,
            "project_running": True,
            "datasets_granted": True,
            **{document["condition"]: True for document in CONDITIONS},
        }
        assert all(one.title.nl and one.title.en for one in decision.tested)


def test_a_refusal_carries_every_reason_and_remedy(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        suspend(session, SYSTEM, world.researcher, "Shared a password.")
        withdraw(session, grant=world.grant, reason="The contract ended.")
        with pytest.raises(NotAllowedError) as refused:
            check_access(session, Door.SUBMIT, world.researcher, world.project)
    error = refused.value
    assert isinstance(error, AccessRefusedError)
    for words in (error.message.nl, error.message.en):
        assert "Shared a password." in words
        assert "The contract ended." in words
    body = error.document()["error"]
    assert body["code"] == "not_suspended"
    assert [one["condition"] for one in body["unmet"]] == ["not_suspended", "not_withdrawn"]
    # Both send to the same administrator, which is said once.
    assert body["remedy"]["en"] == "Ask an administrator of Urban Data Center Heerlen."


def test_passing_gives_the_decision_with_its_grant(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        decision = check_access(session, Door.SUBMIT, world.researcher, world.project)
        assert decision.allowed
        assert decision.grant is world.grant


def test_a_decision_that_tested_nothing_opens_nothing() -> None:
    assert not AccessDecision(Door.SUBMIT, None, ()).allowed

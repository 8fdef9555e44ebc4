"""Who must see what: the stricter of everything that was said holds, and what nobody knows is the strictest."""

from __future__ import annotations

import itertools

import pytest

from api.access.models import Project
from api.people.models import Centre
from api.requests.models import RequestRound
from api.review.requirements import (
    ASKED,
    STRICT_PRESETS,
    Asked,
    Level,
    asked_by,
    asked_by_project,
    asked_now,
    asked_of,
    asked_where_known,
    settled_at_submission,
    strict_preset,
)
from output_checker.policy import Policy, load_policy, preset_names
from tests.api.flow import FINE, Flow, find

OF_PRESETS = {"acro": False, "business": True, "datashield": False, "essnet": True, "opensafely": False}


@pytest.mark.parametrize("level", ["", "three", "NONE", "none ", "0"])
def test_an_unknown_level_is_the_strictest(level: str) -> None:
    assert asked_by(level) == ASKED[Level.TWO]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(Level, repeat=2)))
def test_together_no_part_gets_looser(one: Level, other: Level) -> None:
    both = ASKED[one].with_(ASKED[other])
    assert both == ASKED[other].with_(ASKED[one])
    for asked in (ASKED[one], ASKED[other]):
        assert both.is_at_least_as_strict_as(asked)
        assert both.reviewers >= asked.reviewers
        assert both.machine <= asked.machine


def test_which_levels_a_project_may_have_under_each_of_its_centre() -> None:
    lawful = {
        of_centre: {level for level in Level if ASKED[level].is_at_least_as_strict_as(ASKED[of_centre])}
        for of_centre in Level
    }
    assert lawful == {
        Level.TWO: {Level.TWO},
        Level.ONE: {Level.TWO, Level.ONE},
        Level.NONE: {Level.TWO, Level.NONE},
    }


def test_which_presets_are_strict() -> None:
    assert set(STRICT_PRESETS) <= set(preset_names())
    assert {name: strict_preset(load_policy(name)) is not None for name in preset_names()} == OF_PRESETS


@pytest.mark.parametrize(
    "rules",
    [
        {"threshold": {"minimum_units": 9}},
        {"threshold": {"enabled": False}},
        {"dominance": {"largest_share": 0.51}},
        {"differencing": {"enabled": False}},
        {"hidden_cells": {"enabled": False}},
    ],
)
def test_the_name_of_a_strict_preset_makes_no_strict_policy(rules: dict[str, dict[str, float]]) -> None:
    document = load_policy("essnet").model_dump(mode="json")
    assert strict_preset(Policy.parse(document)) == "essnet"
    for rule, parameters in rules.items():
        document["rules"][rule] |= parameters
    assert strict_preset(Policy.parse(document)) is None
    assert strict_preset(Policy.parse(document | {"reviewers": 1})) is None


def test_a_project_is_never_looser_than_its_centre_whatever_it_says(flow: Flow) -> None:
    for of_centre, of_project in itertools.product(Level, repeat=2):
        flow.arrange(of_centre)
        flow.arrange(of_project, project=True)
        with flow.database.reading() as session:
            asked = asked_now(session, session.get_one(Project, flow.world.project.id))
        assert asked.is_at_least_as_strict_as(ASKED[of_centre])
        assert asked.is_at_least_as_strict_as(ASKED[of_project])
        # The output policy asks for two people wherever people look.
        assert asked.reviewers == 2


@pytest.mark.parametrize(
    ("opened", "said", "asked"), [(1, None, 1), (3, None, 3), (2, "one", 1), (4, "one", 4)]
)
def test_a_project_keeps_more_people_than_two_that_it_was_opened_with(
    flow: Flow, opened: int, said: str | None, asked: int
) -> None:
    if said:
        flow.arrange(said, project=True)
    with flow.database.reading() as session:
        project = session.get_one(Project, flow.world.project.id)
        project.reviewers_required = opened
        assert asked_by_project(session, project) == Asked(asked, machine=False)


def test_what_another_centre_or_project_says_counts_for_nothing(flow: Flow) -> None:
    flow.let_policy_decide()
    with flow.database.reading() as session:
        foreign = session.get_one(Project, flow.world.foreign_project.id)
        assert asked_now(session, foreign) == ASKED[Level.TWO]
        assert session.get_one(Centre, flow.world.foreign_centre.id)


def test_without_a_readable_policy_people_decide_and_nothing_is_known(flow: Flow) -> None:
    flow.let_policy_decide()
    with flow.database.reading() as session:
        project = session.get_one(Project, flow.world.project.id)
        project.policy = "gone"
        assert asked_where_known(session, project) is None
        kept = settled_at_submission(session, project)
        assert kept == {"reviewers": 2, "machine": False, "policy_digest": ""}


def test_a_round_of_before_is_never_settled_by_a_policy(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        request = find(session, number)
        assert asked_of(session, request).machine
        for one in session.query(RequestRound):
            one.reviewers = one.machine = one.policy_digest = None
        session.flush()
        assert asked_of(session, request) == Asked(2, machine=False)
        session.query(RequestRound).delete()
        session.expire_all()
        assert not asked_of(session, find(session, number)).machine

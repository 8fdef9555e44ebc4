"""Comments: public or among checkers, blind until a round is complete, about cells that are there."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.errors import InvalidError, NotAllowedError
from api.people.models import Person, Role
from api.requests.service import withdraw
from api.review.comments import MOST_CELLS, Mention, add_comment, visible_comments
from api.review.models import Reach
from tests.api.factories import acting
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.identity.browser import log_in

NAMES = ("researcher", "analyst", "checker", "second_checker", "auditor")
P, C = Reach.PUBLIC, Reach.CHECKERS


def write(flow: Flow, number: str, person: Person, text: str, reach: Reach = P, *mentions: Mention) -> None:
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, person.id), Role.CHECKER)
        add_comment(session, actor, find(session, number), text, reach, mentions)


def read(flow: Flow, number: str) -> dict[str, list[str]]:
    with flow.database.reading() as session:
        request = find(session, number)
        people = {name: session.get_one(Person, getattr(flow.world, name).id) for name in NAMES}
        return {
            name: [one.text for one in visible_comments(session, person, request)]
            for name, person in people.items()
        }


def test_comments_are_blind_until_the_round_is_complete(flow: Flow) -> None:
    number = flow.under_review()
    write(flow, number, flow.world.checker, "open")
    write(flow, number, flow.world.checker, "among us", C)
    write(flow, number, flow.world.researcher, "a hint")
    blind = read(flow, number)
    everybody = {name: ["a hint"] for name in NAMES}
    assert blind == everybody | {"checker": ["open", "among us", "a hint"]}
    flow.review(number, flow.world.checker)
    assert read(flow, number) == blind
    flow.review(number, flow.world.second_checker)
    told = read(flow, number)
    assert told["second_checker"] == told["checker"] == ["open", "among us", "a hint"]
    assert told["researcher"] == told["analyst"] == told["auditor"] == ["open", "a hint"]


def test_withdrawing_half_way_opens_no_comment(flow: Flow) -> None:
    number = flow.under_review()
    write(flow, number, flow.world.checker, "open")
    with flow.database.transaction() as session:
        withdraw(session, acting(flow.world.researcher, Role.RESEARCHER), find(session, number))
    assert read(flow, number)["researcher"] == []


def test_a_comment_of_the_last_round_is_open_in_the_next(flow: Flow) -> None:
    number = flow.under_review()
    write(flow, number, flow.world.checker, "round one")
    flow.review(number, flow.world.checker)
    flow.review(number, flow.world.second_checker)
    with flow.database.transaction() as session:
        request = find(session, number)
        request.round, request.state = 2, type(request.state).UNDER_REVIEW
    write(flow, number, flow.world.checker, "round two")
    assert read(flow, number)["second_checker"] == ["round one"]


@pytest.mark.parametrize(
    ("name", "reach"),
    [("researcher", C), ("analyst", P), ("administrator", P), ("foreign_checker", P), ("auditor", C)],
)
def test_only_the_author_and_checkers_write(flow: Flow, name: str, reach: Reach) -> None:
    number = flow.under_review()
    with pytest.raises(NotAllowedError):
        write(flow, number, getattr(flow.world, name), "x", reach)


@pytest.mark.parametrize("text", ["", "  ", "<script>", "\u202e", "x" * 4001])
def test_empty_and_hostile_words_are_refused(flow: Flow, text: str) -> None:
    number = flow.under_review()
    with pytest.raises(InvalidError) as refused:
        write(flow, number, flow.world.checker, text)
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    "mention", [Mention(3, 0, 0), Mention(1, 99, 0), Mention(1, 0, 99), Mention(1, -1, 0), Mention(1, 0, -1)]
)
def test_a_cell_that_is_not_there_is_refused(flow: Flow, mention: Mention) -> None:
    number = flow.under_review()
    with pytest.raises(InvalidError) as refused:
        write(flow, number, flow.world.checker, "x", C, mention)
    assert refused.value.code == "no_cell"


def test_cells_before_the_verdict_and_too_many_are_refused(flow: Flow) -> None:
    number = flow.submit(FINE)
    with pytest.raises(InvalidError):
        write(flow, number, flow.world.checker, "x", C, Mention(1, 0, 0))
    with pytest.raises(InvalidError) as refused:
        write(flow, number, flow.world.checker, "x", C, *[Mention(1, 0, n) for n in range(MOST_CELLS + 1)])
    assert refused.value.code == "too_many_cells"


def test_programs_write_and_read(flow: Flow, client: TestClient) -> None:
    number = flow.submit_several(FINE, MEAN)
    flow.judge(number)
    path, cells = f"/api/requests/{number}/comments", [{"output": 2, "row": 1, "column": 0}]
    csrf = {"X-CSRF-Token": log_in(client, flow.database, flow.settings, flow.world.checker)}
    body = {"text": "Look here.", "reach": "public", "cells": cells}
    answer = client.post(path, json=body, headers=csrf)
    assert (answer.status_code, answer.json()["cells"]) == (201, cells)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert client.get(path).json()[0]["cells"] == cells
    csrf = {"X-CSRF-Token": log_in(client, flow.database, flow.settings, flow.world.researcher)}
    assert [(one["text"], one["cells"]) for one in client.get(path).json()] == [("Look here.", [])]
    own = client.post(path, json={"text": "Thanks.", "reach": "public"}, headers=csrf)
    assert (own.status_code, own.json()["by"]) == (201, "researcher")

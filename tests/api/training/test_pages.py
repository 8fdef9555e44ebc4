"""The course and its test as pages and for programs: what is shown, and that the answers are not."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from fastapi.testclient import TestClient

from api.db import Database
from api.people.models import Person
from api.settings import Settings
from api.training.course import lessons
from api.training.models import Attempt
from tests.api.factories import make_person
from tests.api.web.reader import Reader, words


@pytest.fixture
def reader(client: TestClient, database: Database, settings: Settings) -> Reader:
    with database.transaction() as session:
        person = make_person(session, subject="newcomer", vetted=False)
    return Reader(client, database, settings).be(person)


def begin(reader: Reader) -> str:
    answer = reader.send("/training/attempts")
    assert answer.status_code == 303
    return answer.headers["location"]


def answers(reader: Reader, wrong: int = 0) -> list[int]:
    """The places that pass, the first `wrong` of them moved by one."""
    with reader.database.reading() as session:
        drawn = session.get_one(Attempt, 1).drawn
    return [
        (one["order"].index(0) + (number < wrong)) % len(one["order"]) for number, one in enumerate(drawn)
    ]


def fields(places: list[int]) -> dict[str, str]:
    return {f"question-{number}": str(place) for number, place in enumerate(places, 1)}


def test_all_lessons_are_a_walk_to_the_test(reader: Reader) -> None:
    assert "Without it no workplace opens" in words(reader.open("/training"))
    address, seen = f"/training/lessons/{next(iter(lessons()))}", 0
    while "/lessons/" in address:
        page = reader.open(address)
        found = re.search(r'class="nl-button nl-button--primary" href="([^"]+)"', page.text)
        assert found
        address, seen = found[1], seen + 1
    assert (seen, address) == (len(lessons()), "/training#test")
    assert reader.open("/training/lessons/nothing").status_code == 404
    reader.language = "nl"
    assert "Vijf keer veilig" in words(reader.open("/training"))


def test_a_test_is_passed_on_the_page_and_stands_in_ones_file(reader: Reader) -> None:
    address = begin(reader)
    page = reader.open(address)
    assert page.text.count("<fieldset") == 10
    assert "Go on with your test" in words(reader.open("/training"))
    assert reader.send(address, **fields(answers(reader))).status_code == 303
    assert "10 of 10 answers were right" in words(reader.open(address))
    assert "Test in this environment" in words(reader.open("/me"))
    assert "Your training is valid until" in words(reader.open("/training"))
    assert reader.send(address, **fields(answers(reader))).status_code == 409


def test_who_fails_is_told_what_to_read_and_not_which_answer_was_wrong(reader: Reader) -> None:
    address = begin(reader)
    reader.send(address, **fields(answers(reader, wrong=4)))
    page = reader.open(address)
    assert "6 of 10 answers were right; 8 are needed." in words(page)
    assert "/training/lessons/" in page.text
    assert "<fieldset" not in page.text


def test_the_page_tells_no_answer(reader: Reader) -> None:
    page = reader.open(begin(reader)).text
    marks = {
        re.sub(r'question-\d+|value="\d+"', "", one) for one in re.findall(r"<input[^>]*radio[^>]*>", page)
    }
    assert len(marks) == 1


def test_an_unanswered_question_is_asked_again_with_the_others_as_chosen(reader: Reader) -> None:
    address = begin(reader)
    chosen = fields(answers(reader)) | {"question-3": "x"}
    answer = reader.send(address, **chosen)
    assert answer.status_code == 422
    assert answer.text.count(" checked") == 9


def test_no_more_tests_than_there_may_be(reader: Reader) -> None:
    for _ in range(reader.settings.training_attempts_per_day):
        address = begin(reader)
        with reader.database.transaction() as session:
            attempt = session.get_one(Attempt, int(address.rsplit("/", 1)[1]))
            attempt.drawn_at -= dt.timedelta(minutes=reader.settings.training_minutes)
    assert "It was not handed in before" in words(reader.open(address))
    assert reader.send("/training/attempts").status_code == 429
    assert "come back tomorrow" in words(reader.open("/training"))


def test_another_person_sees_no_test(reader: Reader, database: Database) -> None:
    address = begin(reader)
    with database.transaction() as session:
        other: Person = make_person(session, subject="other")
    reader.be(other)
    assert reader.open(address).status_code == 404
    assert reader.send(address, **fields([0] * 10)).status_code == 404
    assert reader.client.get("/training").status_code == 200


def test_a_program_takes_the_same_test(reader: Reader) -> None:
    headers = {"X-CSRF-Token": reader.csrf}
    test = reader.client.post("/api/training/attempts", headers=headers).json()
    assert (len(test["questions"]), test["needed"], test["passed"]) == (10, 8, None)
    here = f"/api/training/attempts/{test['id']}"
    done = reader.client.post(here, json={"answers": answers(reader)}, headers=headers).json()
    assert (done["right"], done["passed"]) == (10, True)
    assert reader.client.post(here, json={"answers": []}, headers=headers).status_code == 409
    standing = reader.client.get("/api/training").json()
    assert standing["valid_until"] is not None
    assert standing["attempts_left"] == 2

"""Searching the audit as an auditor does."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from api.access.models import Grant
from api.access.service import withdraw_access
from api.audit.queries import Page, Search, search
from api.audit.service import SYSTEM, Actor, record
from api.db import Database
from api.people.models import Role
from api.settings import Settings
from tests.api.factories import DAY, acting, days, make_person
from tests.api.flow import FINE, make_flow


@pytest.fixture
def first(database: Database) -> int:
    """The number of the first of twelve records: anna and the service take turns."""
    with database.transaction() as session:
        anna = make_person(session, subject="anna-1", name="Anna de Vries", vetted=False)
        for number in range(12):
            record(
                session,
                Actor(anna, "checker") if number % 2 else SYSTEM,
                "review.approve" if number % 3 == 0 else "request.move",
                f"request:R-{number:02d}",
                "100 % sure",
                number=number,
            )
        return search(session, Search(subject="request:"), size=100).entries[-1].seq


def numbers(page: Page) -> list[int]:
    return [entry.details["number"] for entry in page.entries if "number" in entry.details]


def found(session: Session, **what: object) -> list[int]:
    return numbers(search(session, Search(**what), size=100))  # type: ignore[arg-type]


def test_the_newest_come_first_with_everything_that_is_told(database: Database, first: int) -> None:
    with database.reading() as session:
        page = search(session, Search(), size=2)
    newest, before = page.entries
    assert (newest.seq, before.seq) == (first + 11, first + 10)
    assert (newest.who, newest.actor, newest.acting_as) == ("Anna de Vries", "anna-1", "checker")
    assert (before.who, before.actor, before.acting_as) == (None, None, "system")
    assert (newest.because, newest.details) == ("100 % sure", {"number": 11})
    assert newest.at.tzinfo is not None


def test_pages_follow_each_other_in_both_directions(database: Database, first: int) -> None:
    what = Search(subject="request:")
    with database.reading() as session:
        newest = search(session, what, size=5)
        middle = search(session, what, size=5, before=newest.older)
        oldest = search(session, what, size=5, before=middle.older)
        back = search(session, what, size=5, after=oldest.newer)
    assert numbers(newest) == [11, 10, 9, 8, 7]
    assert numbers(middle) == [6, 5, 4, 3, 2]
    assert numbers(oldest) == [1, 0]
    assert (newest.newer, oldest.older) == (None, None)
    assert back == middle


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"actor": "anna-1"}, [11, 9, 7, 5, 3, 1]),
        ({"actor": "anna"}, []),
        ({"action": "review."}, [9, 6, 3, 0]),
        ({"action": "review.approve", "actor": "anna-1"}, [9, 3]),
        ({"subject": "request:R-0"}, list(range(9, -1, -1))),
        ({"subject": "R-0"}, []),
        ({"words": "VRIES"}, [11, 9, 7, 5, 3, 1]),
        ({"words": "R-07"}, [7]),
        ({"words": "approve"}, [9, 6, 3, 0]),
        ({"words": "100 % sure"}, list(range(11, -1, -1))),
        ({"words": "100 _ sure"}, []),
        ({"words": "1%sure"}, []),
        ({"who": "anna-1"}, [11, 9, 7, 5, 3, 1]),
        ({"who": "vries"}, [11, 9, 7, 5, 3, 1]),
        ({"who": "anna-"}, []),
        ({"who": "%"}, []),
        ({"project": "minimum-incomes"}, []),
        ({"words": "' OR 1=1 --"}, []),
        ({"action": "%"}, []),
        ({"subject": "request_"}, []),
    ],
)
def test_a_search_finds_what_matches_and_nothing_else(
    database: Database, first: int, what: dict[str, str], expected: list[int]
) -> None:
    with database.reading() as session:
        assert found(session, **what) == expected


def test_a_search_keeps_to_its_period(database: Database, first: int) -> None:
    with database.reading() as session:
        third = search(session, Search(subject="request:R-03")).entries[0]
        assert found(session, since=third.at, subject="request:") == [11, 10, 9, 8, 7, 6, 5, 4, 3]
        assert found(session, until=third.at, subject="request:") == [2, 1, 0]
        assert found(session, since=days(1)) == []
        assert found(session, until=third.at - DAY) == []


def test_a_search_without_a_match_has_no_other_pages(database: Database, first: int) -> None:
    with database.reading() as session:
        assert search(session, Search(words="nothing like it")) == Page([], None, None)
        assert search(session, Search(), after=first + 11) == Page([], None, None)


def test_bounds_beyond_all_numbers_leave_out_nothing_and_everything(database: Database, first: int) -> None:
    with database.reading() as session:
        assert search(session, Search(), before=10**40) == search(session, Search())
        assert search(session, Search(), after=10**40).entries == []


def test_a_project_is_found_with_its_requests_grants_and_sandboxes(
    database: Database, settings: Settings
) -> None:
    flow = make_flow(database, settings, persons=100)
    number = flow.submit(FINE)
    with database.transaction() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        withdraw_access(session, acting(flow.world.administrator, Role.ADMINISTRATOR), grant, "Left.")
        found = search(session, Search(project="minimum-incomes"), size=100).entries
        assert {"request.submitted", "grant.withdraw", "sandbox.start", "sandbox.end"} <= {
            entry.action for entry in found
        }
        assert {entry.subject for entry in found} == {
            f"request:{number}",
            f"grant:{grant.id}",
            f"sandbox:{flow.sandbox_id}",
        }
        assert search(session, Search(project="housing")).entries == []

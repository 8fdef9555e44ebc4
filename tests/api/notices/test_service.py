"""Who is told what, with the transaction of what happened or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.access.models import Grant
from api.access.service import withdraw_access
from api.notices.models import Notice, NoticeKind
from api.notices.service import inbox_of, mark_read, tell, unread_of
from api.notices.words import path_of, sentence_of
from api.people.models import Person, Role
from api.release.downloads import fetch_file
from api.requests.service import withdraw
from api.review.models import Decision
from tests.api.factories import acting
from tests.api.flow import FINE, SMALL, Flow, find

K = NoticeKind


def told(flow: Flow) -> list[tuple[str, NoticeKind]]:
    with flow.database.reading() as session:
        notices = session.scalars(select(Notice).order_by(Notice.id))
        return [(notice.person.subject, notice.kind) for notice in notices]


CHECKERS = [("checker", K.NEEDS_REVIEW), ("second-checker", K.NEEDS_REVIEW)]


def test_a_request_on_its_way_to_release_tells_author_and_checkers(flow: Flow) -> None:
    number = flow.submit(FINE)
    assert told(flow) == []
    flow.judge(number)
    judged = [("researcher", K.JUDGED), *CHECKERS]
    assert told(flow) == judged
    flow.review(number, flow.world.checker)
    assert told(flow) == judged
    flow.review(number, flow.world.second_checker)
    assert told(flow) == [*judged, ("researcher", K.APPROVED)]
    flow.release(number)
    assert told(flow) == [*judged, ("researcher", K.APPROVED), ("researcher", K.RELEASED)]


def test_what_the_rules_refuse_is_told_to_its_author_only(flow: Flow) -> None:
    flow.judge(flow.submit(SMALL))
    assert told(flow) == [("researcher", K.RETURNED)]


@pytest.mark.parametrize(("decision", "kind"), [(Decision.RETURN, K.RETURNED), (Decision.REJECT, K.REJECTED)])
def test_what_checkers_refuse_is_told_once_both_decided(
    flow: Flow, decision: Decision, kind: NoticeKind
) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, decision)
    assert len(told(flow)) == 3
    flow.review(number, flow.world.second_checker, decision)
    assert told(flow)[3:] == [("researcher", kind)]


def test_a_revocation_is_told_to_whoever_took_the_file(flow: Flow) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        analyst = session.get_one(Person, flow.world.analyst.id)
        for _ in range(2):
            fetch_file(session, flow.settings, analyst, find(session, number), f"{number}-1.csv")
    before = len(told(flow))
    flow.revoke(number)
    assert told(flow)[before:] == [("researcher", K.REVOKED), ("analyst", K.REVOKED)]


def test_withdrawn_access_is_told(flow: Flow) -> None:
    with flow.database.transaction() as session:
        administrator = session.get_one(Person, flow.world.administrator.id)
        actor = acting(administrator, Role.ADMINISTRATOR)
        withdraw_access(session, actor, session.get_one(Grant, flow.world.grant.id), "The contract ended.")
    assert told(flow) == [("researcher", K.ACCESS_WITHDRAWN)]


def test_what_did_not_happen_is_not_told(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        request = find(session, number)
        withdraw(session, acting(request.author, Role.RESEARCHER), request)
    flow.judge(number)
    with pytest.raises(ZeroDivisionError), flow.database.transaction() as session:
        tell(session, flow.world.analyst, K.RELEASED) or 1 / 0
    assert told(flow) == [("researcher", K.JUDGED), *CHECKERS]


def test_notices_hold_a_number_and_nothing_that_people_wrote(flow: Flow) -> None:
    number = flow.submit(FINE, title="Secret title 4711", purpose="Secret purpose")
    flow.judge(number)
    flow.review(number, flow.world.checker, Decision.REJECT, "Secret comment")
    flow.review(number, flow.world.second_checker, Decision.REJECT, "Secret comment")
    with flow.database.reading() as session:
        for notice in session.scalars(select(Notice)):
            for words in (sentence_of(notice).nl, sentence_of(notice).en, path_of(notice)):
                assert "ecret" not in words
                assert number in words


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if not kind.startswith("application")])
def test_every_kind_has_words_and_leads_somewhere(flow: Flow, kind: NoticeKind) -> None:
    number = flow.submit(FINE)
    about_access = kind in (K.ACCESS_WITHDRAWN, K.ACCESS_NARROWED, K.TRAINING_ENDS)
    with flow.database.transaction() as session:
        notice = Notice(
            person_id=flow.world.researcher.id,
            kind=kind,
            request=None if about_access else find(session, number),
        )
        session.add(notice)
        session.flush()
        words = sentence_of(notice)
        assert words.nl != words.en
        assert "{" not in words.nl + words.en
        expected = {
            K.ACCESS_WITHDRAWN: "/projects",
            K.ACCESS_NARROWED: "/projects",
            K.TRAINING_ENDS: "/training",
            K.NEEDS_REVIEW: f"/review/{number}",
        }
        assert path_of(notice) == expected.get(kind, f"/requests/{number}")


def test_an_inbox_is_ones_own_and_read_up_to_what_was_seen(flow: Flow) -> None:
    with flow.database.transaction() as session:
        researcher = session.get_one(Person, flow.world.researcher.id)
        analyst = session.get_one(Person, flow.world.analyst.id)
        for _ in range(3):
            tell(session, researcher, K.ACCESS_WITHDRAWN)
        tell(session, analyst, K.ACCESS_WITHDRAWN)
        session.flush()
        first = inbox_of(session, researcher, 0, 2)
        assert (len(first.items), first.total, first.unread, first.next_offset) == (2, 3, 3, 2)
        last = inbox_of(session, researcher, 2, 2)
        assert last.next_offset is None
        mark_read(session, researcher, last.newest_id)
        assert (unread_of(session, researcher), unread_of(session, analyst)) == (2, 1)
        mark_read(session, researcher, first.newest_id)
        assert (unread_of(session, researcher), unread_of(session, analyst)) == (0, 1)


def test_an_empty_inbox_has_no_newest(flow: Flow) -> None:
    with flow.database.reading() as session:
        empty = inbox_of(session, flow.world.auditor)
    assert (empty.newest_id, empty.next_offset, empty.unread) == (0, None, 0)

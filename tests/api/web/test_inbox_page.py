from __future__ import annotations

from sqlalchemy import update

from api.notices.models import Notice, NoticeKind
from api.notices.service import tell
from api.people.models import Person
from tests.api.flow import FINE, Flow
from tests.api.web.reader import Reader, words


def test_the_menu_counts_what_is_unread_until_it_was_read(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    assert "Inbox (1 unread" in words(reader.be(flow.world.checker).open("/"))
    shown = reader.open("/inbox")
    assert f'href="/review/{number}">{number} waits for your review.' in shown.text
    assert "New" in words(shown)
    until = shown.text.split('name="until" value="')[1].split('"')[0]
    flow.under_review()
    answer = reader.send("/inbox/read", until=until)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert "1 unread notice" in words(reader.open("/inbox"))


def test_an_empty_inbox_says_what_it_is_for(reader: Reader, flow: Flow) -> None:
    shown = reader.be(flow.world.auditor).open("/inbox")
    assert "Nothing happened yet" in words(shown)
    assert "Mark all as read" not in shown.text
    assert "(1 unread" not in words(shown)


def test_a_full_inbox_leads_to_the_older_notices(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.researcher.id)
        for _ in range(51):
            tell(session, person, NoticeKind.ACCESS_WITHDRAWN)
    first = reader.be(flow.world.researcher).open("/inbox")
    assert 'href="/inbox?offset=50"' in first.text
    assert first.text.count("Your access to a project was withdrawn.") == 50
    assert reader.open("/inbox?offset=50").text.count("Your access to a project was withdrawn.") == 1


def test_a_dutch_reader_reads_dutch(reader: Reader, flow: Flow) -> None:
    flow.judge(flow.submit(FINE))
    reader.language = "nl"
    shown = words(reader.be(flow.world.researcher).open("/inbox"))
    assert "Berichten" in shown
    assert "outputcontroleurs kijken nu" in shown


def test_reading_is_for_oneself(reader: Reader, flow: Flow) -> None:
    flow.under_review()
    reader.be(flow.world.checker).send("/inbox/read", until="99999")
    assert "Inbox (1 unread" in words(reader.be(flow.world.second_checker).open("/"))
    with flow.database.transaction() as session:
        session.execute(update(Notice).values(read_at=None))
    assert reader.client.post("/inbox/read", data={"until": "1"}).status_code == 403

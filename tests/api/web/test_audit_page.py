from __future__ import annotations

import re
from html import unescape

from sqlalchemy import text

from tests.api.flow import Flow
from tests.api.web.reader import Reader, words


def test_an_auditor_sees_that_the_chain_holds_and_what_was_done(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    shown = words(reader.be(flow.world.auditor).open("/audit"))
    assert "The chain is whole" in shown
    assert f"request:{number}" in shown
    assert "the service" in shown


def test_a_search_finds_by_subject_and_says_when_nothing_matches(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    found = words(reader.be(flow.world.auditor).open(f"/audit?search={number}"))
    assert f"request:{number}" in found
    assert "sandbox.start" not in found
    assert "No record matches." in words(reader.open("/audit?search=nonsense%25"))


def test_a_hostile_search_is_words(reader: Reader, flow: Flow) -> None:
    answer = reader.be(flow.world.auditor).open('/audit?search="><script>alert(1)</script>')
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert reader.open(f"/audit?search={'a' * 101}").status_code == 422


def test_older_records_are_a_page_away_and_back(reader: Reader, flow: Flow) -> None:
    for _ in range(6):
        flow.under_review()
    first = reader.be(flow.world.auditor).open("/audit")
    assert "before=" in first.text
    assert "after=" not in first.text
    older = re.search(r'"(/audit\?[^"]*before=\d+)"', unescape(first.text))
    assert older
    assert "after=" in reader.open(older[1]).text


def test_a_tampered_record_is_named(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.auditor)
    with flow.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_record_no_update"))
        connection.execute(text("UPDATE audit_record SET document = document || ' ' WHERE seq = 3"))
    shown = words(reader.open("/audit"))
    assert "The chain is broken" in shown
    assert "Record 3 does not hold" in shown


def test_only_auditors_read_it(reader: Reader, flow: Flow) -> None:
    for person in (flow.world.researcher, flow.world.checker, flow.world.administrator, flow.world.steward):
        assert reader.be(person).open("/audit").status_code == 403

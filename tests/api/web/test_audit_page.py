from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

from sqlalchemy import text

from api.audit.export import kept_heads
from api.audit.queries import Search, search
from api.audit.verify import read_export, verify_export
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


def test_filters_narrow_what_is_shown_and_stay_in_the_form(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    auditor = reader.be(flow.world.auditor)
    shown = auditor.open("/audit?project=minimum-incomes&action=request.&who=researcher&since=2026-01-01")
    assert f"request:{number}" in words(shown)
    assert "sandbox.start" not in words(shown).split("Because")[1]
    assert 'value="minimum-incomes"' in shown.text
    assert "No record matches." in words(auditor.open("/audit?until=2001-01-01"))
    assert "No record matches." in words(auditor.open("/audit?project=housing"))


def test_a_day_that_is_none_is_named_in_its_field(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.auditor)
    for field, said in (("since", "31-12-2026"), ("since", "0001-01-01"), ("until", "9999-12-31")):
        answer = reader.open(f"/audit?{field}={said}")
        assert answer.status_code == 422
        assert "Fill in a date." in words(answer)
        assert f'aria-describedby="{field}-error"' in answer.text


def test_looking_is_recorded_without_the_words_that_were_searched(reader: Reader, flow: Flow) -> None:
    auditor = reader.be(flow.world.auditor)
    auditor.open("/audit?search=Researcher&action=sandbox.")
    with flow.database.reading() as session:
        (newest,) = search(session, Search(subject="audit", action="view")).entries
        (shown,) = search(session, Search(action="sandbox.")).entries
    assert (newest.actor, newest.because) == ("auditor", "auditor, appointed everywhere")
    assert newest.details == {
        "filters": ["action", "search"],
        "records": 1,
        "newest": shown.seq,
        "oldest": shown.seq,
    }


def test_the_export_is_the_whole_chain_that_holds_and_is_recorded(
    reader: Reader, flow: Flow, tmp_path: Path
) -> None:
    answer = reader.be(flow.world.auditor).send("/audit/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    path = tmp_path / "audit.jsonl"
    path.write_bytes(answer.content)
    found = verify_export(path, flow.secrets.audit_key().public_key().public_bytes_raw().hex())
    assert found.broken is None
    told = json.loads(read_export(path).links[-1].document)
    assert (told["actor"], told["action"], told["because"]) == (
        "auditor",
        "audit.export",
        "auditor, appointed everywhere",
    )
    assert [head.seq for head in kept_heads(flow.settings)] == [found.records]
    assert reader.be(flow.world.administrator).send("/audit/export").status_code == 403

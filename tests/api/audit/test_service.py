"""Writing the audit: in the transaction of the change, never changed afterwards, one chain for all writers."""

from __future__ import annotations

import json
import statistics
import threading
import time

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from api.audit.chain import first_broken
from api.audit.export import links
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor, length, record, record_view
from api.db import Database
from tests.api.audit.writers import check_that_processes_keep_one_chain
from tests.api.factories import make_person


def test_a_record_tells_who_did_what_to_what_as_what_and_why(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, subject="anna")
        before = length(session)
        row = record(session, Actor(person, "checker"), "review.approve", "request:R-1", "two agree", cells=3)
        told = json.loads(row.document)
        assert told == {
            "seq": before + 1,
            "at": row.at.isoformat(),
            "actor": "anna",
            "acting_as": "checker",
            "action": "review.approve",
            "subject": "request:R-1",
            "because": "two agree",
            "details": {"cells": 3},
        }
        assert length(session) == before + 1


def test_what_is_rolled_back_leaves_no_record_and_no_gap(database: Database) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "a", "x", "y")
    with pytest.raises(TypeError), database.transaction() as session:
        record(session, SYSTEM, record(session, SYSTEM, "b", "x", "y").action, "x", "y", value=object())
    with database.transaction() as session:
        assert record(session, SYSTEM, "c", "x", "y").seq == 2
        assert first_broken(links(session)) is None


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"x"])
def test_what_is_no_json_is_refused_before_it_is_kept(database: Database, value: object) -> None:
    with database.transaction() as session:
        with pytest.raises((TypeError, ValueError)):
            record(session, SYSTEM, "a", "x", "y", value=value)
        assert length(session) == 0


def test_the_database_refuses_to_change_or_forget_a_record(database: Database) -> None:
    with database.transaction() as session:
        record(session, SYSTEM, "a", "x", "y")
    for statement in (update(AuditRecord).values(action="b"), delete(AuditRecord)):
        with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
            session.execute(statement)
    with database.reading() as session:
        assert [row.action for row in session.scalars(select(AuditRecord))] == ["a"]


def test_a_view_is_recorded_by_itself(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, subject="anna")
    record_view(database, Actor(person, "checker"), "request:R-1", "checker of the centre", cells=12)
    with database.reading() as session:
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc())).first()
        assert last is not None
        assert (last.actor, last.action, last.subject) == ("anna", "view", "request:R-1")


def test_concurrent_writers_keep_one_chain(database: Database) -> None:
    def write(writer: int) -> None:
        mine = Database(str(database.engine.url))
        for number in range(25):
            with mine.transaction() as session:
                record(session, SYSTEM, "write", f"writer:{writer}", "test", number=number)
        mine.dispose()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert length(session) == 200
        assert first_broken(links(session)) is None
        for writer in range(8):
            mine = select(AuditRecord.document).where(AuditRecord.subject == f"writer:{writer}")
            told = session.scalars(mine.order_by(AuditRecord.seq)).all()
            assert [json.loads(document)["details"]["number"] for document in told] == list(range(25))


def test_processes_keep_one_chain_as_well(database: Database) -> None:
    check_that_processes_keep_one_chain(database, str(database.engine.url))


def test_writing_a_record_costs_about_a_millisecond(database: Database) -> None:
    seconds = []
    with database.transaction() as session:
        for number in range(300):
            begin = time.process_time()
            record(session, SYSTEM, "write", "x", "y", number=number)
            seconds.append(time.process_time() - begin)
    # A few times what it takes alone, because coverage slows it down.
    assert statistics.median(seconds) < 0.004

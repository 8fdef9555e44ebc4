"""What would do instead of a table that does not pass: found after the verdict, told inside whole and outside without places."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update

from api.access.models import DatasetView
from api.audit.models import AuditRecord
from api.catalogue.copies import Copies
from api.jobs import worker
from api.jobs.models import Job, JobState
from api.jobs.service import PROPOSE_ATTEMPTS, JobKind, key_of
from api.jobs.tasks import perform
from api.jobs.worker import Worker
from api.people.models import Person
from api.requests import ways_out
from api.requests.models import RequestState, WayOut
from api.requests.ways_out import Found, Way, give_up_search, keep_ways_out, searches_of
from output_checker.text import Text
from output_checker.verdict import Outcome
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in
from tests.api.jobs.test_worker import die

WIDE = {"dataset": "people", "index": "area", "columns": "sex", "where": "income < 11000"}
LEAVE = Way(Text("Doe dit", "Do this"), Text("Buiten", "Outside"), Outcome.PASS, {"index": ["sex"]})


def refused(flow: Flow, query: dict[str, Any] = WIDE) -> str:
    number = flow.submit(query)
    assert flow.judge(number) is RequestState.RETURNED
    return number


def looked(flow: Flow, number: str) -> list[WayOut]:
    """What is kept after the worker looked."""
    perform(flow.settings, JobKind.PROPOSE, flow.id_of(number))
    return kept(flow, number)


def kept(flow: Flow, number: str) -> list[WayOut]:
    with flow.database.reading() as session:
        (output,) = find(session, number).outputs
        return list(output.ways_out)


def shown(client: TestClient, flow: Flow, person: Person, path: str) -> str:
    log_in(client, flow.database, flow.settings, person)
    return client.get(f"{path}?lang=en").text


def test_only_a_table_that_does_not_pass_asks_for_a_search(flow: Flow) -> None:
    asked = [flow.submit(FINE), refused(flow)]
    flow.judge(asked[0])
    with flow.database.reading() as session:
        keys = {job.key for job in session.scalars(select(Job).where(Job.kind == JobKind.PROPOSE))}
    assert keys == {key_of(JobKind.PROPOSE, flow.id_of(asked[1]), 1)}


def test_what_is_found_is_kept_in_the_order_of_the_notebook_with_a_record(flow: Flow) -> None:
    number = refused(flow)
    found = looked(flow, number)
    assert [one.place for one in found] == list(range(len(found)))
    assert all(one.changes and one.outcome in set(Outcome) for one in found)
    again = looked(flow, number)
    assert [one.does for one in again] == [one.does for one in found]
    with flow.database.reading() as session:
        told = select(AuditRecord).where(AuditRecord.action == "output.propose")
        details = [json.loads(record.document)["details"] for record in session.scalars(told)]
    assert details == [{"output": 1, "ways": len(found)}] * 2


def test_the_author_reads_no_place_and_the_checker_everything(flow: Flow, client: TestClient) -> None:
    number = refused(flow)
    found = looked(flow, number)
    page = shown(client, flow, flow.world.researcher, f"/requests/{number}")
    inside = shown(client, flow, flow.world.checker, f"/review/{number}")
    assert "What would do instead" in page
    assert "Proposed protections" in inside
    for one in found:
        assert f"table_1.proposals[{one.place}]" in page
        assert one.outside.en in page
    assert "_merged" in inside
    assert "_merged" not in page
    assert "Area 0 + Area 1" in inside
    assert "Area 0" not in page
    assert "What would do instead" not in shown(client, flow, flow.world.auditor, f"/requests/{number}")


def test_a_verdict_that_changed_meanwhile_keeps_nothing(flow: Flow) -> None:
    number = refused(flow)
    with flow.database.transaction() as session:
        (search,) = searches_of(session, flow.settings, flow.id_of(number))
        found = Found({search.output: (LEAVE,)})
        keep_ways_out(session, [replace(search, verdict_sha256="0" * 64)], found)
    assert kept(flow, number) == []
    with flow.database.transaction() as session:
        keep_ways_out(session, [search], Found.from_json(found.to_json()))
        give_up_search(session, flow.id_of(number))
    assert [one.outside.en for one in kept(flow, number)] == ["Outside"]


def test_large_microdata_are_left_to_the_notebook(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = refused(flow)
    monkeypatch.setattr(ways_out, "MOST_ROWS", 1)
    assert looked(flow, number) == []


def test_microdata_that_are_no_longer_seen_or_whole_give_nothing(flow: Flow) -> None:
    number = refused(flow)
    for damaged in (flow.settings.state_dir / "data").rglob("*.parquet"):
        damaged.chmod(0o600)
        damaged.write_bytes(b"not what was registered")
    assert looked(flow, number) == []
    with flow.database.transaction() as session:
        session.execute(delete(DatasetView))
    assert looked(flow, number) == []


def test_the_worker_looks_in_a_child(flow: Flow) -> None:
    number = flow.submit(WIDE)
    lane = Worker(flow.settings.model_copy(update={"judge_seconds": 600.0}))
    assert lane.step()
    assert flow.state(number) is RequestState.RETURNED
    assert lane.step()
    assert kept(flow, number)
    with flow.database.reading() as session:
        assert {job.state for job in session.scalars(select(Job))} == {JobState.DONE}


def test_what_is_looked_through_is_the_sealed_copy(flow: Flow) -> None:
    """A file that is altered after it was proven is not what proposals are made of."""
    number = refused(flow)
    with flow.database.reading() as session:
        (search,) = searches_of(session, flow.settings, flow.id_of(number))
    copied, whole = search.on_copy(Copies()), ways_out.ways_out([search])
    (file,) = flow.settings.directory("data").glob("*.parquet")
    file.chmod(0o600)
    file.write_bytes(b"not what was registered")
    assert ways_out.ways_out([copied]) == whole
    assert any(whole.ways.values())
    assert not any(ways_out.ways_out([search]).ways.values())


def test_a_search_that_fails_is_given_up_and_the_request_stays(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = refused(flow)
    monkeypatch.setattr(worker, "propose_apart", die)
    with flow.database.transaction() as session:
        session.execute(update(Job).where(Job.kind == JobKind.JUDGE).values(state=JobState.DONE))
        session.execute(update(Job).values(attempts=PROPOSE_ATTEMPTS - 1))
    assert Worker(flow.settings).step()
    assert (flow.state(number), kept(flow, number)) == (RequestState.RETURNED, [])
    with flow.database.reading() as session:
        job = session.scalars(select(Job).where(Job.kind == JobKind.PROPOSE)).one()
        assert (job.state, job.last_error) == (JobState.FAILED, "exit code -9")

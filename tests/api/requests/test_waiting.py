"""Who waits for a verdict hears of it at once, is nobody else, and holds up nothing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select

from api.access.sandboxes import end_sandbox
from api.requests import waiting
from api.requests.models import OutputRequest, RequestState
from api.requests.waiting import UNJUDGED, Waiting
from tests.api.flow import FINE, SMALL, Flow
from tests.api.jobs.watching import check_soon
from tests.api.requests.test_routes import BODY, bearer


def test_a_verdict_is_told_as_soon_as_it_is_there(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    judging = threading.Timer(0.3, flow.judge, [number])
    judging.start()
    start = time.monotonic()
    answer = client.get(f"/sandbox/requests/{number}?wait=20", headers=bearer(flow))
    assert time.monotonic() - start < 15
    assert (answer.status_code, answer.json()["state"]) == (200, "under_review")
    assert answer.json()["verdict"]["outcome"] == "pass"
    judging.join()


def test_who_submits_may_wait_for_the_verdict_at_once(flow: Flow, client: TestClient) -> None:
    judging = threading.Thread(target=judge_first, args=(flow,))
    judging.start()
    answer = client.post("/sandbox/requests?wait=20", json=BODY | {"query": SMALL}, headers=bearer(flow))
    judging.join()
    assert (answer.status_code, answer.json()["state"]) == (202, "returned")
    again = {"query": FINE, "idempotency_key": "another-key-of-this-test"}
    judging = threading.Thread(target=judge_first, args=(flow,))
    judging.start()
    rounds = f"/sandbox/requests/{answer.json()['id']}/rounds?wait=20"
    answer = client.post(rounds, json=again, headers=bearer(flow))
    judging.join()
    assert (answer.status_code, answer.json()["state"]) == (202, "under_review")
    assert answer.json()["verdict"]["outcome"] == "pass"


def test_who_is_no_longer_allowed_hears_no_verdict_but_lost_nothing(flow: Flow, client: TestClient) -> None:
    def end_and_judge() -> None:
        check_soon(lambda: waiting_numbers(flow) != [])
        with flow.database.transaction() as session:
            end_sandbox(session, flow.sandbox_id, "stopped")
        judge_first(flow)

    ending = threading.Thread(target=end_and_judge)
    ending.start()
    assert client.post("/sandbox/requests?wait=20", json=BODY, headers=bearer(flow)).status_code == 401
    ending.join()
    with flow.database.reading() as session:
        states = session.scalars(select(OutputRequest.state)).all()
    assert states == [RequestState.UNDER_REVIEW]


def waiting_numbers(flow: Flow) -> list[str]:
    with flow.database.reading() as session:
        unjudged = select(OutputRequest.number).where(OutputRequest.state.in_(UNJUDGED))
        return list(session.scalars(unjudged))


def judge_first(flow: Flow) -> None:
    check_soon(lambda: waiting_numbers(flow) != [])
    flow.judge(waiting_numbers(flow)[0])


def test_after_the_time_the_answer_is_what_there_is(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    start = time.monotonic()
    answer = client.get(f"/sandbox/requests/{number}?wait=1", headers=bearer(flow))
    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")
    assert time.monotonic() - start >= 1


@pytest.mark.parametrize("wait", ["-1", "21", "x"])
def test_nobody_waits_for_ever(flow: Flow, client: TestClient, wait: str) -> None:
    number = flow.submit(FINE)
    assert client.get(f"/sandbox/requests/{number}?wait={wait}", headers=bearer(flow)).status_code == 422


def test_waiting_opens_no_door(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)
    start = time.monotonic()
    assert client.get(f"/sandbox/requests/{number}?wait=20").status_code == 401
    assert client.get("/sandbox/requests/R-2026-9999?wait=20", headers=bearer(flow)).status_code == 404
    assert time.monotonic() - start < 15


def test_a_sandbox_that_ends_while_it_waits_is_told_nothing(flow: Flow, client: TestClient) -> None:
    number = flow.submit(FINE)

    def end_and_judge() -> None:
        with flow.database.transaction() as session:
            end_sandbox(session, flow.sandbox_id, "stopped")
        flow.judge(number)

    ending = threading.Timer(0.2, end_and_judge)
    ending.start()
    assert client.get(f"/sandbox/requests/{number}?wait=20", headers=bearer(flow)).status_code == 401
    ending.join()


def test_many_wait_at_the_price_of_one(flow: Flow) -> None:
    numbers = [flow.submit(FINE) for _ in range(2)]
    first, second = (flow.id_of(number) for number in numbers)
    asked: list[str] = []
    event.listen(flow.database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    async def wait_for_one() -> int:
        room = Waiting(flow.database)
        waiters = [
            asyncio.create_task(room.until_judged(one, 20)) for one in (first, second) for _ in range(50)
        ]
        await asyncio.sleep(0.5)
        looks = len(asked)
        await asyncio.to_thread(flow.judge, numbers[0])
        done, pending = await asyncio.wait(waiters, timeout=1)
        assert (len(done), len(pending)) == (50, 50)
        await asyncio.to_thread(flow.judge, numbers[1])
        await asyncio.wait_for(asyncio.gather(*pending), 15)
        return looks

    assert asyncio.run(wait_for_one()) <= 0.5 / waiting._GLANCE + 1


def test_more_than_can_wait_are_answered_at_once(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 1)
    request_id = flow.id_of(flow.submit(FINE))

    async def two() -> None:
        room = Waiting(flow.database)
        first = asyncio.create_task(room.until_judged(request_id, 0.3))
        await asyncio.sleep(0)
        await asyncio.wait_for(room.until_judged(request_id, 20), 0.2)
        assert not first.done()
        await first

    asyncio.run(two())

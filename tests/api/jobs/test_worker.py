"""The worker: works through what is due, and outlives whatever a job does."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError

from api.audit.export import EVERY, kept_heads
from api.audit.service import SYSTEM, record
from api.db import now
from api.jobs import tasks, worker
from api.jobs.children import NotStartedError, Sheet
from api.jobs.models import Job, JobState
from api.jobs.service import ALL_KINDS, DISK_FULL, MAX_ATTEMPTS, MOST_LOST, JobKind
from api.jobs.tasks import LARGEST_ANSWER, _limit, judge_apart, perform, perform_apart
from api.jobs.worker import Lanes, Worker
from api.requests.judging import Work, conclude
from api.requests.models import RequestState
from api.settings import Settings
from tests.api.flow import FINE, SMALL, Flow, find
from tests.api.jobs.watching import check_soon, jobs


def die(works: Sequence[Work], sheet: Sheet) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(works: Sequence[Work], sheet: Sheet) -> None:
    time.sleep(600)


def linger(_settings: Settings, _kind: str, _subject_id: int) -> None:
    time.sleep(1)


def dawdle(works: Sequence[Work], sheet: Sheet) -> None:
    time.sleep(1)
    judge_apart(works, sheet)


def lie(works: Sequence[Work], sheet: Sheet) -> None:
    sheet.write(b'{"verdicts": {"1": "pass"}}')


def write_on(works: Sequence[Work], sheet: Sheet) -> None:
    _limit(works)
    sheet.write(bytes(LARGEST_ANSWER + 1))


def find_no_room(works: Sequence[Work], sheet: Sheet) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "no room for what people are to see of a file")

    pytest.MonkeyPatch().setattr(tasks, "judged", full)
    judge_apart(works, sheet)


def report_and_hang(place: Path, works: Sequence[Work], sheet: Sheet) -> None:
    aside = place.with_suffix(".new")
    aside.write_text(f"{os.getpid()} {os.getppid()}")
    aside.rename(place)
    time.sleep(600)


def slowly_the_first(place: Path, works: Sequence[Work], sheet: Sheet) -> None:
    try:
        place.open("x").close()
    except FileExistsError:
        pass
    else:
        while place.exists():
            time.sleep(0.02)
    judge_apart(works, sheet)


def refusing(*_: object) -> None:
    raise NotStartedError("no server")


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def make_due(flow: Flow) -> None:
    with flow.database.transaction() as session:
        session.execute(update(Job).values(run_after=now()))


def test_the_worker_judges_and_releases(flow: Flow) -> None:
    hand = Worker(flow.settings)
    assert not hand.step()
    number = flow.submit(FINE)
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW
    flow.review(number, flow.world.checker)
    flow.review(number, flow.world.second_checker)
    assert hand.step()
    assert flow.state(number) is RequestState.RELEASED
    assert not hand.step()
    assert jobs(flow) == [("judge", JobState.DONE, 1, None), ("release", JobState.DONE, 1, None)]


def test_what_is_altered_after_it_was_judged_on_is_judged_on_no_more(flow: Flow) -> None:
    hand, numbers = Worker(flow.settings), [flow.submit(FINE), flow.submit(SMALL)]
    assert hand.step()
    assert flow.state(numbers[0]) is RequestState.UNDER_REVIEW
    (file,) = flow.settings.directory("data").glob("*.parquet")
    state = file.stat()
    file.chmod(0o600)
    with file.open("r+b") as content:
        content.write(b"rep1")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert hand.step()
    with flow.database.reading() as session:
        assert "no longer what they were" in find(session, numbers[1]).history[-1].reason.en


def test_a_job_that_kills_its_process_is_tried_again_and_then_given_up(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", die)
    hand = Worker(flow.settings)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert flow.state(number) is (RequestState.JUDGING if attempt > 1 else RequestState.SUBMITTED)
        assert hand.step()
        assert not hand.step()
        assert jobs(flow)[0][2:] == (attempt, "exit code -9")
        make_due(flow)
    assert jobs(flow)[0][1] is JobState.FAILED
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.state is RequestState.RETURNED
        assert "failure on our side" in request.history[-1].reason.en


def test_a_policy_that_vanishes_stops_its_own_request_only(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = flow.ask_reviewers(of_project=1, of_policy=1)
    number, words = flow.submit(FINE), policy.read_text()

    def vanishing(*arguments: Any) -> None:
        policy.unlink()
        conclude(*arguments)

    monkeypatch.setattr(worker, "conclude", vanishing)
    lane = Worker(flow.settings)
    assert lane.step()
    ((_, state, attempts, error),) = jobs(flow)
    assert (state, attempts) == (JobState.QUEUED, 1)
    assert error is not None
    assert error.startswith("no_policy: The policy of this project cannot be read")
    assert flow.state(number) is RequestState.JUDGING
    monkeypatch.setattr(worker, "conclude", conclude)
    policy.write_text(words)
    make_due(flow)
    assert lane.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW


@pytest.mark.parametrize(
    ("child", "error"),
    [(lie, "an answer that makes no sense"), (write_on, "exit code 1"), (find_no_room, DISK_FULL)],
)
def test_an_answer_that_cannot_be_believed_is_no_verdict(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, child: Callable[..., None], error: str
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", child)
    hand = Worker(flow.settings)
    assert hand.step()
    assert jobs(flow)[0] == ("judge", JobState.QUEUED, 1, error)
    monkeypatch.undo()
    make_due(flow)
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_the_server_of_children_dies_with_a_judgement_under_way(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", partial(report_and_hang, tmp_path / "child"))
    hand = Worker(flow.settings)
    stepping = threading.Thread(target=hand.step)
    stepping.start()
    check_soon(lambda: (tmp_path / "child").exists())
    child, server = map(int, (tmp_path / "child").read_text().split())
    os.kill(server, signal.SIGKILL)
    stepping.join(30)
    assert jobs(flow)[0] == ("judge", JobState.QUEUED, 1, "exit code 255")
    check_soon(lambda: not is_alive(child))
    monkeypatch.undo()
    make_due(flow)
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_a_child_that_cannot_start_costs_one_attempt(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "Child", refusing)
    assert Worker(flow.settings).step()
    assert jobs(flow)[0] == ("judge", JobState.QUEUED, 1, "not started: no server")


def test_a_job_that_ends_its_workers_is_given_up(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        session.execute(update(Job).values(attempts=MAX_ATTEMPTS + MOST_LOST))
    assert Worker(flow.settings).step()
    assert jobs(flow)[0][1] is JobState.FAILED
    assert flow.state(number) is RequestState.RETURNED


def test_mail_and_what_nobody_waits_for_have_lanes_of_their_own(flow: Flow) -> None:
    awaited, proposing = ALL_KINDS - {JobKind.MAIL, JobKind.PROPOSE}, {JobKind.PROPOSE}
    without_mail = Lanes(flow.settings.model_copy(update={"workers": 2}))
    assert [lane.kinds for lane in without_mail.lanes] == [awaited, awaited, proposing]
    with_mail = Lanes(flow.settings.model_copy(update={"workers": 1, "smtp_host": "localhost"}))
    assert [lane.kinds for lane in with_mail.lanes] == [awaited, proposing, {JobKind.MAIL}]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_lane_that_breaks_stops_the_worker(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = Lanes(flow.settings.model_copy(update={"workers": 2}))
    monkeypatch.setattr(lanes.lanes[0], "_looked_for", lambda: 1 / 0)
    assert not lanes.run()


def test_a_long_judgement_holds_up_no_other(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", partial(slowly_the_first, tmp_path / "once"))
    lanes = Lanes(flow.settings.model_copy(update={"workers": 2}))
    working = threading.Thread(target=lanes.run)
    working.start()
    check_soon(lambda: (tmp_path / "once").exists())
    second = flow.submit(SMALL)
    check_soon(lambda: flow.state(second) is RequestState.RETURNED)
    assert flow.state(first) is RequestState.JUDGING
    (tmp_path / "once").unlink()
    check_soon(lambda: flow.state(first) is RequestState.UNDER_REVIEW)
    lanes.stop()
    working.join()


def test_a_job_without_end_is_stopped(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", hang)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.1)
    hand = Worker(flow.settings.model_copy(update={"judge_seconds": 0.1, "job_lease_seconds": 0.3}))
    assert hand.step()
    assert jobs(flow)[0] == ("judge", JobState.QUEUED, 1, "exit code -9")


@pytest.mark.parametrize(("seconds", "error"), [(0.1, "exit code -9"), (600.0, None)], ids=["no", "yes"])
def test_a_release_may_take_longer_than_a_judgement(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, seconds: float, error: str | None
) -> None:
    """The files of a table of the country take minutes on a busy machine."""
    flow.approved()
    monkeypatch.setattr(worker, "perform_apart", linger)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(worker, "RELEASE_SECONDS", seconds)
    with flow.database.transaction() as session:
        session.execute(delete(Job).where(Job.kind != JobKind.RELEASE))
    hand = Worker(flow.settings.model_copy(update={"judge_seconds": 0.1, "job_lease_seconds": 0.3}))
    assert hand.step()
    assert [job[3] for job in jobs(flow)] == [error]


def test_a_job_that_another_worker_took_over_is_stopped_here(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", hang)
    hand = Worker(flow.settings.model_copy(update={"job_lease_seconds": 0.6}))
    stepping = threading.Thread(target=hand.step)
    stepping.start()
    check_soon(lambda: jobs(flow)[0][1] is JobState.RUNNING)
    with flow.database.transaction() as session:
        session.execute(update(Job).values(attempts=2))
    stepping.join(30)
    assert not stepping.is_alive()
    assert jobs(flow)[0] == ("judge", JobState.RUNNING, 2, None)


def test_a_long_job_keeps_its_lease(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "judge_apart", dawdle)
    hand = Worker(flow.settings.model_copy(update={"job_lease_seconds": 0.6}))
    assert hand.step()
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert jobs(flow)[0] == ("judge", JobState.DONE, 1, None)


def test_two_workers_share_the_work(flow: Flow) -> None:
    numbers = [flow.submit(FINE) for _ in range(4)]
    hands = [Worker(flow.settings) for _ in range(2)]
    threads = [threading.Thread(target=hand.run) for hand in hands]
    for thread in threads:
        thread.start()
    check_soon(lambda: all(state is JobState.DONE for _, state, _, _ in jobs(flow)))
    for hand in hands:
        hand.stopping.set()
    for thread in threads:
        thread.join()
    assert {flow.state(number) for number in numbers} == {RequestState.UNDER_REVIEW}


def test_a_job_of_no_known_kind_is_an_error(flow: Flow) -> None:
    with pytest.raises(ValueError, match="paint"):
        perform(flow.settings, "paint", 1)


def test_a_child_lets_a_stop_of_all_processes_pass(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(tasks.signal, "signal", handlers.__setitem__)
    perform_apart(flow.settings, "judge", flow.id_of(number))
    assert handlers == {signal.SIGTERM: signal.SIG_IGN, signal.SIGINT: signal.SIG_IGN}
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_a_job_that_another_worker_was_quicker_to_take_is_left_to_it(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.submit(FINE)
    monkeypatch.setattr(worker, "take", lambda *_: None)
    assert not Worker(flow.settings).step()
    assert jobs(flow)[0][1] is JobState.QUEUED


def test_the_command_works_until_it_is_told_to_stop(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.approved()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(worker, "get_settings", lambda: flow.settings)

    def stop() -> None:
        check_soon(lambda: jobs(flow)[-1][1] is JobState.DONE)
        os.kill(os.getpid(), signal.SIGTERM)

    watching = threading.Thread(target=stop)
    watching.start()
    try:
        with pytest.raises(SystemExit) as end:
            worker.main()
        assert end.value.code == 0
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        watching.join()
    assert flow.state(number) is RequestState.RELEASED


def test_an_idle_worker_keeps_the_head_of_the_chain(flow: Flow) -> None:
    with flow.database.transaction() as session:
        for number in range(EVERY):
            record(session, SYSTEM, "test.happened", f"test:{number}", "a test")
    hand = Worker(flow.settings)
    working = threading.Thread(target=hand.run)
    working.start()
    check_soon(lambda: kept_heads(flow.settings) != [])
    time.sleep(3 * flow.settings.job_poll_seconds)
    hand.stopping.set()
    working.join()
    assert len(kept_heads(flow.settings)) == 1


def test_a_worker_outlives_a_database_that_cannot_be_written(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)
    monkeypatch.setattr(worker, "OUTAGE_SECONDS", 0.01)
    hand = Worker(flow.settings)
    taken, outages = hand._taken, [OperationalError("BEGIN IMMEDIATE", {}, Exception("disk full"))] * 2

    def failing() -> Job | None:
        if outages:
            raise outages.pop()
        return taken()

    monkeypatch.setattr(hand, "_taken", failing)
    working = threading.Thread(target=hand.run)
    working.start()
    check_soon(lambda: flow.state(number) is RequestState.UNDER_REVIEW)
    assert outages == []
    hand.stopping.set()
    working.join()

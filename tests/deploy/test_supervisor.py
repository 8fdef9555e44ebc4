"""The supervisor starts services in order, revives a crashed one, stops all, and leaves none behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import supervisor
from deploy.supervisor import AlreadyRunningError, Service, StartError, Supervisor, sole_supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time, pathlib, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)",
]


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def service(name: str, command: list[str], **further: Callable[[], bool]) -> Service:
    return Service(name, command, dict(os.environ), **further)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def run(*services: Service) -> Supervisor:
        made = Supervisor(services, tmp_path / "logs", tmp_path / "supervisor.json")
        started.append(made)
        made.start()
        return made

    yield run
    for one in started:
        one.stop()


def pids(made: Supervisor) -> dict[str, int]:
    found = json.loads(made.state.read_text())
    assert found["ready"] is True
    return dict(found["processes"])


def test_starts_each_service_once_the_one_before_serves(
    running: Callable[..., Supervisor], tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    slow = f"import time, pathlib; time.sleep(0.4); pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    seen: list[bool] = []
    running(
        service("first", [sys.executable, "-c", slow], healthy=ready.exists),
        service("second", SLEEP, healthy=lambda: not seen.append(ready.exists())),
    )
    assert seen == [True]


def test_a_service_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = service(
        "broken", [sys.executable, "-c", "raise SystemExit('no such port')"], healthy=lambda: False
    )
    made = Supervisor([broken], tmp_path / "logs", tmp_path / "state.json")
    with pytest.raises(StartError, match=r"(?s)broken ended while it started.*no such port"):
        made.start()


def test_a_killed_service_is_started_again_and_the_others_are_left_alone(
    running: Callable[..., Supervisor],
) -> None:
    made = running(service("victim", SLEEP), service("bystander", SLEEP))
    before = pids(made)
    watching = threading.Thread(target=made.watch)
    watching.start()
    try:
        os.kill(before["victim"], signal.SIGKILL)
        wait_for(lambda: pids(made)["victim"] != before["victim"])
        after = pids(made)
        assert alive(after["victim"])
        assert after["bystander"] == before["bystander"]
    finally:
        made.request_stop()
        watching.join()


def test_a_service_that_keeps_crashing_is_started_less_and_less_often(tmp_path: Path) -> None:
    keeper = supervisor.Keeper(service("crasher", [sys.executable, "-c", "pass"]), tmp_path / "log")
    keeper.start()
    delays = []
    for _ in range(3):
        wait_for(lambda: not keeper.running)
        wait_for(keeper.revive)
        delays.append(keeper.delay)
    assert delays == sorted(delays)
    assert delays[-1] > 2 * delays[0]
    keeper.await_end(time.monotonic() + 5)


def test_stop_ends_all_even_one_that_does_not_listen(
    running: Callable[..., Supervisor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 1.0)
    deaf = tmp_path / "deaf"
    made = running(service("polite", SLEEP), service("stubborn", [*STUBBORN, str(deaf)], healthy=deaf.exists))
    processes = pids(made)
    made.stop()
    assert not any(alive(pid) for pid in processes.values())
    assert not made.state.exists()


def test_services_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from deploy.supervisor import Service, Supervisor\n"
        "where = pathlib.Path(sys.argv[1])\n"
        "command = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "made = Supervisor([Service('one', command, dict(os.environ))], where, where / 'state.json')\n"
        "made.start(); made.watch()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    state = tmp_path / "state.json"
    try:
        wait_for(state.exists)
        child = json.loads(state.read_text())["processes"]["one"]
        assert alive(child)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not alive(child))


def test_a_second_supervisor_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with (
        sole_supervisor(tmp_path),
        pytest.raises(AlreadyRunningError, match=str(tmp_path)),
        sole_supervisor(tmp_path),
    ):
        pytest.fail("two supervisors held one state directory")
    with sole_supervisor(tmp_path):
        pass

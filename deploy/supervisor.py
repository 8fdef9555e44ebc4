"""Runs the processes of an installation: starts them in order, restarts one that crashed, stops all at the end.

Each process runs in a session of its own (a Ctrl-C in the terminal reaches the supervisor alone, which then stops
the rest in order) and is ended by the kernel when the supervisor dies without a word.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0
STEADY_AFTER = 2.0
START_SECONDS = 90.0
STOP_SECONDS = 15.0
TICK = 0.1
LOG_TAIL_LINES = 20


class StartError(RuntimeError):
    """A process ended or stayed silent while it started; the message holds the end of its log."""


class AlreadyRunningError(RuntimeError):
    """Another supervisor holds this state directory."""


@dataclass(frozen=True)
class Service:
    """A process to keep running: command, environment, and a test that tells whether it serves."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    healthy: Callable[[], bool] = field(default=lambda: True)


def answers(url: str) -> bool:
    """Tell whether `url` answers a GET with a status below 400 within two seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def listens(port: int) -> bool:
    """Tell whether a process accepts connections on this port of the loopback address."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


class Keeper:
    """One service: its process of now, and when it may be started again after a crash."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.delay = FIRST_DELAY
        self.not_before = 0.0

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process; its words are added to the log."""
        tied = [shutil.which("setpriv") or "setpriv", "--pdeathsig", "TERM", "--"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*tied, *self.service.command],
                env=self.service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def wait_until_healthy(self, stop: threading.Event) -> None:
        """Wait until the service serves; raises StartError when it ends before, or stays silent too long."""
        while not stop.is_set():
            if not self.running:
                raise StartError(f"{self.service.name} ended while it started:\n{self.log_tail()}")
            if self.service.healthy():
                return
            if time.monotonic() - self.started > START_SECONDS:
                raise StartError(
                    f"{self.service.name} stayed silent for {START_SECONDS:.0f} s:\n{self.log_tail()}"
                )
            stop.wait(TICK)

    def log_tail(self) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    def revive(self) -> bool:
        """Start the process again if it crashed and its delay is over; tell whether it was started."""
        moment = time.monotonic()
        if self.running:
            return False
        if not self.not_before:
            steady = moment - self.started > STEADY_AFTER
            self.delay = FIRST_DELAY if steady else min(self.delay * 2, LONGEST_DELAY)
            self.not_before = moment + self.delay
        if moment < self.not_before:
            return False
        self.not_before = 0.0
        self.start()
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it lives."""
        if self.process and self.running:
            self.process.send_signal(number)

    def await_end(self, deadline: float) -> None:
        """Wait until the process ended; after `deadline` (monotonic seconds) it is killed with its group."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Keeps services running until it is told to stop; `state` gets their process ids, for people and tests."""

    def __init__(self, services: Sequence[Service], logs: Path, state: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keepers = [Keeper(service, logs / f"{service.name}.log") for service in services]
        self.state = state
        self.stopping = threading.Event()

    def start(self, told: Callable[[str, float], None] = lambda _name, _seconds: None) -> None:
        """Start all services in order, each once the one before it serves; raises StartError."""
        for keeper in self.keepers:
            if self.stopping.is_set():
                return
            keeper.start()
            keeper.wait_until_healthy(self.stopping)
            told(keeper.service.name, time.monotonic() - keeper.started)
        self._tell(ready=not self.stopping.is_set())

    def watch(self, told: Callable[[str], None] = lambda _name: None) -> None:
        """Restart what crashes, until `request_stop`; `told` hears the name of each that was restarted."""
        while not self.stopping.wait(TICK):
            revived = [keeper.service.name for keeper in self.keepers if keeper.revive()]
            if revived:
                self._tell(ready=True)
            for name in revived:
                told(name)

    def request_stop(self) -> None:
        """Make `start` and `watch` return soon; fit for a signal handler."""
        self.stopping.set()

    def stop(self) -> None:
        """End all services, the last started first."""
        self.stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for keeper in reversed(self.keepers):
            keeper.signal(signal.SIGTERM)
        for keeper in reversed(self.keepers):
            keeper.await_end(deadline)
        self.state.unlink(missing_ok=True)

    def _tell(self, *, ready: bool) -> None:
        processes = {k.service.name: k.process.pid for k in self.keepers if k.process}
        aside = self.state.with_suffix(".new")
        aside.write_text(json.dumps({"ready": ready, "processes": processes}))
        aside.replace(self.state)


@contextlib.contextmanager
def sole_supervisor(state_dir: Path) -> Iterator[None]:
    """Hold the state directory against a second supervisor; raises AlreadyRunningError."""
    with (state_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"an environment already runs on {state_dir}") from None
        yield

"""Apis and workers as real processes, each forked from one that has everything loaded: a start takes milliseconds.

``python -c "from tests.api.jobs.processes import main; main()" <descriptor of a listening socket>``: each line "api"
or "worker" on standard input starts one, and is answered with its process id.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any, NoReturn

import uvicorn

from api.jobs import worker
from api.jobs.children import end_with
from tests.benchmarks.processor import tree_seconds

NAMES = ("first api", "second api", "first worker", "second worker")
"""Two of each: while one is dead or starts, people and jobs at work with the other know nothing of it."""
MAIN = f"from {__name__} import main; main()"


def serve(listener: socket.socket) -> None:
    """Be the api."""
    # Not before: whoever only asks for processes has no state directory.
    from tests.api.jobs.rehearsal import APP

    config = uvicorn.Config(APP, log_level="warning", ws="none", lifespan="off", http="h11")
    uvicorn.Server(config).run(sockets=[listener])


def work(listener: socket.socket) -> None:
    """Be a worker with a server of children of its own, as ever; but that one is forked, not made in seconds."""
    listener.close()
    requests = socket.socket(socket.AF_UNIX)
    # Without a name the system gives one that vanishes with the process.
    requests.bind("")
    requests.listen()
    alive_r, alive_w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(alive_w)
        _only(lambda: forkserver.main(requests.detach(), alive_r, []))
    os.close(alive_r)
    server: Any = forkserver._forkserver
    server._forkserver_address, server._forkserver_alive_fd = requests.getsockname(), alive_w
    server._forkserver_pid = pid
    requests.close()
    worker.main()


def main() -> None:
    """Start what is asked for, until nobody can ask any more."""
    from tests.api.jobs import rehearsal  # noqa: F401 - loads what all share

    resource_tracker.ensure_running()
    listener, starter = socket.socket(fileno=int(sys.argv[1])), os.getpid()
    for line in sys.stdin:
        _bury()
        pid = os.fork()
        if pid == 0:
            _only(partial(_be, line.strip(), listener, starter))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _be(name: str, listener: socket.socket, starter: int) -> None:
    """Do the work of this process, for as long as there is a starter: a test that was killed leaves nothing behind."""
    end_with(starter)
    # Whoever waits for the starter's answer must see its end, also when others live on.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    {"api": serve, "worker": work}[name](listener)


def _only(do: Callable[[], None]) -> NoReturn:
    """Do this and end at once: the engine's farewell waits for threads that stayed behind in the forking process."""
    try:
        do()
    finally:
        if isinstance(sys.exc_info()[1], Exception):
            traceback.print_exc()
        os._exit(1)


def _bury() -> None:
    """Take note of the children that ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class Service:
    """The apis on one `listener` and the workers, all running until they are killed."""

    def __init__(self, listener: socket.socket, environment: dict[str, str], log: Path) -> None:
        self.killed: Counter[str] = Counter()
        self.log = log.open("wb")
        self.starter = subprocess.Popen(
            [sys.executable, "-c", MAIN, str(listener.fileno())],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            pass_fds=[listener.fileno()],
            # Everything that comes of it is known by its session, also when its parent died.
            start_new_session=True,
            text=True,
        )
        self.running: dict[str, int] = {}
        self.start(*NAMES)

    def kill(self, *names: str, jobs: bool) -> None:
        """Kill these at once without a warning, with the jobs that they run if so wished."""
        pids = {name: self.running[name] for name in names}
        children = [job for pid in pids.values() for job in _grandchildren(pid)] if jobs else []
        for name, pid in pids.items():
            assert _parent(pid) == self.starter.pid, f"{name} ended by itself"
            self._kill(_what(name), pid)
        for pid in children:
            self._kill("job", pid)

    def start(self, *names: str) -> None:
        """Start these anew."""
        self.running |= {name: self._start(name) for name in names}

    def work_on(self, processor_seconds: float, longest: float) -> None:
        """Let everything work until it used so much of a processor, or nobody had anything to do for `longest` seconds.

        So a busy machine takes longer, and gets as much done between one kill and the next.
        """
        enough = tree_seconds(self.starter.pid) + processor_seconds
        deadline = time.monotonic() + longest
        while tree_seconds(self.starter.pid) < enough and time.monotonic() < deadline:
            time.sleep(0.005)

    def close(self) -> None:
        """Kill everything."""
        for pid in set(_session(self.starter.pid)) - {self.starter.pid}:
            self._kill("end", pid)
        self.starter.communicate(timeout=30)
        self.log.close()

    def _start(self, name: str) -> int:
        """Start one and return its process id."""
        assert self.starter.stdin
        assert self.starter.stdout
        self.starter.stdin.write(f"{_what(name)}\n")
        self.starter.stdin.flush()
        return int(self.starter.stdout.readline())

    def _kill(self, name: str, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed[name] += 1


def _what(name: str) -> str:
    """What the process of this name is: api or worker."""
    return name.rpartition(" ")[2]


def _grandchildren(pid: int) -> list[int]:
    """What the server of children of a worker gave birth to."""
    return [job for server in _children(pid) for job in _children(server)]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _session(leader: int) -> dict[int, int]:
    """The living processes of a session and the parent of each."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    found = {pid: _status(pid) for pid in pids}
    return {pid: int(status[1]) for pid, status in found.items() if status and int(status[3]) == leader}


def _parent(pid: int) -> int | None:
    """The parent of a process, None when it has ended."""
    status = _status(pid)
    return int(status[1]) if status else None


def _status(pid: int) -> list[str] | None:
    """State, parent, group, session and more of a process; None when it has ended."""
    try:
        # The name in brackets may hold anything; the rest comes after it.
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if status[0] in "ZX" else status

"""The api and a worker as real processes, each forked from one that has everything loaded: a start takes milliseconds.

``python -c "from tests.api.jobs.processes import main; main()" <descriptor of a listening socket>``: each line "api"
or "worker" on standard input starts one, and is answered with its process id.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import uvicorn

from api.jobs import worker

CONTEXT = multiprocessing.get_context("forkserver")
MAIN = f"from {__name__} import main; main()"


def serve(listener: socket.socket) -> None:
    """Be the api."""
    # Not before: whoever only asks for processes has no state directory.
    from tests.api.jobs.rehearsal import APP

    config = uvicorn.Config(APP, log_level="warning", ws="none", lifespan="off", http="h11")
    uvicorn.Server(config).run(sockets=[listener])


def work(address: str) -> None:
    """Be a worker, whose jobs are forked from the same process as it is: making another one takes seconds."""
    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._forkserver_address, server.ensure_running = address, lambda: None
    worker.main()


def main() -> None:
    """Start what is asked for, until nobody can ask any more."""
    CONTEXT.set_forkserver_preload(["tests.api.jobs.rehearsal"])
    listener = socket.socket(fileno=int(sys.argv[1]))
    started = []
    for line in sys.stdin:
        started.append(_started(line.strip(), listener))
        sys.stdout.write(f"{started[-1].pid} {forkserver._forkserver._forkserver_pid}\n")  # type: ignore[attr-defined]
        sys.stdout.flush()


def _started(name: str, listener: socket.socket) -> ForkServerProcess:
    while True:
        forkserver.ensure_running()
        address: str = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
        process = CONTEXT.Process(target=serve, args=(listener,))
        if name == "worker":
            process = CONTEXT.Process(target=work, args=(address,))
        # A worker that dies while it asks for a child takes the server that it asks along.
        with suppress(OSError, EOFError):
            process.start()
            return process


class Service:
    """An api on `listener` and a worker, both running until they are killed."""

    def __init__(self, listener: socket.socket, environment: dict[str, str], log: Path) -> None:
        self.log = log.open("wb")
        self.starter = subprocess.Popen(
            [sys.executable, "-c", MAIN, str(listener.fileno())],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            pass_fds=[listener.fileno()],
            text=True,
        )
        self.running = {name: self._start(name) for name in ("api", "worker")}

    def kill(self, *names: str, jobs: bool) -> None:
        """Kill these without a warning, with the jobs that run if so wished, and start them anew."""
        children = self._jobs() if jobs else []
        for pid in [*(self.running[name] for name in names), *children]:
            _kill(pid)
        for name in names:
            self.running[name] = self._start(name)

    def close(self) -> None:
        """Kill everything."""
        for pid in [*self.running.values(), *self._jobs()]:
            _kill(pid)
        self.starter.communicate(timeout=30)
        self.log.close()

    def _start(self, name: str) -> int:
        """Start one and return its process id; where both are forked from may be a new process by then."""
        assert self.starter.stdin
        assert self.starter.stdout
        self.starter.stdin.write(f"{name}\n")
        self.starter.stdin.flush()
        pid, self.fork_server = map(int, self.starter.stdout.readline().split())
        return pid

    def _jobs(self) -> list[int]:
        """Everything that is forked from the same process as api and worker, and is neither."""
        # Orphans belong to process 1, and so does much that is none of ours.
        assert self.fork_server > 1
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        ours = [pid for pid in pids if _parent(pid) == self.fork_server]
        return [pid for pid in ours if pid not in self.running.values()]


def _parent(pid: int) -> int | None:
    """The parent of a process, None when it has ended."""
    try:
        # The name in brackets may hold anything; the state and the parent come after it.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

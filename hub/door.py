"""The door of one sandbox: a small host process that starts it with its bridge and guard, and ends all of it together.

Run as ``python -m hub.door`` with a DoorOrder as JSON on standard input (it holds secrets, so no file and no argument).
It outlives the hub: a restart of the hub leaves running sandboxes alone, and finds them in the register. Whatever ends
first - the sandbox, the relay, this process, or the heartbeat of the watch - ends the others: closed on doubt.
The door runs as the operator and reads no byte that a sandbox sent, save its log, which it caps.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict

from hub.relay import RelayOrder
from hub.sandbox import cgroup, disk, registry, starting
from hub.sandbox.plan import SandboxPlan
from hub.sandbox.processes import Process

ROOT = Path(__file__).resolve().parents[1]
STARTED = b"started\n"
LISTEN_DESCRIPTOR = "ENCLAVE_LISTEN_DESCRIPTOR"
LOG_BYTES = 256 * 1024
HEARTBEAT = "watch.alive"


class DoorOrder(BaseModel):
    """What to guard: the plan of the sandbox, where its sockets go, who may pass, and when to give up (seconds, bytes)."""

    model_config = ConfigDict(frozen=True)
    plan: SandboxPlan
    relay: RelayOrder
    relay_plan: SandboxPlan
    subject: str
    project: str
    directory: Path
    cgroup: str
    log: Path
    silence_seconds: float
    home: Path
    home_bytes: int
    home_files: int
    reserve_bytes: int


class Sockets:
    """The listening sockets of one sandbox, bound and owned by the host; the sandbox only ever gets descriptors."""

    def __init__(self, directory: Path, sandbox_uid: int | None, relay_uid: int | None) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        for place in (directory.parent, directory, directory / "in"):
            place.mkdir(exist_ok=True)
            place.chmod(0o711)
        self.front = _listen(directory / "front.sock", None)
        self.notebook = _listen(directory / "notebook.sock", relay_uid)
        self.hub = _listen(directory / "in" / "hub.sock", sandbox_uid)
        self.api = _listen(directory / "in" / "api.sock", sandbox_uid)

    def close(self) -> None:
        """Close our copies; those who serve them hold their own."""
        for listening in (self.front, self.notebook, self.hub, self.api):
            listening.close()


def _listen(path: Path, uid: int | None) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    path.chmod(0o600)
    if uid is not None:
        os.chown(path, uid, uid)
    listening.listen(128)
    return listening


def start_sandbox(
    plan: SandboxPlan, groups: tuple[Path, ...], notebook: socket.socket
) -> subprocess.Popen[bytes]:
    """Start the sandbox; it serves on the listening socket that it inherits."""
    descriptor = notebook.fileno()
    environment = {**plan.environment, LISTEN_DESCRIPTOR: str(descriptor)}
    plan = plan.model_copy(update={"environment": environment})
    return starting.start(plan, (descriptor,), groups, output=subprocess.PIPE)


def start_relay(
    plan: SandboxPlan, groups: tuple[Path, ...], order: RelayOrder, sockets: Sockets
) -> subprocess.Popen[bytes]:
    """Start bridge and guard on the listening sockets that they inherit; their order travels in memory."""
    listening = (sockets.front.fileno(), sockets.hub.fileno(), sockets.api.fileno())
    order = order.model_copy(update=dict(zip(("front", "hub", "api"), listening, strict=True)))
    with starting.in_memory(order.model_dump_json().encode()) as wanted:
        plan = plan.model_copy(update={"command": (*plan.command, str(wanted))})
        return starting.start(plan, (wanted, *listening), groups, output=subprocess.PIPE)


class Log:
    """A log that others write: it gets a small place, so that they cannot fill a disk of the host."""

    def __init__(self, path: Path, words: IO[bytes] | None) -> None:
        assert words is not None  # noqa: S101 - it is a pipe
        self.path, self.source, self.room = path, words.fileno(), LOG_BYTES

    def take(self) -> bool:
        """Keep what is there to read, as far as it fits; False at its end."""
        output = os.read(self.source, 65536)
        if kept := output[: self.room]:
            with self.path.open("ab") as file:
                file.write(kept)
        self.room -= len(kept)
        return bool(output)


class Door:
    """Holds one sandbox and its relay together until one of them ends or somebody asks to stop."""

    def __init__(self, order: DoorOrder) -> None:
        self.order = order
        self.asked_to_stop = False
        self.groups: tuple[Path, ...] = ()
        self.children: list[subprocess.Popen[bytes]] = []
        self.began = time.time()
        self.disk = disk.Allowance(
            order.home, disk.Use(order.home_bytes, order.home_files), order.reserve_bytes
        )

    def run(self) -> None:
        """Start everything, say so on standard output, wait, and clear everything away."""
        waking = self._listen_to_signals()
        try:
            logs = self._start()
            sys.stdout.buffer.write(STARTED)
            sys.stdout.buffer.flush()
            self._wait(waking, logs)
        finally:
            self._clear()

    def _listen_to_signals(self) -> int:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        return reading

    def _ask_to_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def _start(self) -> list[Log]:
        order = self.order
        sockets = Sockets(order.directory, order.plan.uid, order.relay_plan.uid)
        relay = start_relay(order.relay_plan, self._limited(order.relay_plan, "-relay"), order.relay, sockets)
        self.children.append(relay)
        sandbox = start_sandbox(order.plan, self._limited(order.plan), sockets.notebook)
        self.children.append(sandbox)
        sockets.close()
        registry.write(self._record())
        aside = order.log.with_name(f"relay-{order.log.name}")
        return [Log(order.log, sandbox.stdout), Log(aside, relay.stdout)]

    def _limited(self, plan: SandboxPlan, suffix: str = "") -> tuple[Path, ...]:
        """Control groups for a plan; the relay has its own, so that a flood of requests costs the host no more than that."""
        if plan.uid is None:
            return ()
        groups = cgroup.create(self.order.cgroup, f"{plan.id[:16]}{suffix}", plan.limits)
        self.groups += groups
        return groups

    def _record(self) -> registry.Record:
        own = Process.of(os.getpid())
        assert own is not None  # noqa: S101 - we live
        return registry.Record(
            id=self.order.plan.id, subject=self.order.subject, project=self.order.project,
            door=own.number, door_started=own.started, cgroups=self.groups, directory=self.order.directory,
        )  # fmt: skip

    def _wait(self, waking: int, logs: list[Log]) -> None:
        sources = {log.source: log for log in logs}
        while not self._over():
            ready, _, _ = select.select([waking, *sources], [], [], 1.0)
            if waking in ready:
                os.read(waking, 4096)
            for source in sources.keys() & set(ready):
                if not sources[source].take():
                    del sources[source]

    def _over(self) -> bool:
        return (
            self.asked_to_stop
            or any(child.poll() is not None for child in self.children)
            or self._unwatched()
            or self._full()
        )

    def _unwatched(self) -> bool:
        """Whether nobody has checked running sandboxes with the api for too long."""
        heartbeat = self.order.directory.parent / HEARTBEAT
        seen = heartbeat.stat().st_mtime if heartbeat.exists() else 0.0
        return time.time() - max(seen, self.began) > self.order.silence_seconds

    def _full(self) -> bool:
        if full := self.disk.exceeded():
            sys.stderr.write(
                f"{time.strftime('%FT%T')} ends: the home is over its limit, or the host's disk is full\n"
            )
        return full

    def _clear(self) -> None:
        for child in reversed(self.children):
            child.kill()
            child.wait()
        cgroup.kill(self.groups)
        shutil.rmtree(self.order.directory, ignore_errors=True)


if __name__ == "__main__":
    Door(DoorOrder.model_validate_json(sys.stdin.buffer.read())).run()

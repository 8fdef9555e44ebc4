"""A real sandbox without the hub: the door with its bridges, and in it, in place of Jupyter, a program that runs our attacks."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from hub import opening
from hub.access import SandboxGrant
from hub.door import STARTED, DoorOrder
from hub.sandbox import registry
from hub.sandbox.plan import PYTHON
from hub.settings import Settings
from tests.hub.fakes import SUBJECT, TOKEN, FakeInstitution
from tests.hub.world import PROJECT, ROOT, forget_groups, make_data, make_secrets

HUB_TOKEN = "hub-token-of-this-server"
# An ordinary user of no account: what an operator without root is to the kernel.
OPERATOR = 54321
AGENT = """
import json, os, socket, subprocess, sys
server = socket.socket(fileno=int(os.environ["ENCLAVE_LISTEN_DESCRIPTOR"]))
server.setblocking(True)
while True:
    talk, _ = server.accept()
    code = talk.makefile().read()
    try:
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=40)
        answer = [ran.returncode, ran.stdout[-4000:], ran.stderr[-4000:]]
    except subprocess.TimeoutExpired:
        answer = [-1, "", "too slow"]
    talk.sendall(json.dumps(answer).encode())
    talk.close()
"""


class Cell:
    """One sandbox; `mode` is "own user" (started by root), or "operator" (started by an ordinary user)."""

    def __init__(self, mode: str, institution: FakeInstitution, base: Path) -> None:
        self.mode, self.institution, self.base = mode, institution, base
        self.as_root = mode == "own user"
        self.operator = os.geteuid() or OPERATOR
        self.settings = Settings(
            state_dir=base / "state",
            run_dir=base / "run",
            api_url=institution.url,
            sandbox_env=ROOT / ".sandbox-env",
        )
        grant = SandboxGrant(
            id=os.urandom(16).hex(), project_number=7, data_dir=str(base / "state" / "views" / PROJECT),
            token=TOKEN, memory_bytes=512 * 2**20, processes=60, cpus=1.0,
        )  # fmt: skip
        environment = {**opening.fixed_environment("nl", 1.0), "JUPYTERHUB_API_TOKEN": HUB_TOKEN}
        self.order = self._order(opening.order(self.settings, grant, SUBJECT, PROJECT, environment))

    def _order(self, order: DoorOrder) -> DoorOrder:
        relay_plan = order.relay_plan
        relay = order.relay.model_copy(update={"hub_upstream": self.institution.url})
        plan = order.plan.model_copy(update={"command": (PYTHON, "-c", AGENT)})
        if not self.as_root and os.geteuid() == 0:
            plan, relay_plan = (planned.model_copy(update={"uid": None}) for planned in (plan, relay_plan))
            for path in (self.base, *self.base.rglob("*")):
                os.chown(path, OPERATOR, OPERATOR)
        return order.model_copy(update={"plan": plan, "relay": relay, "relay_plan": relay_plan})

    def __enter__(self) -> Cell:
        other = {"user": OPERATOR, "group": OPERATOR, "extra_groups": []}
        who = other if not self.as_root and os.geteuid() == 0 else {}
        self.door = subprocess.Popen(
            [sys.executable, "-m", "hub.door"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}, **who,  # type: ignore[call-overload]
        )  # fmt: skip
        self.door.stdin.write(self.order.model_dump_json().encode())
        self.door.stdin.close()
        assert self.door.stdout.readline() == STARTED
        assert self.run("print('ready')") == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self.door.terminate()
        self.door.wait(20)
        self.door.stdout.close()
        registry.end_all(self.settings.run)
        forget_groups(self.settings)

    @property
    def record(self) -> registry.Record:
        # Read as it is: the register of an ordinary operator is not root's, and would not be believed.
        return registry.Record.model_validate_json((self.order.directory / registry.FILE).read_bytes())

    def attempt(self, code: str) -> tuple[int, str, str]:
        """Run Python in the sandbox; return exit code (negative: killed by that signal), output and errors."""
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(60)
            talk.connect(str(self.order.directory / "notebook.sock"))
            talk.sendall(textwrap.dedent(code).encode())
            talk.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: talk.recv(65536), b""))
        code_, out, err = json.loads(answer)
        return code_, out.strip(), err.strip()

    def run(self, code: str) -> str:
        """Run Python in the sandbox that must succeed, and return what it printed."""
        status, out, err = self.attempt(code)
        assert status == 0, f"{status}: {err}"
        return out

    def refusal(self, code: str) -> str:
        """Run one statement that must fail, and return the name of the system's error."""
        return self.run(f"""
import os, socket, ctypes, errno
try:
{textwrap.indent(textwrap.dedent(code).strip(), "    ")}
    print("possible")
except OSError as error:
    print(errno.errorcode.get(error.errno, type(error).__name__))
""")


def make_base() -> Path:
    base = Path(tempfile.mkdtemp(prefix="enc"))
    (base / "state").mkdir(mode=0o700)
    make_secrets(base / "state")
    make_data(base / "state")
    (base / "state" / "hub").mkdir()
    (base / "state" / "hub" / "jupyterhub.sqlite").write_text("tokens")
    return base


def operator_has_python() -> bool:
    """Whether an ordinary user can run our Python: not when it lies in the closed home of another."""
    if os.geteuid() != 0:
        return True
    who = {"user": OPERATOR, "group": OPERATOR, "extra_groups": []}
    try:
        trial = subprocess.run([sys.executable, "-c", "import hub.door"], cwd=ROOT, env={}, **who)  # type: ignore[call-overload]
    except PermissionError:
        return False
    return bool(trial.returncode == 0)


def remove(base: Path) -> None:
    shutil.rmtree(base, ignore_errors=True)


def until(condition, seconds: float = 5.0) -> bool:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def descendants(parent: int) -> list[str]:
    """The numbers of the children of a process, and of theirs."""
    listing = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()
    return [*listing, *(found for child in listing for found in descendants(int(child)))]

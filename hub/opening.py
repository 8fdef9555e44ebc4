"""From a grant to a running sandbox: the complete plan, and the start of its door."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from hub.access import SandboxGrant
from hub.door import ROOT, STARTED, DoorOrder
from hub.relay import RelayOrder
from hub.sandbox import disk, mounts
from hub.sandbox.plan import (
    ASSETS,
    DATA,
    ENVIRONMENT,
    HOME,
    LIBRARY,
    PYTHON,
    SOCKETS,
    WORKPLACE,
    Limits,
    SandboxPlan,
)
from hub.sandbox.registry import directory_of
from hub.settings import Settings
from output_checker.text import Language

COMMAND = (PYTHON, f"{WORKPLACE}/launch.py")
START_SECONDS = 20.0
RELAY_LIMITS = Limits(memory_bytes=2**30, processes=64, cpus=1.0, tmp_bytes=2**20, shm_bytes=2**20)
# The watch acts first; the door acts alone when the watch is gone.
WATCH_MARGIN_SECONDS = 10.0


class NotStartedError(RuntimeError):
    """The sandbox did not start; the message is for the log."""


def fixed_environment(language: Language, cores: float) -> dict[str, str]:
    """Variables of every sandbox; they name nothing of the host."""
    return {
        "HOME": HOME, "USER": "researcher", "LOGNAME": "researcher", "SHELL": "/bin/bash", "LANG": "C.UTF-8",
        "PATH": f"{ENVIRONMENT}/bin:/usr/bin:/bin", "PYTHONPATH": LIBRARY, "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": "/tmp", "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - in the sandbox
        "JUPYTER_CONFIG_PATH": f"{WORKPLACE}/jupyter", "JUPYTER_CONFIG_DIR": f"{HOME}/.jupyter",
        "JUPYTERLAB_SETTINGS_DIR": f"{HOME}/.jupyter/lab/user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{HOME}/.jupyter/lab/workspaces",
        "JUPYTER_RUNTIME_DIR": "/tmp/jupyter",  # noqa: S108 - likewise
        "JUPYTER_PLATFORM_DIRS": "1",
        "OMP_NUM_THREADS": str(max(1, round(cores))),
        "ENCLAVE_DATA_DIR": DATA, "ENCLAVE_API_SOCKET": f"{SOCKETS}/api.sock", "ENCLAVE_LANGUAGE": language,
    }  # fmt: skip


def own_user(first: int, project_number: int) -> int | None:
    """Host user of a project; None when the operator is not root and everything runs as the operator.

    Raises NotStartedError for a number outside the range, where it would meet another project's or a person's user.
    """
    if not 0 < project_number < 100_000:
        raise NotStartedError(f"project number {project_number} is out of range")
    return first + project_number if os.geteuid() == 0 else None


def home_of(settings: Settings, project: str, subject: str, uid: int | None) -> Path:
    """Return the home of one person in one project, made when absent; nobody else's is ever visible."""
    home = settings.directory("homes") / project / subject
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if uid is not None:
        os.chown(home, uid, uid)
    return home


def plan(
    settings: Settings, grant: SandboxGrant, subject: str, project: str, environment: Mapping[str, str]
) -> SandboxPlan:
    """Decide everything about one sandbox.

    Raises NotStartedError when the project's data are not there, or the host's disk is full.
    """
    data = Path(grant.data_dir)
    if disk.scarce(settings.directory("homes"), settings.reserve_bytes):
        raise NotStartedError("the disk is full: see ENCLAVE_RESERVE_BYTES")
    if not data.is_dir():
        raise NotStartedError(f"no data directory for project {project}")
    uid = own_user(settings.first_sandbox_uid, grant.project_number)
    sockets = directory_of(settings.run, grant.id) / "in"
    return SandboxPlan(
        id=grant.id,
        uid=uid,
        mounts=(
            *mounts.system(),
            *mounts.tools(settings.sandbox_env),
            *mounts.project(data, home_of(settings, project, subject, uid), sockets),
        ),
        environment=dict(environment),
        command=COMMAND,
        limits=Limits(
            memory_bytes=grant.memory_bytes, processes=grant.processes, cpus=grant.cpus,
            tmp_bytes=settings.tmp_bytes, shm_bytes=settings.shm_bytes, file_bytes=settings.file_bytes,
        ),
    )  # fmt: skip


def relay_plan(settings: Settings, grant: SandboxGrant, directory: Path) -> SandboxPlan:
    """Decide about the sandbox of the relay: as the researcher's, with a network and without data."""
    return SandboxPlan(
        id=grant.id,
        uid=own_user(settings.first_door_uid, grant.project_number),
        mounts=tuple(mounts.relay(settings.sandbox_env, directory)),
        environment={"PYTHONPATH": LIBRARY, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
        command=(PYTHON, "-m", "hub.relay"),
        limits=RELAY_LIMITS,
        network=True,
        directory="/",
    )


def order(
    settings: Settings, grant: SandboxGrant, subject: str, project: str, environment: Mapping[str, str]
) -> DoorOrder:
    """Return the complete order for the door of one sandbox.

    Raises NotStartedError.
    """
    directory = directory_of(settings.run, grant.id)
    return DoorOrder(
        plan=plan(settings, grant, subject, project, environment),
        relay=RelayOrder(
            subject=subject, project=project, token=grant.token,
            hub_upstream=settings.hub_bind_url, api_upstream=settings.api_url.rstrip("/"),
            public_url=settings.hub_url, notebook=Path(SOCKETS, "notebook.sock"), assets=Path(ASSETS),
            budget_bytes=settings.view_budget_bytes, message_bytes=settings.view_message_bytes,
            rate_bytes=settings.view_rate_bytes, file_bytes=settings.show_file_bytes,
            upload_bytes=settings.upload_bytes,
        ),
        relay_plan=relay_plan(settings, grant, directory),
        subject=subject, project=project, directory=directory, cgroup=settings.control_group,
        log=settings.directory("logs") / f"sandbox-{grant.id[:16]}.log",
        silence_seconds=settings.api_silence_seconds + WATCH_MARGIN_SECONDS,
        home=home_of(settings, project, subject, own_user(settings.first_sandbox_uid, grant.project_number)),
        home_bytes=settings.home_bytes, home_files=settings.home_files, reserve_bytes=settings.reserve_bytes,
    )  # fmt: skip


def open_door(order: DoorOrder) -> subprocess.Popen[bytes]:
    """Start the door of a sandbox and return its process once everything runs. Blocks; use a thread.

    Raises NotStartedError.
    """
    with order.log.with_name(order.log.name.replace("sandbox-", "door-")).open("ab") as log:
        door = subprocess.Popen(
            [sys.executable, "-m", "hub.door"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True, cwd=ROOT, env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        )  # fmt: skip
    assert door.stdin is not None  # noqa: S101 - pipes
    assert door.stdout is not None  # noqa: S101
    try:
        with door.stdin:
            door.stdin.write(order.model_dump_json().encode())
        if not select.select([door.stdout], [], [], START_SECONDS)[0] or door.stdout.readline() != STARTED:
            raise NotStartedError(f"the door of sandbox {order.plan.id} did not open; see {log.name}")
    except (NotStartedError, BrokenPipeError) as error:
        door.kill()
        door.wait()
        raise NotStartedError(str(error)) from error
    finally:
        door.stdout.close()
    return door

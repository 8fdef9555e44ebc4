"""Setting up an installation and running its processes."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from api import migrate
from api.db import Database
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from deploy.installation import Installation, PortTakenError
from deploy.supervisor import AlreadyRunningError, StartError, Supervisor, sole_supervisor
from hub.sandbox import cgroup, registry
from hub.settings import ForeignDirectoryError

STATE_FILE = "supervisor.json"
Tell = Callable[[str], None]


def initialise(settings: Settings | None = None) -> list[str]:
    """Make the secrets that are absent and bring the database to the newest shape; return the secrets made."""
    settings = settings or get_settings()
    made = SecretStore(settings.directory("secrets")).ensure()
    database = Database(settings.database)
    try:
        migrate.upgrade(database)
    finally:
        database.dispose()
    return made


def serve(tell: Tell) -> int:
    """Run all processes until SIGINT or SIGTERM; return the exit code."""
    installation = Installation.from_environment()
    initialise()
    try:
        with sole_supervisor(installation.state_dir):
            installation.check_ports()
            return _supervise(installation, tell)
    except (AlreadyRunningError, PortTakenError) as error:
        tell(str(error))
        return 1


def _supervise(installation: Installation, tell: Tell) -> int:
    state = installation.state_dir
    supervisor = Supervisor(installation.services(), state / "logs", state / STATE_FILE)

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.request_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        supervisor.start(lambda name, seconds: tell(f"  {name:<12}{seconds:6.1f} s"))
        if not supervisor.stopping.is_set():
            tell(f"pages      {installation.api_url}\nnotebooks  {installation.hub_url}\nCtrl-C stops")
        supervisor.watch(
            lambda name: tell(f"{name} ended by itself and was started again; see {state / 'logs'}")
        )
    except StartError as error:
        tell(str(error))
        return 1
    finally:
        supervisor.stop()
        end_sandboxes(installation)
    return 0


def end_sandboxes(installation: Installation) -> None:
    """End what the hub leaves running, so that nothing outlives the installation's processes."""
    settings = installation.hub_settings()
    registry.end_all(settings.run)
    cgroup.forget(settings.control_group)
    # A directory that somebody chose, or made before us, may hold things of theirs.
    if settings.run_dir is None:
        with suppress(ForeignDirectoryError):
            shutil.rmtree(settings.own_run(), ignore_errors=True)

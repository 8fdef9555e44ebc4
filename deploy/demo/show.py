"""`enclave demo`: a new environment filled with the demo, the main job before your eyes, then yours to try."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.db import Database
from api.settings import Settings
from deploy.demo import accounts, seed, world
from deploy.demo.journey import Journey, perform
from deploy.demo.steps import STEPS
from deploy.installation import Installation, PortTakenError
from deploy.running import STATE_FILE, initialise
from deploy.supervisor import AlreadyRunningError, sole_supervisor
from output_checker.text import Language, Text

START_SECONDS = 180.0
PAUSE = 0.1
MARKER = "this-is-a-demo"
_SECOND_FACTOR = Text(
    nl="Wie een ambt heeft typt ook een code: van deze opdracht, of van een app met dit geheim:",
    en="Who holds an office types a code too: of this command, or of an app with this secret:",
)


class NotStartedError(RuntimeError):
    """The environment did not start; its own words were printed before."""


def tell(text: str) -> None:
    """Print at once, also when the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show(state: Path, *, stay: bool, language: Language) -> int:
    """Perform the demo in the directory `state`, made anew; return the exit code: 0 when the journey succeeded."""
    try:
        installation = prepare(state.resolve())
        with running(installation):
            succeeded = _journey(installation, language)
            if stay and succeeded:
                _stay(installation, language)
    except (AlreadyRunningError, NotStartedError, PortTakenError) as error:
        tell(str(error))
        return 1
    return 0 if succeeded else 1


def prepare(state: Path, installation: Installation | None = None) -> Installation:
    """Make a demo installation in `state`, replacing an older demo there; raises AlreadyRunningError when one runs."""
    started = time.monotonic()
    _clear(state)
    installation = installation or _installation(state)
    settings = Settings(state_dir=state, api_url=installation.api_url, hub_url=installation.hub_url)
    initialise(settings)
    datasets = state / "world"
    world.make(datasets)
    database = Database(settings.database)
    try:
        seed.seed(database, settings, datasets)
    finally:
        database.dispose()
    tell(f"  {'demo world and people':<28}{time.monotonic() - started:6.1f} s")
    return installation


def _clear(state: Path) -> None:
    """Remove an older demo; anything that is no demo is left alone, whatever the command line said."""
    if state.exists() and any(state.iterdir()) and not (state / MARKER).exists():
        raise NotStartedError(
            f"{state} holds something that is no demo: choose another directory with --state"
        )
    if state.exists():
        with sole_supervisor(state):
            shutil.rmtree(state)
    state.mkdir(parents=True, mode=0o700)
    (state / MARKER).touch()


def _installation(state: Path) -> Installation:
    wanted = Installation.from_environment(state)
    try:
        wanted.check_ports()
    except PortTakenError as error:
        tell(f"  {error}: this demo takes free ones")
        return Installation.on_free_ports(state)
    return wanted


@contextmanager
def running(installation: Installation, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the environment, with further `settings`, in a process of its own while the block lasts.

    Raises NotStartedError.
    """
    environment = {
        **installation.environment,
        "ENCLAVE_DEMO_NOTICE": "1",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    tied = [shutil.which("setpriv") or "setpriv", "--pdeathsig", "TERM", "--"]
    # A session of its own: a Ctrl-C in the terminal comes to the demo, which then stops the environment in order.
    process = subprocess.Popen(
        [*tied, sys.executable, "-m", "deploy.cli", "serve"], env=environment, start_new_session=True
    )
    try:
        _await_ready(process, installation.state_dir / STATE_FILE)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _await_ready(process: subprocess.Popen[bytes], state: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (state.exists() and json.loads(state.read_text())["ready"]):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStartedError("the environment did not start")
        time.sleep(PAUSE)


def _journey(installation: Installation, language: Language) -> bool:
    started = time.monotonic()
    people = accounts.read(installation.state_dir)
    journey = Journey(installation, people, language, installation.state_dir / "downloads")
    succeeded = perform(STEPS, journey, tell)
    verdict = Text(nl="de hele taak", en="the whole job") if succeeded else Text(nl="gestrand", en="stranded")
    tell(f"\n{verdict.in_language(language)}: {time.monotonic() - started:.1f} s")
    return succeeded


def _stay(installation: Installation, language: Language) -> None:
    heading = Text(nl="Nu u. Adressen en accounts:", en="Now you. Addresses and accounts:")
    tell(f"\n{heading.in_language(language)}\n")
    tell(f"  pages      {installation.api_url}\n  notebooks  {installation.hub_url}\n")
    people = accounts.read(installation.state_dir).values()
    for account in people:
        tell(f"  {account.login:<8}{account.password:<24}{account.name:<18}{account.does}")
    tell(f"\n  {_SECOND_FACTOR.in_language(language)}\n")
    for account in people:
        if account.secret:
            tell(f"  enclave code {account.login:<8}  {account.secret}")
    withdrawn = Text(
        nl="(noor's toegang is net ingetrokken; fatima en daan kunnen aan het werk.) Ctrl-C stopt.",
        en="(noor's access was just withdrawn; fatima and daan can start work.) Ctrl-C stops.",
    )
    tell(f"\n  {withdrawn.in_language(language)}")
    _await_signal()


def _await_signal() -> None:
    """Wait for SIGINT or SIGTERM."""
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    signal.sigwait(signals)


def processes(state_dir: Path) -> dict[str, int]:
    """Return the process ids of a running environment by name."""
    return dict(json.loads((state_dir / STATE_FILE).read_text())["processes"])


def kill(state_dir: Path, name: str) -> None:
    """Kill one process of a running environment without a chance to say goodbye, as a power cut would."""
    os.kill(processes(state_dir)[name], signal.SIGKILL)

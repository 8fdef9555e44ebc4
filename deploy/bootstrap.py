"""Prepares a bare clone on Debian 12: Python environments from hashed requirements, npm parts, assets.

Run as ``python3 -m deploy.bootstrap run|test|assets|requirements``. Standard library only. Each step leaves a
stamp with the hash of what it was made from and is skipped while the stamp is current; a lock makes a second
bootstrap wait for the first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy import system_packages
from deploy.system_packages import SystemPackageError

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
TOOLS = BUILD / "tools"
REQUIREMENTS = ROOT / "deploy" / "requirements"
SERVICE_ENV = ROOT / ".venv"
SANDBOX_ENV = ROOT / ".sandbox-env"
LOG = BUILD / "bootstrap.log"
Word = str | Path  # of a command line
OLDEST_NODE = 20
PREFERRED_PYTHON = Path("/usr/bin/python3.11")
UV = TOOLS / "bin" / "uv"
PIP: tuple[Word, ...] = (TOOLS / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")


class BootstrapError(RuntimeError):
    """The machine cannot be prepared; the message says what a person has to do."""


@dataclass(frozen=True)
class Step:
    """Something made once; made again when `product` is gone or `inputs` are no longer what it came from."""

    name: str
    inputs: Sequence[Path]
    product: Path
    make: Callable[[], None]

    @property
    def stamp(self) -> Path:
        """File that holds the hash of what the product was made from."""
        return BUILD / f"{self.name.replace(' ', '-')}.stamp"

    def digest(self) -> str:
        """Return the hash of the inputs, of their names and of the interpreter that serves."""
        digest = hashlib.sha256(str(interpreter()).encode())
        for path in sorted(self.inputs):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Tell whether nothing has to be done."""
        return self.product.exists() and self.stamp.exists() and self.stamp.read_text() == self.digest()


def say(text: str) -> None:
    """Print a line at once, also when the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def perform(step: Step) -> None:
    """Run `step` unless it is current, and print how long it took."""
    if step.is_current():
        return
    started = time.monotonic()
    step.stamp.unlink(missing_ok=True)
    step.make()
    step.stamp.write_text(step.digest())
    say(f"  {step.name:<28}{time.monotonic() - started:6.1f} s")


def command(arguments: Sequence[Word], *, environment: dict[str, str] | None = None) -> None:
    """Run a command in the root of the clone, its words in the log.

    Raises BootstrapError with the last lines of those words when it fails.
    """
    with LOG.open("a+b") as log:
        start = log.seek(0, os.SEEK_END)
        outcome = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
        log.seek(start)
        words = log.read().decode(errors="replace")
    if outcome.returncode:
        tail = "\n".join(words.splitlines()[-15:])
        raise BootstrapError(f"{' '.join(map(str, arguments))} failed:\n{tail}\n(all of it in {LOG})")


def world_readable(path: Path) -> bool:
    """Tell whether a user without rights can run `path` (sandboxes have a uid of their own)."""
    resolved = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (resolved, *resolved.parents))


def interpreter() -> Path:
    """Return the Python that the environments are built on: Debian's own, else the one running."""
    if PREFERRED_PYTHON.exists() and world_readable(PREFERRED_PYTHON):
        return PREFERRED_PYTHON
    return Path(getattr(sys, "_base_executable", sys.executable))


def _can(python: Path, module: str) -> bool:
    probe = [str(python), "-c", f"import {module}"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _pip_maker() -> Path:
    """Return a Python that can make a virtual environment with pip; installs python3-venv when none can."""
    candidates = [interpreter(), Path(sys.executable), *map(Path, filter(None, [shutil.which("python3")]))]
    for python in candidates:
        if _can(python, "ensurepip") and _can(python, "venv"):
            return python
    system_packages.install([system_packages.PYTHON_VENV], LOG)
    return interpreter()


def _make_tools() -> None:
    shutil.rmtree(TOOLS, ignore_errors=True)
    command([_pip_maker(), "-m", "venv", TOOLS])
    command([*PIP, "install", "--require-hashes", "--requirement", REQUIREMENTS / "bootstrap.txt"])


def _pip_setting(name: str) -> str:
    """Return what this machine's pip was told (its files or environment), or an empty text."""
    from_environment = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if from_environment:
        return from_environment
    return subprocess.run(
        [*PIP, "config", "get", f"global.{name}"], capture_output=True, text=True, check=False
    ).stdout.strip()


def _uv_environment() -> dict[str, str]:
    """Return what gives uv the index and certificates of this machine's pip, which uv does not read."""
    settings = {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    for name, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        value = _pip_setting(name)
        if value and variable not in os.environ:
            settings[variable] = value
    return settings


def _install(environment: Path, requirements: Path) -> None:
    """Make `environment` hold exactly `requirements`: with uv, or with pip where uv cannot reach an index."""
    settings = _uv_environment()
    python = environment / "bin" / "python"
    if not python.exists():
        command([UV, "venv", "--clear", "--python", interpreter(), environment], environment=settings)
    # Compiled here, as pip does: a sandbox could not keep what it compiles, and would do so at each start.
    options = ("--python", python, "--require-hashes", "--compile-bytecode")
    try:
        command([UV, "pip", "sync", *options, requirements], environment=settings)
    except BootstrapError:
        say(f"  uv could not fill {environment.name}: pip does it, which takes longer")
        command([*PIP, "--python", python, "install", "--require-hashes", "--requirement", requirements])


def _fill_service_env(requirements: Path) -> None:
    _install(SERVICE_ENV, requirements)
    # The build tools are among the hashed requirements: nothing unhashed is fetched to install the project.
    offline = ("--no-deps", "--no-build-isolation", "--no-index")
    python = SERVICE_ENV / "bin" / "python"
    command(
        [UV, "pip", "install", "--python", python, *offline, "--editable", ROOT],
        environment=_uv_environment(),
    )


def tools() -> Step:
    """Return the step that fetches uv, which installs the rest in seconds."""
    return Step("installer", [REQUIREMENTS / "bootstrap.txt"], UV, _make_tools)


def service_env(*, with_tests: bool) -> Step:
    """Return the step that makes the environment of the services.

    An environment that already holds the test tools keeps them: a demo never takes them from a test run.
    """
    test = Step("tests environment", [], SERVICE_ENV, lambda: None).stamp
    kind = "test" if with_tests or test.exists() else "service"
    requirements = REQUIREMENTS / f"{kind}.txt"
    return Step(
        "tests environment" if kind == "test" else "service environment",
        [requirements, ROOT / "pyproject.toml"],
        SERVICE_ENV / "bin" / "enclave",
        lambda: _fill_service_env(requirements),
    )


def sandbox_env() -> Step:
    """Return the step that makes what a sandbox holds: notebooks and statistics, nothing of the services."""
    requirements = REQUIREMENTS / "sandbox.txt"
    product = SANDBOX_ENV / "bin" / "jupyter-lab"
    return Step("sandbox environment", [requirements], product, lambda: _install(SANDBOX_ENV, requirements))


def _npm() -> str:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise BootstrapError("Node.js 20 or newer with npm is needed (Debian 12's own is 18: too old).")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        raise BootstrapError(f"Node.js {OLDEST_NODE} or newer is needed; this machine has {version}.")
    return npm


def npm_packages() -> Step:
    """Return the step that installs the npm packages of the lock file; no package may run a script."""
    inputs = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    product = ROOT / "node_modules" / ".bin" / "configurable-http-proxy"
    return Step("npm packages", inputs, product, lambda: command([_npm(), "ci", "--ignore-scripts"]))


def assets() -> Step:
    """Return the step that copies and joins styles and scripts of the pages."""
    web = ROOT / "api" / "web"
    made = (web / "static", web / "__pycache__")
    sources = [path for path in web.rglob("*") if path.is_file() and not set(made) & set(path.parents)]
    inputs = [ROOT / "package-lock.json", *sources]
    build: list[Word] = [SERVICE_ENV / "bin" / "python", "-m", "api.web.build_assets"]
    return Step("assets of the pages", inputs, web / "static", lambda: command(build))


def prepare_system(packages: Sequence[system_packages.SystemPackage]) -> None:
    """Install the Debian packages that are missing; raises SystemPackageError with the line to run."""
    missing = system_packages.missing(packages)
    if not missing:
        return
    started = time.monotonic()
    system_packages.install(missing, LOG)
    names = ", ".join(package.name for package in missing)
    say(f"  {'Debian packages':<28}{time.monotonic() - started:6.1f} s   {names}")


def prepare(*, with_tests: bool) -> None:
    """Prepare all that the environment needs to run, and what the tests need besides."""
    prepare_system(system_packages.TO_TEST if with_tests else system_packages.TO_RUN)
    for make in (tools, lambda: service_env(with_tests=with_tests), sandbox_env, npm_packages, assets):
        perform(make())


def prepare_assets() -> None:
    """Prepare the pages' styles and scripts only."""
    for make in (tools, lambda: service_env(with_tests=False), npm_packages, assets):
        perform(make())


COMPILE: tuple[Word, ...] = (
    *(UV, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-header"),
)


def _compile(source: Path, name: str, options: Sequence[Word]) -> None:
    output = REQUIREMENTS / f"{name}.txt"
    command([*COMPILE, *options, source, "--output-file", output], environment=_uv_environment())


def compile_requirements() -> None:
    """Resolve the requirement files from pyproject.toml, with hashes and without any address."""
    perform(tools())
    project = ROOT / "pyproject.toml"
    same_versions = ("--constraint", REQUIREMENTS / "service.txt")
    _compile(project, "service", ["--extra=build"])
    _compile(project, "test", ["--extra=build", "--extra=test", *same_versions])
    # The sandbox holds none of the services' packages, and the driver is added to a service that stands: their lists
    # are compiled on their own, not as extras.
    extras = tomllib.loads(project.read_text())["project"]["optional-dependencies"]
    for name in ("sandbox", "postgresql"):
        wanted = BUILD / f"{name}.in"
        wanted.write_text("\n".join(extras[name]) + "\n")
        _compile(wanted, name, ["--no-annotate", *same_versions])


TARGETS: dict[str, Callable[[], None]] = {
    "run": lambda: prepare(with_tests=False),
    "test": lambda: prepare(with_tests=True),
    "assets": prepare_assets,
    "requirements": compile_requirements,
}


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock of this clone; says so when another bootstrap has to be waited for."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  another bootstrap is at work in this clone: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    """Run the target named in `arguments`; return the exit code."""
    target = TARGETS.get(arguments[0]) if len(arguments) == 1 else None
    if target is None:
        say(f"one of these is wanted: {', '.join(TARGETS)}")
        return 2
    try:
        with locked():
            target()
    except (BootstrapError, SystemPackageError) as error:
        say(f"\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

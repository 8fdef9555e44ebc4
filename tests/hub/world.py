"""A real workplace on free ports for the tests: proxy, hub and watch as processes, around a fake institution."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from hub import proxy
from hub.sandbox import cgroup, registry
from hub.settings import Settings
from tests.hub.fakes import SUBJECT, FakeInstitution

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "minimum-incomes"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_secrets(state: Path) -> None:
    place = state / "secrets"
    place.mkdir(mode=0o700)
    for name in ("hub_client_secret", "hub_service_token", "proxy_auth_token", "watch_token"):
        (place / name).write_text(secrets.token_urlsafe(32))
    (place / "hub_cookie_secret").write_text(secrets.token_hex(32))


def make_data(state: Path) -> Path:
    data = state / "views" / PROJECT
    data.mkdir(parents=True)
    (data / "project.json").write_text('{"slug": "minimum-incomes"}')
    (state / "views" / "other-project").mkdir()
    (state / "views" / "other-project" / "secret.csv").write_text("1")
    return data


class Workplace:
    """Everything a person meets at the hub's address."""

    def __init__(self, **settings: str) -> None:
        # Sockets need a short path, so not pytest's own directories.
        self.base = Path(tempfile.mkdtemp(prefix="enc"))
        self.state = self.base / "state"
        self.state.mkdir(mode=0o700)
        make_secrets(self.state)
        data = make_data(self.state)
        self.institution = FakeInstitution(
            str(data), (self.state / "secrets" / "hub_service_token").read_text()
        )
        self.extra = settings
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Workplace:
        self.institution.__enter__()
        self.environment = {
            "ENCLAVE_STATE_DIR": str(self.state),
            "ENCLAVE_RUN_DIR": str(self.base / "run"),
            "ENCLAVE_API_URL": self.institution.url,
            "ENCLAVE_HUB_URL": f"http://127.0.0.1:{free_port()}",
            "ENCLAVE_HUB_PORT": str(free_port()),
            "ENCLAVE_PROXY_API_PORT": str(free_port()),
            "ENCLAVE_SANDBOX_ENV": str(ROOT / ".sandbox-env"),
            **proxy_setting(),
            **self.extra,
        }
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        self.settings = Settings()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        self.start("proxy", proxy.command(self.settings), proxy.environment(self.settings))
        self.start_hub()
        self.start("watch", [sys.executable, "-m", "hub.watch"])
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.end(name)
        registry.end_all(self.settings.run)
        forget_groups(self.settings)
        self.institution.__exit__()
        shutil.rmtree(self.base, ignore_errors=True)

    def start(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        log = (self.base / f"{name}.log").open("ab")
        env = environment or {"PATH": os.environ["PATH"], **self.environment}
        self.processes[name] = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
        log.close()

    def start_hub(self) -> None:
        self.start("hub", [sys.executable, "-m", "jupyterhub", "-f", "hub/jupyterhub_config.py"])
        self.wait(lambda: self._answers(f"{self.settings.hub_url}/hub/health"), "the hub starts", 40)

    def _answers(self, address: str) -> bool:
        try:
            return httpx.get(address, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def end(self, name: str, kill: bool = False) -> None:
        process = self.processes.pop(name)
        process.kill() if kill else process.terminate()
        process.wait(20)

    def wait(self, condition, what: str, seconds: float = 30.0) -> float:  # type: ignore[no-untyped-def]
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, f"not in {seconds} s: {what}\n{self.logs()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def logs(self) -> str:
        files = [*self.base.glob("*.log"), *self.state.glob("logs/*.log")]
        return "\n".join(
            f"--- {file.name}\n{file.read_text()[-2000:]}" for file in files if file.name != "proxy.log"
        )

    def person(self) -> httpx.Client:
        """A browser: keeps cookies and follows redirects."""
        return httpx.Client(
            base_url=self.settings.hub_url, follow_redirects=True, trust_env=False, timeout=30,
            headers={"Accept-Language": "en", "Sec-Fetch-Mode": "navigate"},
        )  # fmt: skip

    def wait_for_page(self, person: httpx.Client, address: str, status: int) -> str:
        """Ask for a page until it has this status, and return it."""
        pages: list[httpx.Response] = []

        def found() -> bool:
            pages.append(person.get(address))
            return pages[-1].status_code == status

        self.wait(found, f"{address} with status {status}", 20)
        return pages[-1].text

    @property
    def notebook(self) -> str:
        return f"/user/{SUBJECT}/{PROJECT}"

    def open(self, person: httpx.Client) -> float:
        """Open the project and wait for JupyterLab's page; return the seconds it took."""
        began = time.monotonic()
        person.get(f"/hub/open/{PROJECT}")
        self.wait(lambda: "jupyter-config-data" in person.get(f"{self.notebook}/lab").text, "JupyterLab", 60)
        return time.monotonic() - began


def forget_groups(settings: Settings) -> None:
    """Remove the empty control groups of an installation that was made for a test."""
    for place in cgroup.ROOT.glob(f"*/enclave-{settings.fingerprint}"):
        place.rmdir()


def proxy_setting() -> dict[str, str]:
    """Where the proxy program is, when it is not in its place in the project."""
    program = os.environ.get("ENCLAVE_PROXY_COMMAND")
    return {"ENCLAVE_PROXY_COMMAND": program} if program else {}


def xsrf(person: httpx.Client, path: str) -> str:
    found = [
        cookie.value
        for cookie in person.cookies.jar
        if cookie.name == "_xsrf" and cookie.path.startswith(path)
    ]
    assert found
    return (found[0] or "").strip('"')

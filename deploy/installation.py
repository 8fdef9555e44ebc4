"""One installation of Urban Enclave on one machine: where its state is, on which ports it listens, what runs."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.supervisor import Service, answers, listens
from hub import proxy
from hub.settings import Settings as HubSettings

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"


class PortTakenError(RuntimeError):
    """Something else listens on a port that this installation wants; the message names the port and the setting."""


@dataclass(frozen=True)
class Installation:
    """The settings that all processes of an installation have to agree on."""

    state_dir: Path
    api_url: str
    hub_url: str
    hub_port: int
    proxy_api_port: int

    @classmethod
    def from_environment(cls, state_dir: Path | None = None) -> Installation:
        """Return the installation that the ``ENCLAVE_`` variables describe, in `state_dir` when that is given."""
        settings = HubSettings()
        return cls(
            state_dir=(state_dir or settings.state).resolve(),
            api_url=settings.api_url,
            hub_url=settings.hub_url,
            hub_port=settings.hub_port,
            proxy_api_port=settings.proxy_api_port,
        )

    @classmethod
    def on_free_ports(cls, state_dir: Path) -> Installation:
        """Return an installation in `state_dir` on ports that are free now."""
        api, hub, hub_port, proxy_api_port = _free_ports(4)
        # Two host names: cookies ignore ports, and the notebooks' origin must never get the pages' cookies.
        return cls(
            state_dir=state_dir.resolve(),
            api_url=f"http://localhost:{api}",
            hub_url=f"http://{LOOPBACK}:{hub}",
            hub_port=hub_port,
            proxy_api_port=proxy_api_port,
        )

    @property
    def ports(self) -> dict[str, int]:
        """Ports by the setting that changes them."""
        return {
            "ENCLAVE_API_URL": urlsplit(self.api_url).port or 80,
            "ENCLAVE_HUB_URL": urlsplit(self.hub_url).port or 80,
            "ENCLAVE_HUB_PORT": self.hub_port,
            "ENCLAVE_PROXY_API_PORT": self.proxy_api_port,
        }

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that make a process part of this installation."""
        return {
            "ENCLAVE_STATE_DIR": str(self.state_dir),
            "ENCLAVE_API_URL": self.api_url,
            "ENCLAVE_HUB_URL": self.hub_url,
            "ENCLAVE_HUB_PORT": str(self.hub_port),
            "ENCLAVE_PROXY_API_PORT": str(self.proxy_api_port),
            "ENCLAVE_SANDBOX_ENV": os.environ.get("ENCLAVE_SANDBOX_ENV", str(ROOT / ".sandbox-env")),
        }

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a child process: this process's, with the variables of the installation."""
        return {**os.environ, **self.variables}

    def check_ports(self) -> None:
        """Raise PortTakenError when a port is in use."""
        for setting, port in self.ports.items():
            if not _is_free(port):
                raise PortTakenError(f"port {port} is taken on this machine: choose another with {setting}")

    def hub_settings(self) -> HubSettings:
        """Return the settings that the hub of this installation reads from its environment."""
        return HubSettings(
            state_dir=self.state_dir,
            api_url=self.api_url,
            hub_url=self.hub_url,
            hub_port=self.hub_port,
            proxy_api_port=self.proxy_api_port,
        )

    def services(self) -> list[Service]:
        """Return the processes of this installation, in the order in which they start."""
        settings = self.hub_settings()
        return [
            self._api(),
            self._python("worker", "api.jobs"),
            self._proxy(settings),
            self._hub(),
            self._watch(),
        ]

    def _python(self, name: str, module: str) -> Service:
        return Service(name, [sys.executable, "-m", module], self.environment)

    def _api(self) -> Service:
        where = ["--host", LOOPBACK, "--port", str(self.ports["ENCLAVE_API_URL"])]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "api.app:create_app",
            "--factory",
            "--no-server-header",
            "--no-access-log",
            *self._believing(),
            *where,
        ]
        return Service("api", command, self.environment, lambda: answers(f"{self.api_url}/internal/health"))

    def _believing(self) -> list[str]:
        """Whose word the api takes for the address of a client: nobody's, unless the operator names proxies."""
        proxies = self.hub_settings().trusted_proxies.split()
        return (
            ["--proxy-headers", "--forwarded-allow-ips", ",".join(proxies)]
            if proxies
            else ["--no-proxy-headers"]
        )

    def _proxy(self, settings: HubSettings) -> Service:
        command, environment = proxy.command(settings), proxy.environment(settings)
        return Service("proxy", command, environment, lambda: listens(self.ports["ENCLAVE_HUB_URL"]))

    def _hub(self) -> Service:
        command = [sys.executable, "-m", "jupyterhub", "--config", str(ROOT / "hub" / "jupyterhub_config.py")]
        return Service("hub", command, self.environment, lambda: answers(f"{self.hub_url}/hub/health"))

    def _watch(self) -> Service:
        return self._python("watch", "hub.watch")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _free_ports(count: int) -> list[int]:
    """Return `count` different free ports; they are held until all are chosen, so that none is given twice."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()

"""The spawner: asks the api, plans a sandbox, opens its door, and finds it again after a restart of the hub."""

from __future__ import annotations

import asyncio
import subprocess
from functools import partial
from typing import Any
from urllib.parse import quote

from jupyterhub.objects import Server
from jupyterhub.spawner import Spawner
from jupyterhub.utils import maybe_future

from hub import opening, pages, words
from hub.access import AccessClient, ApiSilentError, SpawnAnswer, login_shown
from hub.client_address import client_address
from hub.sandbox import registry
from hub.sandbox.mounts import UnusableEnvironmentError
from hub.sandbox.plan import HOME, SOCKETS
from hub.sandbox.processes import Process
from hub.settings import Settings, get_settings
from output_checker.text import Language, Text

# Of what JupyterHub would give a server only its own variables go in: nothing of the hub's environment.
PASSED_PREFIXES = ("JUPYTERHUB_", "MEM_LIMIT", "CPU_LIMIT")


class BubblewrapSpawner(Spawner):  # type: ignore[misc]  # JupyterHub has no types
    """One named server = one project. The server's address is a socket of the guard on the host."""

    sandbox = ""
    door: Process | None = None
    _child: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """Settings of the workplace."""
        return get_settings()

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the sandbox again after a restart of the hub; its door went on without us."""
        super().load_state(state)
        self.sandbox = state.get("sandbox", "")
        if "door" in state:
            self.door = Process(state["door"], state["door_started"])

    def get_state(self) -> dict[str, Any]:
        """Return what load_state needs."""
        state: dict[str, Any] = super().get_state()
        if self.door is not None:
            state |= {"sandbox": self.sandbox, "door": self.door.number, "door_started": self.door.started}
        return state

    def clear_state(self) -> None:
        """Forget the sandbox."""
        super().clear_state()
        self.sandbox, self.door, self._child = "", None, None

    @property
    def address(self) -> str:
        """Where the proxy and the hub find this server."""
        socket = registry.directory_of(self.settings.run, self.sandbox) / "front.sock"
        return f"http+unix://{quote(str(socket), safe='')}"

    @property
    def server(self) -> Server:
        """The server with its socket address, which JupyterHub's database cannot hold (only protocol, host and port)."""
        server = Spawner.server.fget(self)
        if server is not None and server.proto == "http+unix" and self.sandbox and not server.connect_url:
            server.connect_url = self.address
        return server

    @server.setter
    def server(self, server: Server) -> None:
        Spawner.server.fset(self, server)

    async def get_url(self) -> str:
        """Return the address after a restart of the hub."""
        return str(self.server.url)

    async def start(self) -> str:
        """Start the sandbox of this project, or refuse with words for the person."""
        if not self.name:
            raise self._refusal(400, "no_project", words.CHOOSE_PROJECT)
        answer = await self._ask()
        grant = answer.sandbox
        if not answer.allowed or grant is None:
            raise pages.refused(answer.unmet, answer.language, self._projects)
        self.mem_limit, self.cpu_limit = grant.memory_bytes, grant.cpus
        environment = self._environment(answer.language, grant.cpus)
        await asyncio.to_thread(self._end_previous)
        prepare = partial(opening.order, self.settings, grant, self.user.name, self.name, environment)
        self.sandbox = grant.id
        try:
            self._child = await asyncio.to_thread(lambda: opening.open_door(prepare()))
        except (opening.NotStartedError, UnusableEnvironmentError, OSError) as error:
            self.log.error("Sandbox of %s did not start: %s", self._log_name, error)
            raise self._refusal(500, "not_started", words.NOT_STARTED, answer.language) from error
        self.door = Process.of(self._child.pid)
        return self.address

    async def _ask(self) -> SpawnAnswer:
        try:
            login = login_shown(await self.user.get_auth_state(), self._address)
            return await AccessClient.of(self.settings).spawn(self.user.name, self.name, self.name, login)
        except ApiSilentError as error:
            self.log.error("Access of %s cannot be checked: %s", self._log_name, error)
            raise self._refusal(503, "api_silent", words.SILENT) from error

    @property
    def _address(self) -> str:
        """From where the person asks; "" when nobody does."""
        if self.handler is None:
            return ""
        return client_address(self.handler.request.headers, self.settings.trusted_proxies)

    def _environment(self, language: Language, cores: float) -> dict[str, str]:
        self.ip, self.port = "127.0.0.1", 8888
        self.hub_connect_url = f"http+unix://{quote(f'{SOCKETS}/hub.sock', safe='')}"
        self.notebook_dir, self.default_url = HOME, "/lab"
        given = {name: value for name, value in self.get_env().items() if name.startswith(PASSED_PREFIXES)}
        return {**given, **opening.fixed_environment(language, cores)}

    def _end_previous(self) -> None:
        """End what may still run for this person and project: two sandboxes would share one home."""
        for record in registry.running(self.settings.run):
            if (record.subject, record.project) == (self.user.name, self.name):
                registry.end(record)

    async def poll(self) -> int | None:
        """Return None while the sandbox runs, else an exit code."""
        if self._child is not None and (code := self._child.poll()) is not None:
            return code
        return None if self.door is not None and self.door.alive else 0

    async def stop(self, now: bool = False) -> None:
        """End the sandbox for certain: its door, every process of it, its sockets."""
        record = registry.find(self.settings.run, self.sandbox)
        if record is not None:
            await asyncio.to_thread(registry.end, record)
        if self._child is not None:
            await asyncio.to_thread(self._child.wait, registry.PATIENCE_SECONDS)

    async def run_post_stop_hook(self) -> None:
        """Tell the api that the sandbox is gone, however it ended, so that its token dies with it."""
        await maybe_future(super().run_post_stop_hook())
        if self.sandbox:
            try:
                await AccessClient.of(self.settings).stopped(self.sandbox)
            except ApiSilentError as error:
                self.log.error("The api was not told that sandbox %s stopped: %s", self.sandbox, error)

    def _refusal(
        self, status: int, reason: str, message: Text, language: Language | None = None
    ) -> pages.Refusal:
        if language is None:
            headers = self.handler.request.headers if self.handler is not None else {}
            language = words.language_of(headers.get("Accept-Language"))
        return pages.plainly_refused(status, reason, message, language, self._projects)

    @property
    def _projects(self) -> str:
        return f"{self.settings.api_url.rstrip('/')}/projects"

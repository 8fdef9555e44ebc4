"""The watch: asks the api every second which sandboxes must end, and ends them whether or not the hub obeys.

Run as ``python -m hub.watch``. Withdrawn access ends within 5 seconds: 1 to notice, the rest to end; nothing waits for the
hub, which is told at the same time so that its pages agree.
When the api is silent for too long every sandbox ends: closed on doubt. Doors end by themselves when the watch is gone.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx

from hub.access import AccessClient, ApiSilentError
from hub.door import HEARTBEAT, ROOT
from hub.sandbox import registry
from hub.settings import Settings, get_settings

ENDING_AT_ONCE = 64
REMOVING = (sys.executable, "-m", "hub.removal")
log = logging.getLogger("hub.watch")


class Watch:
    """Keeps the running sandboxes in step with the api's decisions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.access = AccessClient.of(settings, timeout=min(2.0, settings.api_silence_seconds))
        self.heard = time.monotonic()
        self.ending: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Watch until killed."""
        await asyncio.gather(self._watch(), self._remove_homes())

    async def _watch(self) -> None:
        # A project that closes ends all its sandboxes at once: none waits for another to be gone.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ENDING_AT_ONCE))
        while True:
            await self.round()
            await asyncio.sleep(self.settings.watch_seconds)

    async def _remove_homes(self) -> None:
        """Have the homes of closed projects removed when their time is over, apart from the watching itself."""
        while True:
            await self.removal_round()
            await asyncio.sleep(self.settings.removal_seconds)

    async def removal_round(self) -> None:
        """Ask once which homes must go, and start who removes them when there are any; return when that is done."""
        try:
            if (await self.access.removals()).projects:
                removing = await asyncio.create_subprocess_exec(*REMOVING, cwd=ROOT)
                await removing.wait()
        except (ApiSilentError, OSError) as error:
            log.error("no homes are removed now: %s", error)

    async def round(self) -> None:
        """Ask once, and begin to end what must end."""
        running = {record.id: record for record in registry.running(self.settings.run)}
        self.ending = {name: task for name, task in self.ending.items() if not task.done()}
        for name in await self._condemned(list(running)):
            if name in running and name not in self.ending:
                log.warning("sandbox %s of project %s ends", name, running[name].project)
                self.ending[name] = asyncio.create_task(self.end(running[name]))

    async def _condemned(self, running: list[str]) -> list[str]:
        try:
            answer = await self.access.alive(running)
        except ApiSilentError as error:
            silent = time.monotonic() - self.heard
            log.error("the api is silent for %.0f seconds: %s", silent, error)
            return running if silent > self.settings.api_silence_seconds else []
        self.heard = time.monotonic()
        self._beat()
        return [stop.id for stop in answer.stop]

    def _beat(self) -> None:
        """Tell the doors that somebody checked with the api just now."""
        (self.settings.own_run() / HEARTBEAT).touch()

    async def end(self, record: registry.Record) -> None:
        """End one sandbox for certain, and tell the hub and the api; also what a door that is gone may have left goes."""
        await asyncio.gather(asyncio.to_thread(registry.end, record), self._tell_hub(record))
        try:
            await self.access.stopped(record.id)
        except ApiSilentError as error:
            log.error("the api was not told that sandbox %s stopped: %s", record.id, error)

    async def _tell_hub(self, record: registry.Record) -> None:
        """Have the hub stop its server of this sandbox, which it finds ended or ending."""
        server = f"users/{quote(record.subject, safe='')}/servers/{quote(record.project, safe='')}"
        headers = {"Authorization": f"token {self.settings.secret('watch_token')}"}
        try:
            async with httpx.AsyncClient(timeout=self.settings.obey_seconds, trust_env=False) as client:
                answer = await client.delete(
                    f"{self.settings.hub_bind_url}/hub/api/{server}", headers=headers
                )
        except httpx.HTTPError as error:
            log.error("the hub does not answer: %s", type(error).__name__)
            return
        if not answer.is_success:
            log.error("the hub did not stop sandbox %s: status %s", record.id, answer.status_code)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(Watch(get_settings()).run())

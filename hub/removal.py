"""The removal of homes: what people worked on goes when the time to keep it, after their project closed, is over.

Run as ``python -m hub.removal``, which the watch does when the api names a project. The api decides what goes; the homes
are the workplace's, so only it counts and removes them. What is counted is reported before anything is removed, and that
all is gone once nothing is left: killed at any line, the next run goes on from there.
"""

from __future__ import annotations

import asyncio
import logging

from hub import trees
from hub.access import AccessClient, ApiSilentError, Home, Removal
from hub.sandbox import registry
from hub.settings import Settings, get_settings

ANSWER_SECONDS = 30.0
log = logging.getLogger("hub.removal")


async def remove_homes(settings: Settings) -> None:
    """Count and remove the homes of every project that the api names; what fails is told, and the others go on.

    Raises ApiSilentError when the api does not answer, or did not take what it was told of one of them.
    """
    access, unheard = AccessClient.of(settings, timeout=ANSWER_SECONDS), None
    for removal in (await access.removals()).projects:
        if any(one.project == removal.project for one in registry.running(settings.run)):
            continue  # It ends within seconds, and may write until then.
        try:
            await _try(settings, access, removal)
        except ApiSilentError as error:
            # What one project holds must not keep the homes of all others.
            unheard = error
    if unheard is not None:
        raise unheard


async def _try(settings: Settings, access: AccessClient, removal: Removal) -> None:
    try:
        await _remove(settings, access, removal)
    except OSError as error:
        kept = error.count if isinstance(error, trees.NotRemovedError) else 0
        log.error("the homes of project %s were not removed: %s", removal.project, error.strerror)
        await access.not_removed(removal.project, str(error.strerror), kept)


async def _remove(settings: Settings, access: AccessClient, removal: Removal) -> None:
    homes = settings.directory("homes")
    if not removal.counted:
        found = await asyncio.to_thread(trees.count, homes, removal.project)
        await access.counted(removal.project, _home("", found.counts, found.sha256), _homes(found))
    await asyncio.to_thread(trees.remove, homes, removal.project)
    await access.removed(removal.project)


def _homes(found: trees.Inventory) -> list[Home]:
    return [_home(part.name, part.counts, part.sha256) for part in found.parts]


def _home(person: str, counts: trees.Counts, sha256: str) -> Home:
    return Home(person=person, sha256=sha256, **vars(counts))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(remove_homes(get_settings()))

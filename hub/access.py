"""Client of the api's doors for the workplace: may this person open this project, and is it still so?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.settings import Settings
from output_checker.text import Language, Text

Model = TypeVar("Model", bound=BaseModel)


class ApiSilentError(RuntimeError):
    """The api gave no usable answer; the caller must treat this as a refusal."""


class Words(BaseModel):
    """A Text as it travels in JSON."""

    model_config = ConfigDict(frozen=True)
    nl: str
    en: str

    @property
    def text(self) -> Text:
        """The message for people."""
        return Text(nl=self.nl, en=self.en)


class Unmet(BaseModel):
    """One condition of the grant that is not met, with what to do about it."""

    model_config = ConfigDict(frozen=True)
    condition: str
    reason: Words
    remedy: Words | None = None


class SandboxGrant(BaseModel):
    """What the api grants for one sandbox: identity, data, token for its bridge, limits."""

    model_config = ConfigDict(frozen=True)
    id: str
    project_number: int
    data_dir: str
    token: str
    memory_bytes: int
    processes: int
    cpus: float


class SpawnAnswer(BaseModel):
    """The api's decision about one spawn."""

    model_config = ConfigDict(frozen=True)
    allowed: bool
    unmet: list[Unmet] = []
    language: Language = "nl"
    sandbox: SandboxGrant | None = None


class Stop(BaseModel):
    """A running sandbox that must end, and why."""

    model_config = ConfigDict(frozen=True)
    id: str
    unmet: list[Unmet] = []


class AliveAnswer(BaseModel):
    """Which of the sandboxes asked about must end."""

    model_config = ConfigDict(frozen=True)
    stop: list[Stop] = []


class Removal(BaseModel):
    """A project whose homes must go; `counted` says that the api knows what was in them."""

    model_config = ConfigDict(frozen=True)
    # It becomes a name in the directory of homes.
    project: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")
    counted: bool


class RemovalsAnswer(BaseModel):
    """The projects whose homes must go."""

    model_config = ConfigDict(frozen=True)
    projects: list[Removal] = []


class Home(BaseModel):
    """What is counted of one person's home before it goes ("" as person: of all together), with its sha256."""

    model_config = ConfigDict(frozen=True)
    person: str
    files: int
    directories: int
    links: int
    others: int
    bytes: int
    sha256: str


def login_shown(claims: Mapping[str, Any] | None, address: str) -> dict[str, Any] | None:
    """Return what the api is told of a login: how, when, and from which address; None when it is not known."""
    if not claims or "auth_time" not in claims:
        return None
    return {
        "acr": str(claims.get("acr", "")),
        "amr": [str(method) for method in claims.get("amr", ())],
        "auth_time": int(claims["auth_time"]),
        "address": address,
    }


@dataclass(frozen=True)
class AccessClient:
    """Speaks to ``/internal/hub`` with the service token."""

    api_url: str
    token: str
    timeout: float = 5.0

    @classmethod
    def of(cls, settings: Settings, timeout: float = 5.0) -> AccessClient:
        """Return the client of this installation."""
        return cls(settings.api_url.rstrip("/"), settings.secret("hub_service_token"), timeout)

    async def spawn(
        self, subject: str, project: str, server: str, login: dict[str, Any] | None = None
    ) -> SpawnAnswer:
        """Ask whether `subject` may open `project` now; `login` is how they logged in, and from where (see login_shown).

        Raises ApiSilentError when there is no lawful answer.
        """
        question = {"subject": subject, "project": project, "server": server, "login": login}
        content = await self._post("spawn", question)
        answer = _lawful(SpawnAnswer, content)
        if answer.allowed and answer.sandbox is None:
            raise ApiSilentError("allowed without a sandbox")
        return answer

    async def alive(self, sandboxes: list[str]) -> AliveAnswer:
        """Ask which of the running sandboxes must end.

        Raises ApiSilentError when there is no lawful answer.
        """
        return _lawful(AliveAnswer, await self._post("alive", {"sandboxes": sandboxes}))

    async def stopped(self, sandbox: str) -> None:
        """Tell that a sandbox ended, so that its token is revoked.

        Raises ApiSilentError when the api did not take the message.
        """
        await self._post("stopped", {"sandbox": sandbox})

    async def removals(self) -> RemovalsAnswer:
        """Ask which projects' homes must go.

        Raises ApiSilentError when there is no lawful answer.
        """
        return _lawful(RemovalsAnswer, await self._post("removals", {}))

    async def counted(self, project: str, total: Home, homes: list[Home]) -> None:
        """Tell what is in the homes of a project, before anything is removed.

        Raises ApiSilentError when the api did not take the message.
        """
        counted = {"total": total.model_dump(), "homes": [home.model_dump() for home in homes]}
        await self._post("removals/counted", {"project": project, **counted})

    async def removed(self, project: str) -> None:
        """Tell that the homes of a project are gone.

        Raises ApiSilentError when the api did not take the message.
        """
        await self._post("removals/removed", {"project": project})

    async def not_removed(self, project: str, why: str, kept: int) -> None:
        """Tell that homes of a project could not be removed: how many entries were kept, and why the first of them.

        Raises ApiSilentError when the api did not take the message.
        """
        await self._post("removals/failed", {"project": project, "why": why, "kept": kept})

    async def _post(self, door: str, message: dict[str, Any]) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            # Environment proxies would take the token elsewhere; redirects would too.
            async with httpx.AsyncClient(timeout=self.timeout, trust_env=False) as client:
                answer = await client.post(
                    f"{self.api_url}/internal/hub/{door}", json=message, headers=headers
                )
        except httpx.HTTPError as error:
            raise ApiSilentError(f"{door}: {type(error).__name__}") from error
        if not answer.is_success:
            raise ApiSilentError(f"{door}: status {answer.status_code}")
        return answer.content


def _lawful(model: type[Model], content: bytes) -> Model:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise ApiSilentError("the api's answer is not of the agreed shape") from error

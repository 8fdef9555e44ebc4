"""Settings of the workplace, read from the environment (prefix ``ENCLAVE_``); names shared with the api mean the same there."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class MissingSecretError(RuntimeError):
    """A secret has no file: the installation was not initialised (run ``enclave init``)."""


class ForeignDirectoryError(RuntimeError):
    """A directory that decides what is ended and removed can be written by somebody else."""


class Settings(BaseSettings):
    """Where things are, how the parts reach each other, and the limits of the boundary (seconds, bytes)."""

    model_config = SettingsConfigDict(env_prefix="ENCLAVE_", frozen=True)

    state_dir: Path = Field(
        default=Path(".enclave"), description="Directory of everything the environment keeps."
    )
    run_dir: Path | None = Field(default=None, description="Short directory for sockets; empty picks one.")
    api_url: str = Field(
        default="http://localhost:8001", description="Public address of pages, api and provider."
    )
    hub_url: str = Field(default="http://127.0.0.1:8000", description="Public address of JupyterHub.")
    issuer: str = Field(default="", description="OpenID Connect issuer; empty means the embedded provider.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of proxies in front, separated by spaces: who they say they speak for is believed.",
    )
    hub_client_id: str = Field(default="hub", description="Name of the workplace at another issuer.")
    subject_claim: str = Field(
        default="sub", description="Claim of another issuer that holds the stable name of a person."
    )
    sandbox_env: Path = Field(default=Path(".sandbox-env"), description="Virtual environment a sandbox sees.")
    hub_port: int = Field(default=8081, description="Loopback port of the hub itself, behind the proxy.")
    proxy_api_port: int = Field(default=8002, description="Loopback port on which the hub steers the proxy.")
    proxy_command: str = Field(
        default="node_modules/.bin/configurable-http-proxy", description="Program of the proxy."
    )
    servers_per_person: int = Field(default=5, description="Sandboxes one person may have at once.")
    spawn_seconds: int = Field(default=90, description="Longest time a sandbox may take to answer.")
    api_silence_seconds: float = Field(
        default=30.0, description="All sandboxes stop when the api is silent so long."
    )
    watch_seconds: float = Field(
        default=1.0, description="How often running sandboxes are checked with the api."
    )
    removal_seconds: float = Field(
        default=60.0, description="How often the api is asked which homes of closed projects must go."
    )
    obey_seconds: float = Field(
        default=2.0, description="How long the hub may take to hear that a sandbox was ended."
    )
    view_budget_bytes: int = Field(default=200_000_000, description="Bytes one sandbox may show in its life.")
    view_message_bytes: int = Field(
        default=1_500_000, description="Largest single message a kernel may show."
    )
    view_rate_bytes: int = Field(default=400_000, description="Bytes per second a sandbox may show for long.")
    show_file_bytes: int = Field(
        default=65_536, description="Largest file, not a notebook, the editor opens."
    )
    upload_bytes: int = Field(default=64 * 2**20, description="Largest single upload from a sandbox.")
    tmp_bytes: int = Field(default=256 * 2**20, description="Size of /tmp in a sandbox.")
    shm_bytes: int = Field(default=64 * 2**20, description="Size of /dev/shm in a sandbox.")
    home_bytes: int = Field(default=10 * 2**30, description="Disk one person may use in one project.")
    home_files: int = Field(default=100_000, description="Files one person may keep in one project.")
    file_bytes: int = Field(default=4 * 2**30, description="Largest single file in a sandbox.")
    reserve_bytes: int = Field(
        default=2**30, description="Disk the host keeps free: below it all sandboxes end."
    )
    first_sandbox_uid: int = Field(
        default=200_000, description="Host uid of a project is this plus its number."
    )
    first_door_uid: int = Field(
        default=300_000, description="Host uid of a project's bridge and guard, likewise."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: str) -> str:
        for one in proxies.split():
            ip_network(one)
        return proxies

    @property
    def issuer_url(self) -> str:
        """Issuer in force: the embedded provider's unless another is set."""
        return (self.issuer or self.api_url).rstrip("/")

    @property
    def state(self) -> Path:
        """Absolute state directory."""
        return self.state_dir.resolve()

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that tell installations on one machine apart (as in the api)."""
        return hashlib.sha256(str(self.state).encode()).hexdigest()[:8]

    @property
    def run(self) -> Path:
        """Directory of sockets and of the register of running sandboxes; a socket path holds 107 bytes."""
        if self.run_dir is not None:
            return self.run_dir.resolve()
        parent = Path("/run") if os.geteuid() == 0 else Path(tempfile.gettempdir())
        return parent / f"enclave-{self.fingerprint}"

    @property
    def control_group(self) -> str:
        """Name of the control group that holds those of all sandboxes of this installation."""
        return f"enclave-{self.fingerprint}"

    @property
    def hub_bind_url(self) -> str:
        """Where the hub listens, loopback only."""
        return f"http://127.0.0.1:{self.hub_port}"

    @property
    def proxy_api_url(self) -> str:
        """Where the proxy takes its routes from, loopback only."""
        return f"http://127.0.0.1:{self.proxy_api_port}"

    @property
    def public_port(self) -> int:
        """Port of the public hub address."""
        address = urlsplit(self.hub_url)
        return address.port or (443 if address.scheme == "https" else 80)

    def own_run(self) -> Path:
        """Return the run directory, made when absent.

        Raises ForeignDirectoryError when another user made it first: its registers name processes to end and files to
        remove, and below the temporary directory of the machine anybody may make a directory.
        """
        self.run.mkdir(parents=True, exist_ok=True, mode=0o711)
        found = self.run.lstat()
        if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o022:
            raise ForeignDirectoryError(f"{self.run} is not ours alone: remove it, or set ENCLAVE_RUN_DIR")
        return self.run

    def directory(self, name: str) -> Path:
        """Return a sub-directory of the state directory, made when absent, closed to other users."""
        path = self.state / name
        # A mode is for the last directory only: the state directory is made, and closed, by itself.
        for directory in (self.state, path):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def secret(self, name: str) -> str:
        """Return the secret called `name`.

        Raises MissingSecretError when it was never made.
        """
        try:
            return (self.state / "secrets" / name).read_text().strip()
        except FileNotFoundError as error:
            raise MissingSecretError(f"secret {name} is missing: run `enclave init`") from error


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()

"""Settings of the api, read from the environment (prefix ``ENCLAVE_``); every setting is listed in docs/reference/settings.md."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Theme = Literal["voorbeeld", "denhaag"]
LONGEST_DAYS: Final = 36_525
"""A hundred years: so long before now there still is a date, also where somebody means "never"."""


class Settings(BaseSettings):
    """Where the api keeps its state, how it is reached, and how long things live (durations in seconds)."""

    model_config = SettingsConfigDict(env_prefix="ENCLAVE_", frozen=True)

    state_dir: Path = Field(
        default=Path(".enclave"), description="Directory of everything the environment keeps."
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL; empty means SQLite in the state directory."
    )
    audit_copies_dir: Path | None = Field(
        default=None,
        description="Directory on another disk or machine to which signed heads of the audit are copied; none when empty.",
    )
    session_days: int = Field(
        default=30,
        ge=1,
        le=LONGEST_DAYS,
        description="Logins, codes and sessions that are over are forgotten after so many days.",
    )
    notice_days: int = Field(
        default=365,
        ge=1,
        le=LONGEST_DAYS,
        description="Notices that were read are forgotten after so many days.",
    )
    person_days: int = Field(
        default=1826,
        ge=1,
        le=LONGEST_DAYS,
        description="Name, address and logins of people are emptied so many days after their last role or access ended "
        "or was decided about what they asked (five years).",
    )
    log_days: int = Field(
        default=90,
        ge=1,
        le=LONGEST_DAYS,
        description="Log files are turned each day and removed after so many days.",
    )
    retention_days: int = Field(
        default=90,
        ge=1,
        le=LONGEST_DAYS,
        description="What people worked on in a project is deleted so many days after it closed or ended.",
    )
    api_url: str = Field(
        default="http://localhost:8001", description="Public address of pages, api and provider."
    )
    hub_url: str = Field(default="http://127.0.0.1:8000", description="Public address of JupyterHub.")
    issuer: str = Field(default="", description="OpenID Connect issuer; empty means the embedded provider.")
    api_client_id: str = Field(default="api", description="Name of the pages at another issuer.")
    hub_client_id: str = Field(default="hub", description="Name of the workplace at another issuer.")
    subject_claim: str = Field(
        default="sub", description="Claim of another issuer that holds the stable name of a person."
    )
    theme: Theme = Field(default="voorbeeld", description="Design tokens of the pages: voorbeeld or denhaag.")
    centre_themes: dict[str, Theme] = Field(
        default={},
        description='Centres with design tokens of their own, by slug, as JSON: {"den-haag": "denhaag"}.',
    )
    public_indexed: bool = Field(
        default=False, description="Search engines may index the public page of released results."
    )
    demo_notice: bool = Field(default=False, description="Pages state that the persons are survey records.")
    session_seconds: int = Field(default=8 * 3600, description="Longest time a login to the pages lasts.")
    session_idle_seconds: int = Field(default=3600, description="A login unused for this long is over.")
    strong_acr: str = Field(
        default="mfa phr",
        description="Levels of login (acr) that count as strong, separated by spaces; the issuer is asked for them.",
    )
    strong_amr: str = Field(
        default="",
        description="Methods (amr) that make a login strong at an issuer that tells no level, separated by spaces.",
    )
    strong_seconds: int = Field(
        default=900, description="Deciding, granting and signing need a strong login that is not older."
    )
    proposal_days: int = Field(
        default=14, description="A proposal to grant access that nobody confirmed expires after so many days."
    )
    emergency_seconds: int = Field(
        default=4 * 3600, description="How long emergency access lasts; it cannot be extended."
    )
    emergency_review_days: int = Field(
        default=3, description="Somebody else must look at emergency access within so many days."
    )
    sandbox_token_seconds: int = Field(
        default=12 * 3600, description="Longest life of a sandbox and its token."
    )
    sandbox_memory_bytes: int = Field(default=2 * 2**30, description="Memory limit of one sandbox.")
    sandbox_processes: int = Field(default=200, description="Process limit of one sandbox.")
    sandbox_cpus: float = Field(default=1.0, description="Processor limit of one sandbox, in cores.")
    judge_memory_bytes: int = Field(
        default=2 * 2**30, description="Memory the engine may use for one verdict."
    )
    judge_seconds: float = Field(default=60.0, description="Longest time one verdict may take.")
    judge_threads: int = Field(default=2, description="Threads of the engine for one verdict.")
    noisy_numbers: int = Field(
        default=400_000,
        ge=1,
        le=1_000_000,
        description="Most numbers with noise in one request: a table of the country by neighbourhood has 323,000. All are "
        "kept, shown and released; each takes 0.2 kB of the database and 2 kB of memory of who makes a page of them.",
    )
    inspection_memory_bytes: int = Field(
        default=2**30, description="Memory that the inspection of one file may use."
    )
    inspection_seconds: float = Field(
        default=30.0, description="Longest time the inspection of one file may take."
    )
    workers: int = Field(
        default=0,
        ge=0,
        description="How many verdicts and releases are made at once; 0: one more than there are cores.",
    )
    claim_seconds: int = Field(
        default=1800, description="A checker's claim on a request ends after this long without activity."
    )
    requests_waiting: int = Field(
        default=20, description="Requests of one person that may wait for a verdict at once."
    )
    requests_per_day: int = Field(default=200, description="Requests one person may make in 24 hours.")
    upload_bytes: int = Field(default=64 * 2**20, description="Largest single upload from a sandbox.")
    uploads_per_day: int = Field(default=200, description="Uploads one person may make in 24 hours.")
    uploads_held_bytes: int = Field(
        default=2**30, description="Room for the uploads of one person in one project."
    )
    uploads_project_bytes: int = Field(default=4 * 2**30, description="Room for all uploads of one project.")
    upload_days: int = Field(
        default=7, description="An upload that no request needs is removed after so many days."
    )
    training_questions: int = Field(default=10, ge=1, description="Questions of one test of the training.")
    training_pass_mark: float = Field(
        default=0.8, gt=0, le=1, description="Part of the answers that must be right to pass the test."
    )
    training_minutes: int = Field(default=60, ge=1, description="Minutes in which a test must be answered.")
    training_attempts_per_day: int = Field(
        default=3, ge=1, description="Tests of the training one person may take in 24 hours."
    )
    training_valid_days: int = Field(
        default=365, ge=1, description="A passed test counts for so many days as training."
    )
    training_notice_days: int = Field(
        default=30, ge=1, description="People are told so many days before that their training runs out."
    )
    job_lease_seconds: float = Field(
        default=10.0, description="A job whose worker gives no sign of life for this long is done again."
    )
    smtp_host: str = Field(default="", description="Mail server for notices; empty means no mail.")
    smtp_port: int = Field(default=587, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to the mail server is closed: starttls, tls or none."
    )
    smtp_from: str = Field(default="Urban Enclave <enclave@localhost>", description="Sender of notices.")
    smtp_user: str = Field(
        default="",
        description="Login name at the mail server, with its password in secrets/smtp_password; empty means none.",
    )
    smtp_seconds: float = Field(default=10.0, description="How long the mail server may take to answer.")
    job_poll_seconds: float = Field(default=0.02, description="How often an idle worker looks for work.")

    @field_validator("audit_copies_dir", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        # An empty path would be the directory that the service happens to run in.
        return value or None

    @field_validator("api_url", "hub_url", "issuer")
    @classmethod
    def _without_last_slash(cls, address: str) -> str:
        # Paths are appended to these, and issuers are compared letter by letter.
        return address.rstrip("/")

    def theme_of(self, centres: Collection[str]) -> Theme:
        """Return the design tokens for who belongs to these centres (slugs): theirs, the common ones when they differ."""
        themes = {self.centre_themes.get(slug, self.theme) for slug in centres}
        return themes.pop() if len(themes) == 1 else self.theme

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database in force."""
        return self.database_url or f"sqlite:///{self.state_dir.resolve() / 'enclave.sqlite'}"

    @property
    def issuer_url(self) -> str:
        """Issuer in force: the embedded provider's unless another is set."""
        return self.issuer or self.api_url

    @property
    def lanes(self) -> int:
        """How many verdicts and releases are made at once: one more than cores lets a short one pass a long one."""
        return self.workers or 1 + len(os.sched_getaffinity(0))

    def directory(self, name: str) -> Path:
        """Return a sub-directory of the state directory, made when absent, closed to other users."""
        state = self.state_dir.resolve()
        path = state / name
        # A mode is for the last directory only: the state directory is made, and closed, by itself.
        for directory in (state, path):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that tell installations on one machine apart."""
        return hashlib.sha256(str(self.state_dir.resolve()).encode()).hexdigest()[:8]


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()

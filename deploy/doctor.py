"""Says what is missing or unsafe on this machine and in this installation, and what to do about it."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from api import migrate
from api.closing.deletion import unfinished_deletions
from api.closing.models import Deletion
from api.db import Database, now
from api.secrets import MAKERS
from api.settings import Settings
from deploy import system_packages
from hub.sandbox import doctor as sandbox_doctor
from hub.settings import Settings as HubSettings
from output_checker.text import Text

OLDEST_NODE = 20
PATIENCE_WITH_DELETION = dt.timedelta(days=1)
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Severity(StrEnum):
    """How bad it is: what is missing keeps the environment from running, what is unsafe does not, and should."""

    MISSING = "missing"
    UNSAFE = "unsafe"


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong, and the way out unless the reason tells it already."""

    severity: Severity
    reason: Text
    remedy: Text | None = None


def examine(settings: Settings, hub_settings: HubSettings) -> list[Complaint]:
    """Return everything that is wrong; an empty list means that the environment can run and is as safe as it gets."""
    return [
        *_tools(),
        *_parts(hub_settings),
        *_sandboxes(hub_settings),
        *_installation(settings),
    ]


def _missing(nl: str, en: str, remedy_nl: str, remedy_en: str) -> Complaint:
    return Complaint(Severity.MISSING, Text(nl=nl, en=en), Text(nl=remedy_nl, en=remedy_en))


def _unsafe(nl: str, en: str, remedy_nl: str, remedy_en: str) -> Complaint:
    return Complaint(Severity.UNSAFE, Text(nl=nl, en=en), Text(nl=remedy_nl, en=remedy_en))


def _tools() -> Iterator[Complaint]:
    if absent := system_packages.missing(system_packages.TO_RUN):
        names = ", ".join(package.name for package in absent)
        line = system_packages.install_line(absent)
        yield _missing(
            f"Debian-pakketten ontbreken: {names}.", f"Debian packages are missing: {names}.", line, line
        )
    version = node_version()
    if version is None or version < OLDEST_NODE:
        yield _missing(
            "Node.js 20 of nieuwer ontbreekt.",
            "Node.js 20 or newer is missing.",
            "Installeer Node.js 20 of nieuwer.",
            "Install Node.js 20 or newer.",
        )


def node_version() -> int | None:
    """Return the major version of Node.js, or None when it is absent or says something unknown."""
    node = shutil.which("node")
    if node is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    digits = told.strip().removeprefix("v").split(".")[0]
    return int(digits) if digits.isdigit() else None


def _parts(settings: HubSettings) -> Iterator[Complaint]:
    for path, nl, en in (
        (Path(settings.proxy_command), "De proxy ontbreekt.", "The proxy is missing."),
        (
            settings.sandbox_env / "bin" / "python",
            "De omgeving voor sandboxes ontbreekt.",
            "The sandboxes' environment is missing.",
        ),
    ):
        if not path.exists():
            yield _missing(f"{nl} ({path})", f"{en} ({path})", "Voer `make demo` uit.", "Run `make demo`.")


def _sandboxes(settings: HubSettings) -> Iterator[Complaint]:
    for reason in sandbox_doctor.missing_tools():
        yield Complaint(Severity.MISSING, reason)
    for reason in sandbox_doctor.weaknesses(settings.hub_url):
        yield Complaint(Severity.UNSAFE, reason)


def _installation(settings: Settings) -> Iterator[Complaint]:
    state = settings.state_dir.resolve()
    if not (state / "secrets").is_dir():
        yield _missing(
            f"In {state} is niets ingericht.",
            f"Nothing was set up in {state}.",
            "Voer `enclave init` uit.",
            "Run `enclave init`.",
        )
        return
    yield from _open_to_others([state])
    yield from _secrets(state / "secrets")
    yield from _database(settings)


def _open_to_others(paths: Iterable[Path]) -> Iterator[Complaint]:
    for path in paths:
        if path.stat().st_mode & OPEN_TO_OTHERS:
            mode = "700" if path.is_dir() else "600"
            yield _unsafe(
                f"{path} is leesbaar voor anderen.",
                f"{path} is open to others.",
                f"chmod {mode} {path}",
                f"chmod {mode} {path}",
            )


def _secrets(directory: Path) -> Iterator[Complaint]:
    yield from _open_to_others((directory, *sorted(directory.iterdir())))
    for name in sorted(set(MAKERS) - {path.name for path in directory.iterdir()}):
        yield _missing(
            f"Geheim {name} ontbreekt.", f"Secret {name} is missing.", "`enclave init`", "`enclave init`"
        )


def _database(settings: Settings) -> Iterator[Complaint]:
    path = settings.state_dir / "enclave.sqlite"
    if path.exists() and (damage := _damage(path)):
        yield _unsafe(
            f"De database is beschadigd: {damage}",
            f"The database is damaged: {damage}",
            "Zet een reservekopie terug en controleer de audit.",
            "Restore a backup and verify the audit.",
        )
    elif not _has_newest_shape(settings):
        yield _missing(
            "De database heeft niet de nieuwste vorm.",
            "The database has not the newest shape.",
            "Voer `enclave init` uit.",
            "Run `enclave init`.",
        )
    else:
        yield from _deletions(settings)


def _deletions(settings: Settings) -> Iterator[Complaint]:
    """What should be gone and is not: until it is, nothing states that it was deleted."""
    database = Database(settings.database)
    try:
        with database.reading() as session:
            overdue = [one for one in unfinished_deletions(session) if one.problem or _is_old(one)]
            slugs = [(one.closing.project.slug, one.problem or "") for one in overdue]
    finally:
        database.dispose()
    for slug, problem in slugs:
        yield _unsafe(
            f"Het werk van project {slug} is niet verwijderd. {problem}".strip(),
            f"The work of project {slug} was not deleted. {problem}".strip(),
            f"Kijk wat er in homes/{slug} staat en of de watch draait; het wordt elke dag opnieuw geprobeerd.",
            f"Look what is in homes/{slug} and whether the watch runs; it is tried again each day.",
        )


def _is_old(deletion: Deletion) -> bool:
    return now() - deletion.begun_at > PATIENCE_WITH_DELETION


def _has_newest_shape(settings: Settings) -> bool:
    database = Database(settings.database)
    try:
        return migrate.is_current(database)
    finally:
        database.dispose()


def _damage(path: Path) -> str | None:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            told = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if told == "ok" else told

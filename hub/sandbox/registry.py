"""The register of running sandboxes: one file per sandbox in the run directory, without any secret.

Written by the door that guards the sandbox, read by the hub after its restart, by the watch and by `enclave`.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.sandbox import cgroup
from hub.sandbox.processes import Process

FILE = "sandbox.json"
# A door that is asked to stop kills its sandbox and removes its files; this is far more than it needs.
PATIENCE_SECONDS = 2.0


class Record(BaseModel):
    """One running sandbox: who and what it is for, the door that guards it, and its control groups."""

    model_config = ConfigDict(frozen=True)
    id: str
    subject: str
    project: str
    door: int
    door_started: int
    cgroups: tuple[Path, ...]
    directory: Path

    @property
    def process(self) -> Process:
        """The door."""
        return Process(self.door, self.door_started)


def directory_of(run: Path, sandbox: str) -> Path:
    """Directory of one sandbox's sockets and record; short, because socket paths are."""
    return run / sandbox[:16]


def write(record: Record) -> None:
    """Enter a sandbox; readers see the whole record or none."""
    aside = record.directory / f".{FILE}"
    aside.write_text(record.model_dump_json())
    aside.chmod(0o600)
    aside.rename(record.directory / FILE)


def find(run: Path, sandbox: str) -> Record | None:
    """Return the record of one sandbox, or None."""
    return _read(directory_of(run, sandbox) / FILE)


def running(run: Path) -> list[Record]:
    """Return every sandbox that is entered in the register."""
    records = (_read(path) for path in sorted(run.glob(f"*/{FILE}")))
    return [record for record in records if record is not None]


def _read(path: Path) -> Record | None:
    try:
        with path.open("rb") as file:
            # What another user wrote would have us end and remove what they like.
            if os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            return Record.model_validate_json(file.read())
    except FileNotFoundError:
        return None
    except ValidationError:
        # Never ours: records are written whole. Nothing may be stopped on the word of a broken file.
        return None


def end(record: Record) -> None:
    """End a sandbox for certain: ask its door, then kill door and control group, then remove what is left."""
    record.process.signal(signal.SIGTERM)
    if not record.process.wait(PATIENCE_SECONDS):
        record.process.signal(signal.SIGKILL)
        record.process.wait(PATIENCE_SECONDS)
    cgroup.kill(record.cgroups)
    shutil.rmtree(record.directory, ignore_errors=True)


def end_all(run: Path) -> int:
    """End every sandbox of this installation and return how many there were; for a clean shutdown."""
    records = running(run)
    for record in records:
        record.process.signal(signal.SIGTERM)
    for record in records:
        end(record)
    return len(records)

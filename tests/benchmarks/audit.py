"""What the audit costs: writing a record beside a plain insert, and verifying a long chain offline.

``python -m tests.benchmarks.audit``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api import migrate
from api.audit.export import export
from api.audit.service import SYSTEM, record
from api.audit.verify import verify_export
from api.db import Database, now
from api.jobs.models import Job, JobState
from api.secrets import SecretStore
from api.settings import Settings

RECORDS = 100_000
TRIES = 2_000


@dataclass(frozen=True)
class Costs:
    """Median seconds of writing a record and a plain row, and the seconds in which `records` were verified."""

    record: float
    plain: float
    records: int
    verifying: float

    @property
    def ratio(self) -> float:
        """How many plain rows a record costs."""
        return self.record / self.plain


def measure(directory: Path, records: int = RECORDS, tries: int = TRIES) -> Costs:
    """Write a chain of `records` to a new installation in `directory`, export it and prove the export."""
    settings = Settings(state_dir=directory)
    secrets = SecretStore(settings.directory("secrets"))
    secrets.ensure()
    database = Database(settings.database)
    migrate.upgrade(database)
    with database.transaction() as session:
        plain = _median(session, _row, tries)
        written = _median(session, _record, tries)
        for number in range(records - tries):
            _record(session, number)
    path = directory / "audit.jsonl"
    with database.reading() as session:
        export(session, settings, secrets, path)
    database.dispose()
    begin = time.perf_counter()
    found = verify_export(path, secrets.audit_key().public_key().public_bytes_raw().hex())
    seconds = time.perf_counter() - begin
    if found.broken is not None:
        raise ValueError(found.broken.problem.en)
    return Costs(written, plain, found.records, seconds)


def _median(session: Session, write: Callable[[Session, int], None], tries: int) -> float:
    seconds = []
    for number in range(tries):
        begin = time.perf_counter()
        write(session, number)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def _record(session: Session, number: int) -> None:
    record(session, SYSTEM, "view", "request:R-2026-0001", "output checker of centre:heerlen", number=number)


def _row(session: Session, number: int) -> None:
    row = {"key": f"plain:{number}", "kind": "mail", "subject_id": number, "state": JobState.DONE}
    session.execute(insert(Job).values(row | {"attempts": 0, "run_after": now(), "created_at": now()}))


def main() -> None:
    """Write one line."""
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
        costs = measure(Path(directory))
    sys.stdout.write(
        f"record {1000 * costs.record:.2f} ms, plain row {1000 * costs.plain:.2f} ms, ratio {costs.ratio:.1f}; "
        f"{costs.records:,} records verified in {costs.verifying:.1f} s\n"
    )


if __name__ == "__main__":
    main()

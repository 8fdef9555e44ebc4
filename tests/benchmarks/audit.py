"""What the audit costs on both databases, that it finds what was tampered with, and that writers at once keep one chain.

``python -m tests.benchmarks.audit``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api import migrate
from api.audit.chain import first_broken
from api.audit.export import export
from api.audit.service import SYSTEM, record
from api.audit.verify import read_export, verify_export
from api.db import Database, now
from api.jobs.models import Job, JobState
from api.secrets import SecretStore
from api.settings import Settings
from tests import postgresql
from tests.api.audit.writers import WRITERS, check_that_processes_keep_one_chain

EXPORT = "audit.jsonl"
RECORDS = 100_000
TAMPERINGS = 10
TRIES = 2_000


@dataclass(frozen=True)
class Costs:
    """Median seconds of writing a record and a plain row, of a whole transaction with one record, and of proving."""

    record: float
    plain: float
    alone: float
    records: int
    verifying: float

    @property
    def ratio(self) -> float:
        """How many plain rows a record costs."""
        return self.record / self.plain


def measure(directory: Path, database_url: str = "", records: int = RECORDS, tries: int = TRIES) -> Costs:
    """Write a chain of `records` to a new, empty database, export it to `directory` and prove the export."""
    settings = Settings(state_dir=directory, database_url=database_url)
    secrets = SecretStore(settings.directory("secrets"))
    secrets.ensure()
    database = Database(settings.database)
    migrate.upgrade(database)
    alone = _median_of_transactions(database, tries // 10)
    with database.transaction() as session:
        plain = _median(session, _row, tries)
        written = _median(session, _record, tries)
        for number in range(records - tries - tries // 10):
            _record(session, number)
    path = directory / EXPORT
    with database.reading() as session:
        export(session, settings, secrets, path)
    database.dispose()
    begin = time.perf_counter()
    found = verify_export(path, secrets.audit_key().public_key().public_bytes_raw().hex())
    seconds = time.perf_counter() - begin
    if found.broken is not None:
        raise ValueError(found.broken.problem.en)
    return Costs(written, plain, alone, found.records, seconds)


def check_tampering(path: Path, tries: int = TAMPERINGS, seed: int = 1) -> None:
    """Hold that one record changed, removed, moved or inserted somewhere in a long export is found where that is."""
    random, links = Random(seed), read_export(path).links
    for _ in range(tries):
        place, other = sorted(random.sample(range(len(links)), 2))
        one = links[place]
        for spoiled in (
            [*links[:place], replace(one, document=one.document + " "), *links[place + 1 :]],
            [*links[:place], *links[place + 1 :]],
            [*links[:place], links[other], *links[place + 1 : other], one, *links[other + 1 :]],
            [*links[:place], links[other], *links[place:]],
        ):
            broken = first_broken(spoiled)
            assert broken is not None
            assert broken.seq == place + 1


def _median_of_transactions(database: Database, tries: int) -> float:
    seconds = []
    for number in range(tries):
        begin = time.perf_counter()
        with database.transaction() as session:
            _record(session, number)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


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
    """Write one line for each database."""
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
        _show("SQLite", Path(directory), Settings(state_dir=Path(directory)).database)
    with tempfile.TemporaryDirectory(prefix="enclave-") as directory, postgresql.running() as server:
        _show("PostgreSQL", Path(directory), server.url())


def _show(name: str, directory: Path, url: str) -> None:
    costs = measure(directory, url)
    check_tampering(directory / EXPORT)
    database = Database(url)
    check_that_processes_keep_one_chain(database, url)
    database.dispose()
    sys.stdout.write(
        f"{name}: record {1000 * costs.record:.2f} ms, plain row {1000 * costs.plain:.2f} ms, "
        f"ratio {costs.ratio:.1f}, a transaction with one record {1000 * costs.alone:.2f} ms; "
        f"{costs.records:,} records verified in {costs.verifying:.1f} s; "
        f"{4 * TAMPERINGS} of {4 * TAMPERINGS} tamperings found; {WRITERS} writers at once kept one chain\n"
    )


if __name__ == "__main__":
    main()

"""Processes that write to one audit chain at the same time: ``python -m tests.api.audit.writers <url> <name> <records>``."""

from __future__ import annotations

import subprocess
import sys

from api.audit.chain import first_broken
from api.audit.export import links
from api.audit.queries import Search, search
from api.audit.service import SYSTEM, length, record
from api.db import Database
from deploy.checks import ROOT

RECORDS = 40
WRITERS = 2


def write(url: str, name: str, records: int) -> None:
    """Write so many records, each in a transaction of its own."""
    database = Database(url)
    for number in range(records):
        with database.transaction() as session:
            record(session, SYSTEM, "write", f"writer:{name}", "test", number=number)
    database.dispose()


def check_that_processes_keep_one_chain(database: Database, url: str) -> None:
    """Let processes write at once, and hold that each of their records is there, in its order, in a chain that holds."""
    with database.reading() as session:
        before = length(session)
    command = (sys.executable, "-W", "ignore", "-m", "tests.api.audit.writers", url)
    running = [subprocess.Popen([*command, str(name), str(RECORDS)], cwd=ROOT) for name in range(WRITERS)]
    assert [one.wait(timeout=120) for one in running] == [0] * WRITERS
    with database.reading() as session:
        assert length(session) == before + WRITERS * RECORDS
        assert first_broken(links(session)) is None
        for name in range(WRITERS):
            found = search(session, Search(subject=f"writer:{name}"), size=RECORDS + 1).entries
            assert [one.details["number"] for one in reversed(found)] == list(range(RECORDS))


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]))

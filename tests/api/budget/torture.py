"""A spender that may be killed at any moment: four threads ask questions from a small set, and write down each answer.

Who starts many of them beside each other, and kills them, is in ``test_torture``.
"""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path

from sqlalchemy import select

from api import tables
from api.access.models import Project
from api.audit.service import SYSTEM
from api.budget.service import Question, spend, store
from api.catalogue.models import DatasetVersion
from api.db import Database
from api.errors import ConflictError
from api.people.models import Person
from output_checker.noise.accounting import Loss

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"
QUESTIONS = 4_000 if FULL else 100
"""So many that budgets run out near the end of the killing."""
COST = 1_000_000
THREADS = 4


def ask(database: Database, digest: str) -> int:
    """Spend, draw, store and give the answer, as the service does; the draw stands for reading data."""
    with database.transaction() as session:
        version = session.scalars(select(DatasetVersion)).one()
        asked = Question(digest, version, "whole", {"person": Loss(COST, None)})
        project, person = session.scalars(select(Project)).first(), session.scalars(select(Person)).first()
        assert project is not None
        assert person is not None
        charge = spend(session, SYSTEM, asked, project, person).id
    drawn = {"number": secrets.randbits(40)}
    with database.transaction() as session:
        return int(store(session, charge, drawn)["number"])


def spender(url: str, directory: Path, thread: int) -> None:
    """Ask for ever, writing a line for each answer."""
    database = Database(url)
    with (directory / f"answers.{os.getpid()}.{thread}").open("a", buffering=1) as answers:
        while True:
            digest = f"q{secrets.randbelow(QUESTIONS)}"
            try:
                answers.write(f"{digest} {ask(database, digest)}\n")
            except ConflictError:
                answers.write("refused\n")


def main(url: str, directory: Path) -> None:
    """Run all threads until killed."""
    assert tables.Base.metadata.tables
    threads = [threading.Thread(target=spender, args=(url, directory, one)) for one in range(THREADS)]
    for thread in threads:
        thread.start()

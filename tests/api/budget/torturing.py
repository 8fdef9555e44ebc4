"""Four processes of four threads that spend from one budget, killed at any moment; and what must hold afterwards.

tortured(budgeted, budgeted.flow.settings.database, tmp_path)
"""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import select

from api.access.models import Project
from api.budget.models import ChargeEntry, PrivacyBudget, PrivacyCharge
from api.budget.setting import Total, unbalanced
from tests.api.budget.makers import Budgeted, allow
from tests.api.budget.torture import COST, FULL, QUESTIONS, main

KILLS = 100 if FULL else 6
PROCESSES = 4
AFFORDABLE = QUESTIONS // 2
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.api.budget.torture"])


def tortured(budgeted: Budgeted, url: str, directory: Path) -> int:
    """Let spenders on the database at `url` be killed, check that nothing was lost, and return how many answers they gave."""
    with budgeted.database.transaction() as session:
        for project in session.scalars(select(Project)).all():
            allow(session, budgeted, project, Total(AFFORDABLE * COST))
    kill_spenders(url, directory)
    answers = answers_in(directory)
    check(budgeted, answers)
    return len(answers)


def kill_spenders(url: str, directory: Path) -> None:
    """Keep four spenders alive while one after another is killed."""
    running = [start(url, directory) for _ in range(PROCESSES)]
    deadline = time.monotonic() + 60
    while not answers_in(directory) and time.monotonic() < deadline:
        time.sleep(0.05)
    for _ in range(KILLS):
        time.sleep(random.uniform(0.05, 0.3))
        end(running.pop(0))
        running.append(start(url, directory))
    for spender in running:
        end(spender)


def start(url: str, directory: Path) -> ForkServerProcess:
    spender = CONTEXT.Process(target=main, args=(url, directory))
    spender.start()
    return spender


def end(spender: ForkServerProcess) -> None:
    spender.kill()
    spender.join()


def answers_in(directory: Path) -> list[tuple[str, str]]:
    """Every whole line that a spender wrote: a question and its answer."""
    lines = [
        line
        for path in directory.glob("answers.*")
        for line in path.read_text().splitlines(keepends=True)
        if line.endswith("\n") and line != "refused\n"
    ]
    return [(question, answer) for question, answer in map(str.split, lines)]


def check(budgeted: Budgeted, answers: list[tuple[str, str]]) -> None:
    """Every budget equals its charges and is kept; each question has one answer, which was charged for."""
    with budgeted.database.reading() as session:
        assert unbalanced(session) == []
        for budget in session.scalars(select(PrivacyBudget)):
            assert budget.spent_nano_rho <= budget.total_nano_rho
        charges = session.scalars(select(PrivacyCharge)).all()
        assert 0 < len(charges) <= AFFORDABLE
        assert len(session.scalars(select(ChargeEntry)).all()) == 2 * len(charges)
        stored = {str(charge.answer.document["number"]) for charge in charges if charge.answer}
    seen = dict(answers)
    assert seen
    assert all(seen[question] == answer for question, answer in answers)
    assert set(seen.values()) <= stored

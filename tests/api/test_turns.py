"""The line in which writers wait: in turn, some ahead of others, never for ever, and not at all where there is none."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from api import turns
from api.db import Database
from api.people.models import Centre
from api.settings import Settings
from api.turns import Line
from tests.api.jobs.watching import check_soon


def test_who_writes_next_waits_in_line_and_not_for_sqlite(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, release = threading.Event(), threading.Event()

    def hold() -> None:
        with database.transaction():
            begun.set()
            release.wait(10)

    asked: list[int] = []
    flock = fcntl.flock

    def asking(line: int, how: int) -> None:
        asked.append(how)
        if how == fcntl.LOCK_EX:
            release.set()
        flock(line, how)

    first = threading.Thread(target=hold)
    first.start()
    assert begun.wait(10)
    monkeypatch.setattr(fcntl, "flock", asking)
    with database.transaction() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
    first.join()
    at_once = fcntl.LOCK_EX | fcntl.LOCK_NB
    assert asked == [at_once, fcntl.LOCK_EX, at_once, at_once]


def test_who_stands_in_line_for_too_long_is_told_that_it_is_busy(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that somebody stopped keeps its turn: nobody waits for it for ever, and the line goes on after it."""
    impatient = Database(settings.database)
    event.listen(impatient.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    monkeypatch.setattr(turns, "LINE_SECONDS", 0.05)
    with database.transaction():
        with pytest.raises(OperationalError, match="locked"), impatient.transaction():
            pass
        (standing,) = [one for one in threading.enumerate() if one.name == "line"]
    standing.join(10)
    assert not standing.is_alive()
    with impatient.transaction() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
    impatient.dispose()


def fails(*_: object) -> int:
    raise OSError(errno.ENOLCK, "no locks here")


def fails_later(_line: int, how: int) -> None:
    raise BlockingIOError if how & fcntl.LOCK_NB else OSError(errno.ENOLCK, "no locks here")


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [(os, "open", fails), (fcntl, "flock", fails), (fcntl, "flock", fails_later)],
)
def test_without_a_line_writers_wait_as_sqlite_has_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, where: object, name: str, broken: object
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(where, name, broken)
        with database.transaction() as session:
            session.add(Centre(slug="heerlen", name="Heerlen"))
    with database.reading() as session:
        assert session.scalars(select(Centre.name)).all() == ["Heerlen"]


def is_standing(settings: Settings, number: int) -> bool:
    """Whether so many wait for a lock of the line, as the kernel knows it (proc_locks(5))."""
    line = {path.stat().st_ino for path in settings.state_dir.glob("enclave.sqlite-*")}
    locks = [lock.split() for lock in Path("/proc/locks").read_text().splitlines()]
    return sum(lock[1] == "->" and int(lock[6].split(":")[2]) in line for lock in locks) == number


def test_who_goes_ahead_comes_before_all_who_wait_at_the_back(database: Database, settings: Settings) -> None:
    ahead, wrote = Database(settings.database, ahead=True), list[str]()

    def write(name: str, to: Database) -> None:
        with to.transaction():
            wrote.append(name)

    writers = [threading.Thread(target=write, args=("back", database)) for _ in range(2)]
    writers.append(threading.Thread(target=write, args=("ahead", ahead)))
    with database.transaction():
        for number, writer in enumerate(writers, start=1):
            writer.start()
            check_soon(partial(is_standing, settings, number))
    for writer in writers:
        writer.join()
    ahead.dispose()
    assert wrote == ["ahead", "back", "back"]


def test_who_goes_ahead_all_the_time_holds_nobody_up_for_long(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many lanes somebody goes ahead at every moment; a withdrawal of access must be written in between."""
    monkeypatch.setattr(turns, "LINE_SECONDS", 3.0)
    ahead, over = Database(settings.database, ahead=True), threading.Event()

    def go_ahead() -> None:
        while not over.is_set():
            with ahead.transaction():
                over.wait(0.01)

    lanes = [threading.Thread(target=go_ahead) for _ in range(3)]
    for lane in lanes:
        lane.start()
    start = time.monotonic()
    with database.transaction() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
    waited = time.monotonic() - start
    over.set()
    for lane in lanes:
        lane.join()
    ahead.dispose()
    assert waited < 2


def test_who_was_stopped_while_going_ahead_costs_a_moment(database: Database, settings: Settings) -> None:
    _, ahead, _ = Line(settings.state_dir / "enclave.sqlite").files
    with ahead.open("rb") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_SH)
        start = time.monotonic()
        with database.transaction() as session:
            session.add(Centre(slug="heerlen", name="Heerlen"))
        assert turns.PASSING_SECONDS <= time.monotonic() - start < 5

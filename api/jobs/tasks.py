"""What a job does, in a process of its own: whatever happens there, the worker learns it from the exit code.

Who judges gets neither the database nor the secrets: a question that somebody wrote, microdata, and paper to answer on.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.closing.deletion import delete_files, give_up_deletion
from api.db import Database
from api.jobs.children import Sheet
from api.jobs.service import JobKind
from api.jobs.tidying import tidy
from api.notices.mail import give_up_mail, mail_notice
from api.release.service import give_up_release, write_release
from api.requests.judging import AnyWork, give_up_judging, judge_request, judged
from api.requests.ways_out import Search, give_up_search, look_for_ways_out, ways_out
from api.secrets import SecretStore
from api.settings import Settings
from api.uploads.retention import give_up_tidying

GIVE_UP: dict[JobKind, Callable[[Session, int], None]] = {
    JobKind.JUDGE: give_up_judging,
    JobKind.PROPOSE: give_up_search,
    JobKind.RELEASE: give_up_release,
    JobKind.RELEASE_UNSEEN: give_up_release,
    JobKind.MAIL: give_up_mail,
    JobKind.TIDY: give_up_tidying,
    JobKind.DELETE: give_up_deletion,
}
"""What becomes of a request or notice whose job failed for the last time."""

LARGEST_ANSWER = 1 << 28
"""Bytes that a child may write to any file: its answer, and nothing near what would fill a disk."""

SPARE_SECONDS = 60
"""Processor seconds of a judgement beside the engine's own."""

SPARE_BYTES = 1 << 30
"""Bytes of memory of a judgement beside the engine's own, for what is made of its numbers."""

NICE = 10
"""A low priority: people wait for verdicts, and for nothing that is done here."""

EXIT_DISK_FULL = os.EX_IOERR
"""How a child says that there was no room: the job is tried again, and people are told what is wrong."""


def perform(settings: Settings, kind: str, subject_id: int) -> None:
    """Do one job to its end; every kind can be done again after a kill at any line."""
    database, secrets = Database(settings.database), SecretStore(settings.directory("secrets"))
    doing: dict[JobKind, Callable[[int], None]] = {
        JobKind.JUDGE: partial(judge_request, database, settings),
        JobKind.PROPOSE: partial(look_for_ways_out, database, settings),
        JobKind.RELEASE: partial(write_release, database, settings, secrets),
        JobKind.RELEASE_UNSEEN: partial(write_release, database, settings, secrets),
        JobKind.MAIL: partial(mail_notice, database, settings, secrets),
        JobKind.TIDY: partial(tidy, database, settings),
        JobKind.DELETE: partial(delete_files, database, settings, secrets),
    }
    try:
        doing[JobKind(kind)](subject_id)
    finally:
        database.dispose()


def judge_apart(works: Sequence[AnyWork], sheet: Sheet) -> None:
    """Judge as a child of the worker, within limits, and write what came of it on `sheet`."""
    _ignore_stops()
    _limit(works)
    with _telling_a_full_disk():
        sheet.write(judged(works).to_json())


def propose_apart(searches: Sequence[Search], sheet: Sheet) -> None:
    """Look for what would pass as a child of the worker, within limits, while nobody else needs the processor."""
    _ignore_stops()
    os.nice(NICE)
    _limit(searches)
    sheet.write(ways_out(searches).to_json())


def perform_apart(settings: Settings, kind: str, subject_id: int) -> None:
    """Do one job as a child of the worker: a stop sent to all processes at once lets it finish."""
    _ignore_stops()
    with _telling_a_full_disk():
        perform(settings, kind, subject_id)


@contextmanager
def _telling_a_full_disk() -> Iterator[None]:
    try:
        yield
    except (OSError, OperationalError) as error:
        if _is_full(error):
            sys.exit(EXIT_DISK_FULL)
        raise


def _ignore_stops() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _limit(works: Sequence[AnyWork | Search]) -> None:
    """Keep this process from filling memory or disk, and from computing on when nobody is left to stop it."""
    seconds = SPARE_SECONDS + sum(work.seconds for work in works)
    memory = _taken_already() + SPARE_BYTES + max((work.memory_bytes for work in works), default=0)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_ANSWER),
        (resource.RLIMIT_CPU, seconds),
    ):
        resource.setrlimit(kind, (most, most))


def _taken_already() -> int:
    """Bytes of addresses that this process has: mostly of libraries, that it shares with all others."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _is_full(error: OSError | OperationalError) -> bool:
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return error.errno in (errno.ENOSPC, errno.EDQUOT)

"""The worker: takes jobs one by one, each in a child process, and keeps their lease. Start more for more at once.

``python -m api.jobs.worker``; SIGTERM lets the job at hand finish. The engine runs in the child, so that running out
of memory, a crash or a computation without end costs one attempt of one job and never the worker.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time

from sqlalchemy.exc import OperationalError

from api.audit.export import keep_head_when_due
from api.db import Database
from api.jobs.models import Job
from api.jobs.service import DISK_FULL, JobKind, fail, finish, is_work_waiting, keep, take
from api.jobs.tasks import EXIT_DISK_FULL, GIVE_UP, perform_apart
from api.notices.outbox import is_mail_waiting, queue_next_mail
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from api.uploads.retention import queue_tidying_when_due

GRACE_SECONDS = 30.0
"""What a job may take beside the engine's own limit: reading, storing, writing files."""

HEAD_SECONDS = 10.0
"""How often an idle worker looks whether a head of the audit chain, or the day's tidying, is due."""

OUTAGE_SECONDS = 1.0
"""How long to wait for a database that cannot be read or written."""

_LOG = logging.getLogger(__name__)


class Worker:
    """One worker on the database that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self.stopping = threading.Event()
        self._head_due = 0.0
        self._context = multiprocessing.get_context("forkserver")
        # Loaded once by the server that children are forked from: a verdict need not wait for imports.
        self._context.set_forkserver_preload(["api.jobs.tasks"])

    def run(self) -> None:
        """Work until told to stop."""
        self._warm_up()
        while not self.stopping.is_set():
            try:
                if not self.step():
                    self._rest()
            except OperationalError:
                # A full disk stops the database too: what was leased is taken again when it can write.
                _LOG.exception("the database does not answer")
                self.stopping.wait(OUTAGE_SECONDS)
        self.database.dispose()

    def step(self) -> bool:
        """Do one job that is due, or queue a mail when there is none; False when there was nothing to do."""
        with self.database.reading() as session:
            if not is_work_waiting(session):
                return self._queue_mail()
        with self.database.transaction() as session:
            job = take(session, self.settings.job_lease_seconds)
        if job is not None:
            self._settle(job, self._outcome(job))
        return job is not None

    def _queue_mail(self) -> bool:
        """Only now that nothing else is due: no verdict waits for mail."""
        if not self.settings.smtp_host:
            return False
        with self.database.reading() as session:
            if not is_mail_waiting(session):
                return False
        with self.database.transaction() as session:
            queue_next_mail(session)
        return True

    def _rest(self) -> None:
        if time.monotonic() >= self._head_due:
            self._head_due = time.monotonic() + HEAD_SECONDS
            secrets = SecretStore(self.settings.directory("secrets"))
            keep_head_when_due(self.database, self.settings, secrets)
            queue_tidying_when_due(self.database)
        self.stopping.wait(self.settings.job_poll_seconds)

    def _warm_up(self) -> None:
        first = self._context.Process(target=_nothing)
        first.start()
        first.join()

    def _outcome(self, job: Job) -> str | None:
        """Do a job and return what went wrong, None when nothing did."""
        child = self._context.Process(target=perform_apart, args=(self.settings, job.kind, job.subject_id))
        deadline = time.monotonic() + self.settings.judge_seconds + GRACE_SECONDS
        child.start()
        while child.exitcode is None:
            child.join(self.settings.job_lease_seconds / 3)
            if child.exitcode is None and (time.monotonic() > deadline or not self._keep(job)):
                child.kill()
                child.join()
        if child.exitcode == EXIT_DISK_FULL:
            return DISK_FULL
        return None if child.exitcode == 0 else f"exit code {child.exitcode}"

    def _keep(self, job: Job) -> bool:
        with self.database.transaction() as session:
            return keep(session, job, self.settings.job_lease_seconds)

    def _settle(self, job: Job, error: str | None) -> None:
        with self.database.transaction() as session:
            if error is None:
                finish(session, job)
                return
            _LOG.error("job %s failed at attempt %d: %s", job.key, job.attempts, error)
            if fail(session, job, error):
                GIVE_UP[JobKind(job.kind)](session, job.subject_id)


def _nothing() -> None:
    """Make the fork server start."""


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    worker = Worker(get_settings())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    worker.run()


if __name__ == "__main__":
    main()

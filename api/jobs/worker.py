"""The worker: several at a time it takes jobs, does each in a child process, and keeps their lease.

``python -m api.jobs``; SIGTERM lets the jobs at hand finish. The engine runs in the child, so that running out
of memory, a crash or a computation without end costs one attempt of one job and never the worker. Verdicts and releases
have lanes of their own, so that no mail server holds them up; more than one, so that a long one does not either.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from api.audit.export import copy_heads, keep_head_when_due
from api.catalogue.copies import Copies
from api.closing.deletion import tend_closings
from api.db import Database, Glance
from api.errors import EnclaveError
from api.jobs.children import Child, NotStartedError, Sheet, warm_up
from api.jobs.models import Job
from api.jobs.service import (
    ALL_KINDS,
    DISK_FULL,
    JobKind,
    fail,
    finish,
    is_exhausted,
    is_work_waiting,
    keep,
    take,
)
from api.jobs.tasks import EXIT_DISK_FULL, GIVE_UP, judge_apart, perform_apart, propose_apart
from api.notices.outbox import is_mail_waiting, queue_next_mail
from api.reading import seldom_look_for_garbage
from api.requests.judging import Judged, Task, begin, conclude, with_copies
from api.requests.ways_out import Found, keep_ways_out, searches_of
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from api.uploads.retention import queue_tidying_when_due

GRACE_SECONDS = 30.0
"""What a job may take beside the engine's own limit: reading and storing."""

RELEASE_SECONDS = 600.0
"""The same for a release: on a busy machine the files of a table of the country take minutes."""

HOUSE_SECONDS = 10.0
"""How often an idle worker looks whether a head of the audit chain, the day's tidying, or the end of a project is due."""

DUE_SECONDS = 0.5
"""How often an idle worker looks for work that waited for its time."""

OUTAGE_SECONDS = 1.0
"""How long to wait for a database that cannot be read or written."""

MAIL: Final = frozenset({JobKind.MAIL})
PROPOSE: Final = frozenset({JobKind.PROPOSE})
RELEASES: Final = frozenset({JobKind.RELEASE, JobKind.RELEASE_UNSEEN})
T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Lookout:
    """What lanes for the same kinds share: one that is idle looks for all, and one at a time does the housekeeping."""

    def __init__(self) -> None:
        self.looking, self.keeping = threading.Lock(), threading.Lock()


class Worker:
    """One lane of the worker, for jobs of some kinds, on the database that the settings name."""

    def __init__(
        self,
        settings: Settings,
        kinds: Collection[JobKind] = ALL_KINDS,
        copies: Copies | None = None,
        lookout: Lookout | None = None,
    ) -> None:
        """Lanes for the same kinds share their `copies` and a `lookout`."""
        self.settings = settings
        self.kinds = kinds
        self.copies = copies or Copies()
        self._lookout = lookout or Lookout()
        # Somebody waits for each verdict, and for nothing else that the worker does.
        self.database = Database(settings.database, ahead=JobKind.JUDGE in kinds)
        self.stopping = threading.Event()
        self._house_due = 0.0
        self._glance = Glance(self.database)

    def run(self) -> None:
        """Work until told to stop."""
        while not self.stopping.is_set():
            try:
                with self._lookout.looking:
                    job = self._looked_for()
                if job is not None:
                    self._do(job)
                elif not self.stopping.is_set():
                    self._keep_house()
            except OperationalError:
                # A full disk stops the database too: what was leased is taken again when it can write.
                _LOG.exception("the database does not answer")
                self.stopping.wait(OUTAGE_SECONDS)
        self._glance.close()
        self.database.dispose()

    def step(self) -> bool:
        """Do one job that is due, or queue a mail when there is none; False when there was nothing to do."""
        job = self._taken()
        if job is None:
            return self._queue_mail()
        self._do(job)
        return True

    def _looked_for(self) -> Job | None:
        """Look for a job until there is one; None when told to stop, or when there is housekeeping to do."""
        while not self.stopping.is_set():
            if (job := self._taken()) is not None:
                return job
            if self._queue_mail():
                continue
            if time.monotonic() >= self._house_due and not self._lookout.keeping.locked():
                return None
            self._doze()
        return None

    def _taken(self) -> Job | None:
        with self.database.reading() as session:
            if not is_work_waiting(session, self.kinds):
                return None
        with self.database.transaction() as session:
            return take(session, self.settings.job_lease_seconds, self.kinds)

    def _queue_mail(self) -> bool:
        """Only now that nothing else is due: no verdict waits for mail."""
        if not self.settings.smtp_host or JobKind.MAIL not in self.kinds:
            return False
        with self.database.reading() as session:
            if not is_mail_waiting(session):
                return False
        with self.database.transaction() as session:
            queue_next_mail(session)
        return True

    def _keep_house(self) -> None:
        """Do what nobody waits for, while another lane looks: a disk for copies that hangs costs one lane, not all."""
        if not self._lookout.keeping.acquire(blocking=False):
            return
        try:
            self._house_due = time.monotonic() + HOUSE_SECONDS
            secrets = SecretStore(self.settings.directory("secrets"))
            keep_head_when_due(self.database, self.settings, secrets)
            self._copy_heads()
            queue_tidying_when_due(self.database)
            tend_closings(self.database, self.settings)
        finally:
            self._lookout.keeping.release()

    def _doze(self) -> None:
        """Wait until there may be work: something was committed, or so long ago was the last look that some is due."""
        until = time.monotonic() + DUE_SECONDS
        while not self.stopping.wait(self.settings.job_poll_seconds):
            if self._glance.is_news() or time.monotonic() >= until:
                break

    def _copy_heads(self) -> None:
        try:
            copy_heads(self.settings)
        except OSError:
            # A disk or machine that is away holds nothing up: what is missing there is copied when it is back.
            _LOG.exception("signed heads of the audit cannot be copied to %s", self.settings.audit_copies_dir)

    def _do(self, job: Job) -> None:
        try:
            self._try(job)
        except EnclaveError as error:
            # A policy that vanished, say: that request waits for it, and the others go on.
            self._settle(job, f"{error.code}: {error.message.en}")

    def _try(self, job: Job) -> None:
        if is_exhausted(job):
            self._settle(job, "every attempt ended with its worker")
        elif job.kind == JobKind.JUDGE:
            self._judge(job)
        elif job.kind == JobKind.PROPOSE:
            self._propose(job)
        else:
            error = self._outcome(job, lambda: Child(perform_apart, self.settings, job.kind, job.subject_id))
            self._settle(job, error)

    def _judge(self, job: Job) -> None:
        task = begin(self.database, self.settings, job.subject_id)
        if task is None:
            self._settle(job, None)
        elif task.judged is not None:
            self._conclude(job, task, task.judged)
        else:
            self._judge_apart(job, task)

    def _judge_apart(self, job: Job, task: Task) -> None:
        works = with_copies(task.works, self.copies)
        result = self._answer(job, lambda sheet: Child(judge_apart, works, sheet), Judged.from_json)
        if result is not None:
            self._conclude(job, task, result.ready())

    def _conclude(self, job: Job, task: Task, result: Judged) -> None:
        with self.database.transaction() as session:
            conclude(session, task, result)
            finish(session, job)

    def _propose(self, job: Job) -> None:
        with self.database.reading() as session:
            wanted = searches_of(session, self.settings, job.subject_id)
        searches = [one.on_copy(self.copies) for one in wanted]
        found = self._answer(job, lambda sheet: Child(propose_apart, searches, sheet), Found.from_json)
        if found is not None:
            with self.database.transaction() as session:
                keep_ways_out(session, searches, found)
                finish(session, job)

    def _answer(self, job: Job, start: Callable[[Sheet], Child], read: Callable[[bytes], T]) -> T | None:
        """Do a job in a child that answers, and return its answer; None when something went wrong, which is settled."""
        sheet = Sheet()
        try:
            error = self._outcome(job, lambda: start(sheet))
            if error is None:
                return read(sheet.read())
        except ValidationError:
            error = "an answer that makes no sense"
        finally:
            sheet.close()
        self._settle(job, error)
        return None

    def _outcome(self, job: Job, start: Callable[[], Child]) -> str | None:
        """Do a job in the child that `start` gives and return what went wrong, None when nothing did."""
        beside = RELEASE_SECONDS if job.kind in RELEASES else GRACE_SECONDS
        deadline = time.monotonic() + self.settings.judge_seconds + beside
        try:
            child = start()
        except NotStartedError as error:
            return f"not started: {error}"
        try:
            while not child.is_over(self.settings.job_lease_seconds / 3):
                if time.monotonic() > deadline or not self._keep(job):
                    break
        finally:
            child.end()
        if child.exit_code == EXIT_DISK_FULL:
            return DISK_FULL
        return None if child.exit_code == 0 else f"exit code {child.exit_code}"

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


class Lanes:
    """All lanes of a worker: a lane that breaks stops the others, so that whoever keeps the worker starts it anew."""

    def __init__(self, settings: Settings) -> None:
        copies, lookout = Copies(), Lookout()
        work = [Worker(settings, ALL_KINDS - MAIL - PROPOSE, copies, lookout) for _ in range(settings.lanes)]
        # One of its own: what nobody waits for never holds up what somebody does.
        work.append(Worker(settings, PROPOSE, copies))
        self.lanes = [*work, Worker(settings, MAIL)] if settings.smtp_host else work
        self.broken = False

    def stop(self) -> None:
        """Let each lane finish its job; fit for a signal handler."""
        for lane in self.lanes:
            lane.stopping.set()

    def run(self) -> bool:
        """Work until told to stop; False when a lane broke."""
        warm_up()
        threads = [threading.Thread(target=self._run, args=(lane,)) for lane in self.lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return not self.broken

    def _run(self, lane: Worker) -> None:
        finished = False
        try:
            lane.run()
            finished = True
        finally:
            if not finished:
                self.broken = True
                self.stop()


def main() -> None:
    """Run a worker until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    seldom_look_for_garbage()
    lanes = Lanes(get_settings())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: lanes.stop())
    sys.exit(0 if lanes.run() else 1)

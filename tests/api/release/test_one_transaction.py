"""A release that breaks off before any statement of its end happened wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.db import Database
from api.jobs.tasks import perform
from api.notices.models import Notice, NoticeKind
from api.release.models import LedgerEntry, Release, ReleasedFile
from api.release.service import Made, _conclude, _make
from api.requests.models import RequestState, StateChange
from api.review.models import AfterCheck
from api.secrets import SecretStore
from tests.api.flow import Flow, find
from tests.api.jobs.test_crashes import check_lawful, check_released, check_released_unseen, settled


class BrokenError(Exception):
    """The moment at which everything stops."""


class Breaking:
    """Stops before the statement, or the commit, with this number."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise BrokenError


@contextmanager
def breaking(database: Database, last: int) -> Iterator[Breaking]:
    """Let every way in which the database is changed stop at this moment."""
    at = Breaking(last)
    event.listen(database.engine, "before_cursor_execute", at)
    event.listen(database.engine, "commit", at)
    try:
        yield at
    finally:
        event.remove(database.engine, "before_cursor_execute", at)
        event.remove(database.engine, "commit", at)
        # As with a process that died: what it had begun ends with its connections.
        database.dispose()


def told(session: Session, number: str, action: str) -> bool:
    asked = select(AuditRecord.seq).where(
        AuditRecord.subject == f"request:{number}", AuditRecord.action == action
    )
    return session.scalar(asked) is not None


def traces(flow: Flow, number: str) -> dict[str, bool]:
    """What there is of a release, by where it is."""
    with flow.database.reading() as session:
        return {
            "state": find(session, number).state is RequestState.RELEASED,
            "history": session.scalar(
                select(StateChange.id).where(StateChange.after == RequestState.RELEASED)
            )
            is not None,
            "record": session.scalar(select(Release.id)) is not None,
            "files": session.scalar(select(ReleasedFile.id)) is not None,
            "ledger": session.scalar(select(LedgerEntry.id)) is not None,
            "audit of the step": told(session, number, "request.released"),
            "audit of the release": told(session, number, "release.write"),
            "notice": session.scalar(select(Notice.id).where(Notice.kind == NoticeKind.RELEASED)) is not None,
        }


def made_of(flow: Flow, number: str) -> Made:
    made = _make(flow.database, flow.settings, flow.id_of(number))
    assert made is not None
    return made


@pytest.mark.parametrize("unseen", [False, True], ids=["by people", "by a policy"])
def test_a_release_that_breaks_off_is_whole_or_not_there(flow: Flow, unseen: bool) -> None:
    number = settled(flow) if unseen else flow.approved()
    made, secrets = made_of(flow, number), SecretStore(flow.settings.directory("secrets"))
    for last in range(200):
        with breaking(flow.database, last) as at, suppress(BrokenError):
            assert _conclude(flow.database, secrets, made)
        found = traces(flow, number)
        if unseen:
            with flow.database.reading() as session:
                found["drawn"] = told(session, number, "release.draw")
                found["after-check"] = session.scalar(select(AfterCheck.id)) is not None
        assert len(set(found.values())) == 1, (last, found)
        check_lawful(flow, number)
        if at.left >= 0:
            break
    assert found["state"]
    assert last > 20
    perform(flow.settings, "release_unseen" if unseen else "release", flow.id_of(number))
    (check_released_unseen if unseen else check_released)(flow, number)

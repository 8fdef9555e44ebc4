"""Each day what was kept for long enough goes, nothing younger does, and the audit tells how much it was."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.audit.queries import Search, search
from api.db import Database
from api.identity.models import AccessToken, AuthorizationCode, HeldForm, PageSession, ProviderLogin
from api.jobs.tasks import perform
from api.logs import turn_logs
from api.notices.models import Notice, NoticeKind
from api.people.models import Person
from api.settings import Settings
from tests.api.factories import days, make_person

KINDS = (PageSession, AccessToken, AuthorizationCode, ProviderLogin, Notice, HeldForm)


def add_login(session: Session, person: Person, name: str, *, over: float, used: float | None = None) -> None:
    """A login of `name` that was over `over` days ago, with a code and token that were so `used` days ago."""
    used = over if used is None else used
    login = ProviderLogin(
        id_hash=name, sid=name, person_id=person.id, acr="pwd", amr=[], expires_at=days(-over)
    )
    code = AuthorizationCode(code_hash=name, client_id="hub", login=login, request={}, expires_at=days(-used))
    token = AccessToken(token_hash=name, code=code, expires_at=days(-used))
    page = PageSession(
        id_hash=name,
        person_id=person.id,
        acr="pwd",
        amr=[],
        auth_time=days(-over),
        csrf_token="t",
        expires_at=days(-over),
    )
    session.add_all([login, code, token, page])


def add_notice(session: Session, person: Person, *, read: float | None) -> None:
    moment = None if read is None else days(-read)
    session.add(
        Notice(person=person, kind=NoticeKind.RELEASED, created_at=days(-900), read_at=moment, request=None)
    )


def left(database: Database) -> list[int]:
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(kind)) or 0 for kind in KINDS]


def test_what_is_over_for_long_is_forgotten_and_the_rest_stays(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        anna = make_person(session, subject="anna", vetted=False)
        add_login(session, anna, "old", over=31)
        add_login(session, anna, "young", over=29)
        add_login(session, anna, "old login with a young token", over=31, used=1)
        for read in (366, 364, None):
            add_notice(session, anna, read=read)
        for name, over in (("old", 0.001), ("young", -1)):
            session.add(HeldForm(id=name, person_id=anna.id, path="/", fields=[], expires_at=days(-over)))
    assert left(database) == [3, 3, 3, 3, 3, 2]
    for _ in range(2):
        perform(settings, "tidy", 0)
    assert left(database) == [1, 2, 2, 2, 2, 1]
    with database.reading() as session:
        told = search(session, Search(action="retention.")).entries
    assert [(one.subject, one.because, one.details) for one in reversed(told)] == [
        (
            "session_days",
            "kept for 30 days",
            {"forms": 1, "sessions": 2, "tokens": 1, "codes": 1, "logins": 1},
        ),
        ("notice_days", "kept for 365 days", {"notices": 1}),
    ]


def test_a_session_that_was_ended_counts_from_its_end(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        anna = make_person(session, subject="anna", vetted=False)
        add_login(session, anna, "ended", over=-1)
        session.get_one(PageSession, "ended").ended_at = days(-31)
        session.get_one(ProviderLogin, "ended").ended_at = days(-31)
    perform(settings, "tidy", 0)
    assert left(database) == [0, 1, 1, 1, 0, 0]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "api.log").write_text("one\n")
    (tmp_path / "hub.log").write_text("")
    return tmp_path


def test_logs_are_turned_once_a_day_while_their_service_goes_on(logs: Path) -> None:
    with (logs / "api.log").open("ab") as service:
        turn_logs(logs, 90)
        service.write(b"two\n")
        service.flush()
        turn_logs(logs, 90)
    (turned,) = logs.glob("*.old")
    assert (turned.read_text(), (logs / "api.log").read_text()) == ("one\n", "two\n")
    assert turned.stat().st_mode & 0o777 == 0o600


def test_logs_that_are_too_old_go(logs: Path) -> None:
    for name, age in (("api.2026-01-01.old", 91), ("api.2026-02-01.old", 89)):
        (logs / name).write_text("x")
        moment = time.time() - age * 24 * 3600
        os.utime(logs / name, (moment, moment))
    turn_logs(logs, 90)
    assert {path.name for path in logs.iterdir()} >= {"api.2026-02-01.old", "api.log"}
    assert not (logs / "api.2026-01-01.old").exists()

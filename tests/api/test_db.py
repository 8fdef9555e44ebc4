"""Sessions that write are one transaction; moments keep their zone."""

from __future__ import annotations

import datetime as dt
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from api.db import Database, Glance, now
from api.people.models import Centre, Institution


def _centres(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Centre)) or 0


def test_a_transaction_is_kept(database: Database) -> None:
    with database.transaction() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
    assert _centres(database) == 1


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def add_twice() -> None:
        with database.transaction() as session:
            session.add_all([Centre(slug="heerlen", name="Heerlen"), Centre(slug="heerlen", name="Twice")])

    with pytest.raises(IntegrityError):
        add_twice()
    assert _centres(database) == 0


def test_what_a_reader_changes_is_dropped(database: Database) -> None:
    with database.reading() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
        session.flush()
    assert _centres(database) == 0


def test_writers_wait_for_each_other_and_none_is_lost(database: Database) -> None:
    def add(number: int) -> None:
        with database.transaction() as session:
            count = session.scalar(select(func.count()).select_from(Centre))
            session.add(Centre(slug=f"c{number}", name=f"{count}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert set(session.scalars(select(Centre.name))) == {str(n) for n in range(8)}


def test_sqlite_is_opened_with_full_sync_and_foreign_keys(database: Database) -> None:
    with database.reading() as session:
        pragmas = {
            p: session.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_is_removed_is_overwritten_whatever_sqlite_does_by_itself(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    event.listen(
        database.engine, "connect", lambda made, _: made.execute("PRAGMA secure_delete=OFF"), insert=True
    )
    with database.reading() as session:
        assert session.scalar(text("PRAGMA secure_delete")) == 1
    database.dispose()


def _institution(moment: dt.datetime) -> Institution:
    return Institution(name="CBS", legal_basis="CBS-wet", authorised_from=moment, authorised_until=moment)


def test_moments_come_back_in_utc(database: Database) -> None:
    amsterdam = dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    with database.transaction() as session:
        session.add(_institution(amsterdam))
    with database.reading() as session:
        kept = session.scalar(select(Institution.authorised_from))
    assert kept == amsterdam
    assert kept is not None
    assert kept.tzinfo is dt.UTC


def test_a_moment_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without time zone"), database.transaction() as session:
        session.add(_institution(dt.datetime(2026, 7, 1, 12)))  # noqa: DTZ001 - the very thing refused


def test_a_moment_may_be_absent(database: Database) -> None:
    with database.reading() as session:
        assert session.scalar(text("SELECT NULL")) is None
    assert now().tzinfo is dt.UTC


def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path) -> None:
    file = tmp_path / "enclave.sqlite"
    before = os.umask(0o022)
    try:
        file.touch(mode=0o644)
        database = Database(f"sqlite:///{file}")
        Centre.metadata.create_all(database.engine)
        with database.transaction() as session:
            session.add(Centre(slug="heerlen", name="Heerlen"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        database.dispose()
    finally:
        os.umask(before)
    kept = {f"enclave.sqlite{part}" for part in ("", "-wal", "-shm", "-ahead", "-line", "-turns")}
    assert modes == dict.fromkeys(kept, 0o600)


def test_what_root_adds_beside_the_database_is_of_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that root gives must not keep the service from standing in line, or from starting."""
    file, given, stat = tmp_path / "enclave.sqlite", list[tuple[Path, int, int]](), Path.stat
    file.touch()

    def of_the_service(path: Path, **how: bool) -> os.stat_result:
        found = list(stat(path, **how))
        found[4:6] = [4711, 4712] if path == file else [0, 0]
        return os.stat_result(found)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", of_the_service)
        patched.setattr(os, "chown", lambda *arguments: given.append(arguments))
        Database(f"sqlite:///{file}").dispose()
    assert sorted(given) == [
        (tmp_path / f"enclave.sqlite-{part}", 4711, 4712) for part in ("ahead", "line", "turns")
    ]


def test_a_database_without_a_directory_is_not_made_up(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'enclave.sqlite'}")
    with pytest.raises(OperationalError), database.engine.connect():
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_memory_has_no_file() -> None:
    with Database("sqlite://").engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_failure_does_not_repeat_what_was_stored(database: Database) -> None:
    with database.transaction() as session:
        session.add_all([Centre(slug="heerlen", name="a secret"), Centre(slug="heerlen", name="a secret")])
        with pytest.raises(IntegrityError) as failed:
            session.flush()
        session.rollback()
    assert "a secret" not in str(failed.value)


def test_a_glance_sees_what_others_commit(database: Database) -> None:
    glance = Glance(database)
    assert glance.is_news()
    assert not glance.is_news()
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    assert not glance.is_news()
    with database.transaction() as session:
        session.add(Centre(slug="heerlen", name="Heerlen"))
    assert glance.is_news()
    assert not glance.is_news()
    glance.close()


def test_without_such_a_count_everything_may_be_news() -> None:
    elsewhere = SimpleNamespace(engine=SimpleNamespace(name="postgresql"))
    glance = Glance(cast(Database, elsewhere))
    assert glance.is_news()
    assert glance.is_news()
    glance.close()


def test_a_glance_that_cannot_tell_has_one_look_properly(database: Database) -> None:
    glance = Glance(database)
    glance.is_news()
    glance._connection.driver_connection.close()
    assert glance.is_news()
    assert glance.is_news()

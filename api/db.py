"""The database: one declarative base, and the two ways to use a session (reading, or one transaction that writes)."""

from __future__ import annotations

import datetime as dt
import enum
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from api.turns import Line

LARGEST_INTEGER: Final = 2**63 - 1
"""What fits in a column or a bound of any database that we run on; a larger number names nothing that is stored."""

WRITE_LOCK: Final = 0x656E636C617665
"""The number of the lock that a writer holds on PostgreSQL until its transaction is over ("enclave" in ASCII)."""

LINE_LOCK: Final = WRITE_LOCK + 1
"""The number of the lock for which all wait first who do not go ahead (see `api.turns`)."""

_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    # What was emptied or removed is overwritten with zeros; not every build of SQLite does so by itself.
    "secure_delete=ON",
)

KEPT_CONNECTIONS: Final = 20
"""Connections of a process that stay open; more are made when more is done at once."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC; a naive one is refused, because it would silently shift."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone was given")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give the zone back that SQLite forgets."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        dt.datetime: UtcDateTime,
        # What people ask with may be larger than PostgreSQL's INTEGER: compared as such it would be an error, not a no.
        int: BigInteger().with_variant(Integer, "sqlite"),
        # Text with the names of the members: a value that is added later then needs no change of a type.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=40),
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


def now() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


class Database:
    """An engine with the pragmas that keep SQLite safe, and sessions that say whether they write."""

    def __init__(self, url: str, *, ahead: bool = False) -> None:
        """Open the database at `url`; who writes `ahead` stands in front of all others who wait to write."""
        self.engine = _engine(url)
        self._ahead = ahead
        file = _file_of(url)
        self._line = Line(file) if file else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading; whatever it changed is dropped."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is one transaction: committed at the end, or not at all."""
        with self._turn(), Session(self.engine, expire_on_commit=False) as session:
            # The write lock is taken at the start: a reader that turns writer later can find the
            # database changed under it, and SQLite then refuses instead of waiting.
            session.connection(execution_options={"enclave_write": True, "enclave_ahead": self._ahead})
            yield session
            session.commit()

    def _turn(self) -> AbstractContextManager[None]:
        """Wait in line to write, on SQLite: elsewhere the database sees to that."""
        return self._line.turn(ahead=self._ahead) if self._line else nullcontext()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Glance:
    """Tells at hardly any cost whether something may have been committed since the last look; the first is news."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._connection: Any = None
        self._seen: Any = None

    def is_news(self) -> bool:
        """Whether it is worth looking properly; also when there is no telling."""
        # SQLite counts for each connection what others commit. Elsewhere there is no such count: all may be news.
        if self._engine.name != "sqlite":
            return True
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        try:
            before, self._seen = self._seen, self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return True
        return bool(self._seen != before)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()


def _engine(url: str) -> Engine:
    # Parameters hold what people typed and verdicts with evidence: errors, and so the logs, must not repeat them.
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "begin", _postgresql_begin)
        return engine
    if file := _file_of(url):
        _close_to_others(file)
    arguments = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **_pool(url))
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _file_of(url: str) -> Path | None:
    """The file of an SQLite database, None where there is none."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return Path(address.database)


def _pool(url: str) -> dict[str, int]:
    """As many connections as there can be threads: none waits for another's while it holds the lock."""
    return {"pool_size": KEPT_CONNECTIONS, "max_overflow": -1} if _file_of(url) else {}


def _close_to_others(file: Path) -> None:
    # SQLite gives the files that it adds (-wal, -shm) the mode and the owner of the first; we do so with ours. Its own
    # choice would let everybody read, and what root made the service could not open.
    if not file.parent.is_dir():
        return
    file.touch(mode=0o600)
    owner = file.stat()
    for part in Line(file).files:
        part.touch(mode=0o600)
    for part in file.parent.glob(f"{file.name}*"):
        part.chmod(0o600)
        if part.stat().st_uid != owner.st_uid:
            os.chown(part, owner.st_uid, owner.st_gid)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own transaction control is switched off: it would begin too late and too weakly.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:
    write = connection.get_execution_options().get("enclave_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _postgresql_begin(connection: Any) -> None:
    # As on SQLite one writes at a time: what a writer reads first, such as the end of the audit chain, stays true.
    options = connection.get_execution_options()
    if options.get("enclave_write", False):
        for lock in [WRITE_LOCK] if options.get("enclave_ahead", False) else [LINE_LOCK, WRITE_LOCK]:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")

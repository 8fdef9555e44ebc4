"""Triggers of migrations: rows that are never changed or removed, whoever asks, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

VERBS = ("UPDATE", "DELETE")


def refuse_changes(tables: Iterable[str], words: str) -> None:
    """Let the database refuse to change or remove rows of `tables`: "<table> <words>", such as "is append-only"."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        if on_postgresql:
            _refuse_on_postgresql(table, words)
        else:
            _refuse_on_sqlite(table, words)


def _refuse_on_sqlite(table: str, words: str) -> None:
    for verb in VERBS:
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} {words}'); END"
        )


def _refuse_on_postgresql(table: str, words: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0]; END $$"
    )
    for verb in (*VERBS, "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{words}')"
        )


def allow_changes(tables: Iterable[str]) -> None:
    """Take `refuse_changes` back."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        for verb in (*VERBS, "TRUNCATE") if on_postgresql else VERBS:
            op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}" + (f" ON {table}" if on_postgresql else ""))

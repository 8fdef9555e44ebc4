"""The audit refuses UPDATE and DELETE, and released numbers are never forgotten."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_record", "ledger_entry")
VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
        return
    for table in TABLES:
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _upgrade_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in TABLES:
        for verb in (*VERBS, "TRUNCATE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    """Take back."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for verb in (*VERBS, "TRUNCATE") if is_postgresql else VERBS:
            op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}" + (f" ON {table}" if is_postgresql else ""))
    if is_postgresql:
        op.execute("DROP FUNCTION refuse_change()")

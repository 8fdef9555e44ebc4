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
    for table in TABLES:
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        for verb in VERBS:
            op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}")

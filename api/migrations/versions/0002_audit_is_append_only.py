"""The audit refuses UPDATE and DELETE, and released numbers are never forgotten."""

from __future__ import annotations

from alembic import op

from api.migrations.unchanging import allow_changes, refuse_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_record", "ledger_entry")


def upgrade() -> None:
    """Apply."""
    refuse_changes(TABLES, "is append-only")


def downgrade() -> None:
    """Take back."""
    allow_changes(TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")

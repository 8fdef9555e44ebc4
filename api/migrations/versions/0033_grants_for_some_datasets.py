"""Grants, and proposals of them, for some of the datasets of a project; nothing: for all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("access_grant", "grant_proposal")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        op.add_column(table, sa.Column("datasets", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        op.drop_column(table, "datasets")

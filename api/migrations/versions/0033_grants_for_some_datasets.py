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
    """Take back; raises RuntimeError while a grant is for some datasets: without the column it would be for all."""
    narrowed = "SELECT count(*) FROM access_grant WHERE datasets IS NOT NULL"
    if op.get_bind().execute(sa.text(narrowed)).scalar_one():
        raise RuntimeError(
            "there are grants for some of the datasets of a project: they would be for all of them"
        )
    for table in TABLES:
        op.drop_column(table, "datasets")

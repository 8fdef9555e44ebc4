"""What would do instead of a table that does not pass."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "way_out",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("output_id", WHOLE, nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.Column("does", sa.String(), nullable=False),
        sa.Column("outside", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["output.id"], name=op.f("fk_way_out_output_id_output")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_out")),
        sa.UniqueConstraint("output_id", "place", name=op.f("uq_way_out_output_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("way_out")

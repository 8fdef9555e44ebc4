"""files stand beside queries."""

from __future__ import annotations

from alembic import op

from api.migrations.types import WHOLE

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: an output that is a file has no dataset."""
    with op.batch_alter_table("output") as batch:
        batch.alter_column("dataset_version_id", existing_type=WHOLE, nullable=True)


def downgrade() -> None:
    """Take back; it fails while there are files, which the older shape cannot hold."""
    with op.batch_alter_table("output") as batch:
        batch.alter_column("dataset_version_id", existing_type=WHOLE, nullable=False)

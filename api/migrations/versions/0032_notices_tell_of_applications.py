"""Notices tell of applications for projects too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE

revision = "0032"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY = "fk_notice_application_id_application"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("application_id", WHOLE, nullable=True))
        table.create_foreign_key(KEY, "application", ["application_id"], ["id"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("notice") as table:
        table.drop_constraint(KEY, type_="foreignkey")
        table.drop_column("application_id")

"""logins that ended elsewhere; one name for a login and what renewed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ended_login",
        sa.Column("name_hash", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_ended_login")),
    )
    op.create_index(op.f("ix_ended_login_expires_at"), "ended_login", ["expires_at"])
    with op.batch_alter_table("provider_login") as batch_op:
        batch_op.drop_constraint(op.f("uq_provider_login_sid"), type_="unique")
        batch_op.create_index(op.f("ix_provider_login_sid"), ["sid"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("provider_login") as batch_op:
        batch_op.drop_index(op.f("ix_provider_login_sid"))
        batch_op.create_unique_constraint(op.f("uq_provider_login_sid"), ["sid"])
    op.drop_index(op.f("ix_ended_login_expires_at"), "ended_login")
    op.drop_table("ended_login")

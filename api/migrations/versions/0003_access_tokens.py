"""identity keeps access tokens and what ends a login at the issuer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "access_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_hash"],
            ["authorization_code.code_hash"],
            name=op.f("fk_access_token_code_hash_authorization_code"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_access_token")),
    )
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_token_code_hash"), ["code_hash"], unique=False)

    with op.batch_alter_table("page_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("id_token", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("page_session", schema=None) as batch_op:
        batch_op.drop_column("id_token")

    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_token_code_hash"))

    op.drop_table("access_token")

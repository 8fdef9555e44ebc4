"""projects are closed and their work is deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "closing",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("project_id", WHOLE, nullable=False),
        sa.Column(
            "cause",
            sa.Enum("ADMINISTRATOR", "END_DATE", name="cause", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("closed_by_id", WHOLE, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_closing_closed_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_closing_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
    )
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closing_delete_after"), ["delete_after"], unique=False)
        batch_op.create_index(batch_op.f("ix_closing_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "ix_closing_standing",
            ["project_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "deletion",
        sa.Column("closing_id", WHOLE, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("homes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("homes_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", WHOLE, nullable=False),
        sa.Column("statement", sa.String(), nullable=True),
        sa.Column("signature", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name=op.f("fk_deletion_closing_id_closing")),
        sa.PrimaryKeyConstraint("closing_id", name=op.f("pk_deletion")),
    )
    op.create_table(
        "reopening_proposal",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("closing_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closing.id"], name=op.f("fk_reopening_proposal_closing_id_closing")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_reopening_proposal_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_reopening_proposal_proposed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopening_proposal")),
    )
    with op.batch_alter_table("reopening_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reopening_proposal_closing_id"), ["closing_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("reopening_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reopening_proposal_closing_id"))

    op.drop_table("reopening_proposal")
    op.drop_table("deletion")
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_closing_standing",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_closing_project_id"))
        batch_op.drop_index(batch_op.f("ix_closing_delete_after"))

    op.drop_table("closing")

"""Grants take two people; emergency access takes one and a review; grants are never changed; workplaces keep the login."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE
from api.migrations.unchanging import allow_changes, refuse_changes

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None

UNCHANGING = ("access_grant", "withdrawal", "emergency_access", "emergency_review")
ROLES = ("RESEARCHER", "ANALYST", "CHECKER", "STEWARD", "ADMINISTRATOR", "AUDITOR")


def upgrade() -> None:
    """Apply."""
    _proposals()
    _emergencies()
    op.add_column("sandbox", sa.Column("login", sa.JSON(), nullable=True))
    refuse_changes(UNCHANGING, "is never changed")


def _proposals() -> None:
    op.create_table(
        "grant_proposal",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("project_id", WHOLE, nullable=False),
        sa.Column("role", sa.Enum(*ROLES, name="role", native_enum=False, length=40), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("grant_id", WHOLE, nullable=True),
        *(
            _foreign("grant_proposal", column, table)
            for column, table in (
                ("person_id", "person"),
                ("project_id", "project"),
                ("proposed_by_id", "person"),
                ("decided_by_id", "person"),
                ("grant_id", "access_grant"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_proposal")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_grant_proposal_grant_id")),
    )
    op.create_index(op.f("ix_grant_proposal_project_id"), "grant_proposal", ["project_id"])


def _emergencies() -> None:
    op.create_table(
        "emergency_access",
        sa.Column("grant_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("emergency_access", "grant_id", "access_grant"),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_emergency_access")),
    )
    op.create_table(
        "emergency_review",
        sa.Column("grant_id", WHOLE, nullable=False),
        sa.Column("reviewed_by_id", WHOLE, nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("justified", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        _foreign("emergency_review", "grant_id", "emergency_access", "grant_id"),
        _foreign("emergency_review", "reviewed_by_id", "person"),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_emergency_review")),
    )


def _foreign(here: str, column: str, there: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{there}.{key}"], name=op.f(f"fk_{here}_{column}_{there}"))


def downgrade() -> None:
    """Take back."""
    allow_changes(UNCHANGING)
    op.drop_column("sandbox", "login")
    for table in ("emergency_review", "emergency_access", "grant_proposal"):
        op.drop_table(table)

"""Applications for projects: versions, the data they ask for, and the steps they took, which are never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE
from api.migrations.unchanging import allow_changes, refuse_changes

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None

STATES = (
    "DRAFT",
    "AT_CENTRE",
    "AT_STEWARD",
    "AT_PRIVACY_OFFICER",
    "RETURNED",
    "APPROVED",
    "REJECTED",
    "WITHDRAWN",
)
WORDS = (
    "because",
    "title_nl",
    "title_en",
    "purpose",
    "research_question",
    "work_programme",
    "theme",
    "legal_basis",
    "assessment_reference",
    "intended_outputs",
)
UNCHANGING = ("application_step",)


def _state(name: str) -> sa.Column[str]:
    return sa.Column(
        name, sa.Enum(*STATES, name="applicationstate", native_enum=False, length=40), nullable=False
    )


def upgrade() -> None:
    """Apply."""
    _applications()
    _versions()
    _wanted()
    _steps()
    refuse_changes(UNCHANGING, "is never changed")


def _applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("centre_id", WHOLE, nullable=False),
        sa.Column("applicant_id", WHOLE, nullable=False),
        sa.Column("project_id", WHOLE, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_application_centre_id_centre"),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name="fk_application_applicant_id_person"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_application_project_id_project"),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("number", name="uq_application_number"),
        sa.UniqueConstraint("project_id", name="uq_application_project_id"),
    )
    op.create_index("ix_application_centre_id", "application", ["centre_id"])
    op.create_index("ix_application_applicant_id", "application", ["applicant_id"])


def _versions() -> None:
    op.create_table(
        "application_version",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("application_id", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        _state("state"),
        sa.Column("row_version", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in WORDS),
        sa.Column("assessment_date", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_application_version_application_id_application"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_application_version"),
        sa.UniqueConstraint("application_id", "version", name="uq_application_version_application_id"),
    )
    op.create_index("ix_application_version_application_id", "application_version", ["application_id"])
    op.create_index("ix_application_version_state", "application_version", ["state"])


def _wanted() -> None:
    op.create_table(
        "wanted_dataset",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("application_version_id", WHOLE, nullable=False),
        sa.Column("dataset_version_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("row_filter", sa.String(), nullable=True),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_version_id"],
            ["application_version.id"],
            name="fk_wanted_dataset_application_version_id_application_version",
        ),
        sa.ForeignKeyConstraint(
            ["dataset_version_id"],
            ["dataset_version.id"],
            name="fk_wanted_dataset_dataset_version_id_dataset_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wanted_dataset"),
        sa.UniqueConstraint(
            "application_version_id", "dataset_version_id", name="uq_wanted_dataset_application_version_id"
        ),
    )
    op.create_index("ix_wanted_dataset_application_version_id", "wanted_dataset", ["application_version_id"])


def _steps() -> None:
    op.create_table(
        "application_step",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("application_version_id", WHOLE, nullable=False),
        _state("before"),
        _state("after"),
        sa.Column("by_id", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_version_id"],
            ["application_version.id"],
            name="fk_application_step_application_version_id_application_version",
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_application_step_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_application_step"),
    )
    op.create_index(
        "ix_application_step_application_version_id", "application_step", ["application_version_id"]
    )


def downgrade() -> None:
    """Take back."""
    allow_changes(UNCHANGING)
    for table in ("application_step", "wanted_dataset", "application_version", "application"):
        op.drop_table(table)

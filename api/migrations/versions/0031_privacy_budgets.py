"""Privacy budgets and the outputs that draw on them; what was charged is never changed or taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.types import WHOLE
from api.migrations.unchanging import refuse_changes

revision = "0031"
down_revision = "0032"
branch_labels = None
depends_on = None

UNCHANGING = ("privacy_charge", "charge_entry", "privacy_answer")
MICRODATA = ("dataset_version_id", "request_id", "round", "query_digest")


def upgrade() -> None:
    """Apply."""
    _populations()
    _budgets()
    _proposals()
    _charges()
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.add_column(sa.Column("charge_id", WHOLE, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_output_charge_id_privacy_charge"), "privacy_charge", ["charge_id"], ["id"]
        )
    _index((*MICRODATA, "charge_id"))
    # What was spent stays spent, and an answer that was given is the answer: the database itself says so.
    refuse_changes(UNCHANGING, "is append-only")


def _index(columns: tuple[str, ...]) -> None:
    """Let the index from which what left before is found hold these columns."""
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_output_microdata"))
        batch_op.create_index(batch_op.f("ix_output_microdata"), list(columns), unique=False)


def _populations() -> None:
    op.create_table(
        "population",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population")),
        sa.UniqueConstraint("name", name=op.f("uq_population_name")),
    )
    op.create_table(
        "population_dataset",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("population_id", WHOLE, nullable=False),
        sa.Column("dataset_id", WHOLE, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("added_by_id", WHOLE, nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["person.id"], name=op.f("fk_population_dataset_added_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_population_dataset_confirmed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_population_dataset_dataset_id_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["population_id"], ["population.id"], name=op.f("fk_population_dataset_population_id_population")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_dataset")),
        sa.UniqueConstraint("dataset_id", "unit", name=op.f("uq_population_dataset_dataset_id")),
    )
    with op.batch_alter_table("population_dataset", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_population_dataset_population_id"), ["population_id"], unique=False
        )


def _budgets() -> None:
    op.create_table(
        "privacy_budget",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("population_id", WHOLE, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("project_id", WHOLE, nullable=True),
        sa.Column("person_id", WHOLE, nullable=True),
        sa.Column("total_nano_rho", WHOLE, nullable=False),
        sa.Column("spent_nano_rho", WHOLE, nullable=False),
        sa.Column("total_nano_epsilon", WHOLE, nullable=True),
        sa.Column("spent_nano_epsilon", WHOLE, nullable=False),
        sa.CheckConstraint(
            "spent_nano_rho >= 0 AND spent_nano_rho <= total_nano_rho",
            name=op.f("ck_privacy_budget_rho_within_total"),
        ),
        sa.CheckConstraint(
            "total_nano_epsilon IS NULL OR spent_nano_epsilon <= total_nano_epsilon",
            name=op.f("ck_privacy_budget_epsilon_within_total"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_privacy_budget_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["population_id"], ["population.id"], name=op.f("fk_privacy_budget_population_id_population")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_privacy_budget_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_budget")),
        sa.UniqueConstraint("population_id", "scope", name=op.f("uq_privacy_budget_population_id")),
    )


def _proposals() -> None:
    op.create_table(
        "budget_proposal",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("budget_id", WHOLE, nullable=False),
        sa.Column("total_nano_rho", WHOLE, nullable=False),
        sa.Column("total_nano_epsilon", WHOLE, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["privacy_budget.id"], name=op.f("fk_budget_proposal_budget_id_privacy_budget")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_budget_proposal_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_budget_proposal_proposed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_proposal")),
    )
    with op.batch_alter_table("budget_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_proposal_budget_id"), ["budget_id"], unique=False)


def _charges() -> None:
    op.create_table(
        "privacy_charge",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("dataset_version_id", WHOLE, nullable=False),
        sa.Column("project_id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_version_id"],
            ["dataset_version.id"],
            name=op.f("fk_privacy_charge_dataset_version_id_dataset_version"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_privacy_charge_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_privacy_charge_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_charge")),
        sa.UniqueConstraint("question", name=op.f("uq_privacy_charge_question")),
    )
    with op.batch_alter_table("privacy_charge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_privacy_charge_dataset_version_id"), ["dataset_version_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_privacy_charge_project_id"), ["project_id"], unique=False)
    op.create_table(
        "privacy_answer",
        sa.Column("charge_id", WHOLE, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["privacy_charge.id"], name=op.f("fk_privacy_answer_charge_id_privacy_charge")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_privacy_answer")),
    )
    op.create_table(
        "charge_entry",
        sa.Column("charge_id", WHOLE, nullable=False),
        sa.Column("budget_id", WHOLE, nullable=False),
        sa.Column("nano_rho", WHOLE, nullable=False),
        sa.Column("nano_epsilon", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["privacy_budget.id"], name=op.f("fk_charge_entry_budget_id_privacy_budget")
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["privacy_charge.id"], name=op.f("fk_charge_entry_charge_id_privacy_charge")
        ),
        sa.PrimaryKeyConstraint("charge_id", "budget_id", name=op.f("pk_charge_entry")),
    )


def downgrade() -> None:
    """Take back."""
    _index(MICRODATA)
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_output_charge_id_privacy_charge"), type_="foreignkey")
        batch_op.drop_column("charge_id")
    # With a table go its triggers.
    for table in (
        "charge_entry",
        "privacy_answer",
        "privacy_charge",
        "budget_proposal",
        "privacy_budget",
        "population_dataset",
        "population",
    ):
        op.drop_table(table)

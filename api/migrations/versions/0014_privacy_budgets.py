"""Privacy budgets; what was charged to them is never changed or taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "population",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population")),
        sa.UniqueConstraint("name", name=op.f("uq_population_name")),
    )
    op.create_table(
        "population_dataset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("population_id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
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

    op.create_table(
        "privacy_budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("population_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("total_nano_rho", sa.BigInteger(), nullable=False),
        sa.Column("spent_nano_rho", sa.BigInteger(), nullable=False),
        sa.Column("total_nano_epsilon", sa.BigInteger(), nullable=True),
        sa.Column("spent_nano_epsilon", sa.BigInteger(), nullable=False),
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
    op.create_table(
        "privacy_charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("state", sa.Enum("CHARGED", "ANSWERED", name="chargestate"), nullable=False),
        sa.Column("dataset_version_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
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
        "charge_entry",
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("budget_id", sa.Integer(), nullable=False),
        sa.Column("nano_rho", sa.BigInteger(), nullable=False),
        sa.Column("nano_epsilon", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["privacy_budget.id"], name=op.f("fk_charge_entry_budget_id_privacy_budget")
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["privacy_charge.id"], name=op.f("fk_charge_entry_charge_id_privacy_charge")
        ),
        sa.PrimaryKeyConstraint("charge_id", "budget_id", name=op.f("pk_charge_entry")),
    )
    for verb in VERBS:
        op.execute(
            f"CREATE TRIGGER charge_entry_no_{verb.lower()} BEFORE {verb} ON charge_entry "
            "BEGIN SELECT RAISE(ABORT, 'charge_entry is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER privacy_charge_no_delete BEFORE DELETE ON privacy_charge "
        "BEGIN SELECT RAISE(ABORT, 'a charge is never taken back'); END"
    )
    op.execute(
        "CREATE TRIGGER privacy_charge_answered_once BEFORE UPDATE ON privacy_charge WHEN OLD.state = 'ANSWERED' "
        "BEGIN SELECT RAISE(ABORT, 'an answer is never changed'); END"
    )


def downgrade() -> None:
    """Take back."""
    for verb in VERBS:
        op.execute(f"DROP TRIGGER charge_entry_no_{verb.lower()}")
    op.execute("DROP TRIGGER privacy_charge_no_delete")
    op.execute("DROP TRIGGER privacy_charge_answered_once")
    op.drop_table("charge_entry")
    with op.batch_alter_table("privacy_charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_charge_project_id"))
        batch_op.drop_index(batch_op.f("ix_privacy_charge_dataset_version_id"))

    op.drop_table("privacy_charge")
    op.drop_table("privacy_budget")
    with op.batch_alter_table("population_dataset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_population_dataset_population_id"))

    op.drop_table("population_dataset")
    op.drop_table("population")

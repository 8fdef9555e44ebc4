"""Privacy budgets and the outputs that draw on them; what was charged is never changed or taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0022"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")
STATES = ("CHARGED", "ANSWERED")
MICRODATA = ("dataset_version_id", "request_id", "round", "query_digest")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _populations()
    _budgets()
    _proposals()
    _charges()
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.add_column(sa.Column("charge_id", NUMBER, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_output_charge_id_privacy_charge"), "privacy_charge", ["charge_id"], ["id"]
        )
    _index((*MICRODATA, "charge_id"))
    _guards()


def _index(columns: tuple[str, ...]) -> None:
    """Let the index from which what left before is found hold these columns."""
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_output_microdata"))
        batch_op.create_index(batch_op.f("ix_output_microdata"), list(columns), unique=False)


def _populations() -> None:
    op.create_table(
        "population",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population")),
        sa.UniqueConstraint("name", name=op.f("uq_population_name")),
    )
    op.create_table(
        "population_dataset",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("population_id", NUMBER, nullable=False),
        sa.Column("dataset_id", NUMBER, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("added_by_id", NUMBER, nullable=False),
        sa.Column("confirmed_by_id", NUMBER, nullable=True),
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
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("population_id", NUMBER, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("project_id", NUMBER, nullable=True),
        sa.Column("person_id", NUMBER, nullable=True),
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


def _proposals() -> None:
    op.create_table(
        "budget_proposal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("budget_id", NUMBER, nullable=False),
        sa.Column("total_nano_rho", sa.BigInteger(), nullable=False),
        sa.Column("total_nano_epsilon", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by_id", NUMBER, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", NUMBER, nullable=True),
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
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column(
            "state", sa.Enum(*STATES, name="chargestate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("dataset_version_id", NUMBER, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
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
        sa.Column("charge_id", NUMBER, nullable=False),
        sa.Column("budget_id", NUMBER, nullable=False),
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


def _guards() -> None:
    """What was spent stays spent, and an answer that was given is the answer: the database itself says so."""
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        return
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


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change_of_charges() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    for table, verbs in (("charge_entry", (*VERBS, "TRUNCATE")), ("privacy_charge", ("DELETE", "TRUNCATE"))):
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_charges()"
            )
    op.execute(
        "CREATE TRIGGER privacy_charge_answered_once BEFORE UPDATE ON privacy_charge FOR EACH ROW "
        "WHEN (OLD.state = 'ANSWERED') EXECUTE FUNCTION refuse_change_of_charges()"
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
        "privacy_charge",
        "budget_proposal",
        "privacy_budget",
        "population_dataset",
        "population",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_charges()")

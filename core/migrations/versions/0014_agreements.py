"""Agreements, their promises and what was paid towards them"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("instalments", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("missed_limit", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('BROKEN', 'CANCELLED')) = (ended_on IS NOT NULL)", name="agreement_ended_has_day_31bd1b_check"
        ),
        sa.CheckConstraint(
            "channel IN ('CALL', 'SMS', 'WHATSAPP', 'EMAIL', 'LETTER', 'VISIT', 'PORTAL')",
            name="agreement_channel_01dfd4_check",
        ),
        sa.CheckConstraint("kind IN ('PROMISE', 'PLAN')", name="agreement_kind_dc0c1d_check"),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'COMPLETED', 'BROKEN', 'CANCELLED')", name="agreement_status_8c8a00_check"
        ),
        sa.CheckConstraint("amount_minor > 0", name="agreement_amount_positive_cf5b15_check"),
        sa.CheckConstraint(
            "instalments > 0 AND grace_days >= 0 AND missed_limit > 0", name="agreement_terms_4622a7_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"], ["debt.agency_id", "debt.id"], name="agreement_debt_id_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="agreement_pkey"),
    )
    op.create_index(
        "agreement_agency_id_debt_id_464f0d_key",
        "agreement",
        ["agency_id", "debt_id"],
        unique=True,
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.create_index(
        "agreement_agency_id_debt_id_id_idx",
        "agreement",
        ["agency_id", "debt_id", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "agreement_agency_id_made_on_id_idx",
        "agreement",
        ["agency_id", "made_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "agreement_creditor_id_made_on_id_idx",
        "agreement",
        ["creditor_id", "made_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_table(
        "promise",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("agreement_id", sa.UUID(), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "status IN ('PENDING', 'KEPT', 'PARTIALLY_KEPT', 'BROKEN', 'CANCELLED')", name="promise_status_3baa7c_check"
        ),
        sa.CheckConstraint("amount_minor > 0", name="promise_amount_positive_cf5b15_check"),
        sa.CheckConstraint("last_on >= due_on", name="promise_grace_after_due_42562c_check"),
        sa.CheckConstraint("paid_minor BETWEEN 0 AND amount_minor", name="promise_paid_within_amount_abbd95_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "agreement_id"],
            ["agreement.agency_id", "agreement.id"],
            name="promise_agreement_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"], ["debt.agency_id", "debt.id"], name="promise_debt_id_fkey", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="promise_pkey"),
        sa.UniqueConstraint("agency_id", "agreement_id", "number", name="promise_agency_id_agreement_id_number_key"),
    )
    op.create_index(
        "promise_agency_id_debt_id_due_on_id_idx",
        "promise",
        ["agency_id", "debt_id", "due_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "promise_agency_id_due_on_id_idx",
        "promise",
        ["agency_id", "due_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "promise_agency_id_status_due_on_id_idx",
        "promise",
        ["agency_id", "status", "due_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "promise_agency_id_last_on_615ccb_idx",
        "promise",
        ["agency_id", "last_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index(
        "promise_creditor_id_due_on_id_idx",
        "promise",
        ["creditor_id", "due_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_table(
        "promise_payment",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("promise_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="promise_payment_amount_positive_cf5b15_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "payment_id"],
            ["payment.agency_id", "payment.id"],
            name="promise_payment_payment_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "promise_id"],
            ["promise.agency_id", "promise.id"],
            name="promise_payment_promise_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="promise_payment_pkey"),
        sa.UniqueConstraint(
            "agency_id", "promise_id", "payment_id", name="promise_payment_agency_id_promise_id_payment_id_key"
        ),
    )
    op.create_index(
        "promise_payment_agency_id_payment_id_idx",
        "promise_payment",
        ["agency_id", "payment_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.add_column(
        "mandate", sa.Column("promise_grace_days", sa.SmallInteger(), server_default=sa.text("3"), nullable=False)
    )
    op.add_column(
        "mandate", sa.Column("missed_instalments", sa.SmallInteger(), server_default=sa.text("2"), nullable=False)
    )
    op.create_check_constraint(
        "mandate_promise_terms_e6cc7f_check",
        "mandate",
        "promise_grace_days BETWEEN 0 AND 60 AND missed_instalments BETWEEN 1 AND 12",
    )
    op.secure_table("agreement", "shared")
    op.secure_table("promise", "shared")
    op.secure_table("promise_payment", "shared_journal")


def downgrade() -> None:
    op.secure_table("promise_payment", None)
    op.secure_table("promise", None)
    op.secure_table("agreement", None)
    op.drop_constraint("mandate_promise_terms_e6cc7f_check", "mandate", type_="check")
    op.drop_column("mandate", "missed_instalments")
    op.drop_column("mandate", "promise_grace_days")
    op.drop_index(
        "promise_payment_agency_id_payment_id_idx",
        table_name="promise_payment",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_table("promise_payment")
    op.drop_index(
        "promise_creditor_id_due_on_id_idx",
        table_name="promise",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "promise_agency_id_last_on_615ccb_idx",
        table_name="promise",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index(
        "promise_agency_id_status_due_on_id_idx",
        table_name="promise",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "promise_agency_id_due_on_id_idx",
        table_name="promise",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "promise_agency_id_debt_id_due_on_id_idx",
        table_name="promise",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_table("promise")
    op.drop_index(
        "agreement_creditor_id_made_on_id_idx",
        table_name="agreement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "agreement_agency_id_made_on_id_idx",
        table_name="agreement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "agreement_agency_id_debt_id_id_idx",
        table_name="agreement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "agreement_agency_id_debt_id_464f0d_key", table_name="agreement", postgresql_where=sa.text("status = 'ACTIVE'")
    )
    op.drop_table("agreement")

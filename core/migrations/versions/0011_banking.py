"""Bank accounts, statements and entries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_account",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("csv_layout", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('TRUST', 'OPERATING')", name="bank_account_kind_f8335f_check"),
        sa.CheckConstraint("name <> ''", name="bank_account_name_given_9e23d2_check"),
        sa.CheckConstraint("number ~ '^[0-9A-Z]+$'", name="bank_account_number_given_cab1c7_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bank_account_pkey"),
        sa.UniqueConstraint("agency_id", "name", name="bank_account_agency_id_name_key"),
        sa.UniqueConstraint("agency_id", "number", "currency", name="bank_account_agency_id_number_currency_key"),
    )
    op.create_table(
        "bank_file",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'UPLOADED'"), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_remedy", sa.Text(), nullable=True),
        sa.Column(
            "result", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(state = 'REJECTED') = (error_code IS NOT NULL)", name="bank_file_rejected_says_why_19bc25_check"
        ),
        sa.CheckConstraint("format IN ('CAMT', 'MT940', 'OFX', 'CSV')", name="bank_file_format_6a9364_check"),
        sa.CheckConstraint("state IN ('UPLOADED', 'IMPORTED', 'REJECTED')", name="bank_file_state_79e18d_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "account_id"],
            ["bank_account.agency_id", "bank_account.id"],
            name="bank_file_account_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bank_file_pkey"),
    )
    op.create_index(
        "bank_file_agency_id_created_at_id_idx",
        "bank_file",
        ["agency_id", "created_at", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "bank_file_agency_id_file_sha256_bc7e83_key",
        "bank_file",
        ["agency_id", "file_sha256"],
        unique=True,
        postgresql_where=sa.text("state <> 'REJECTED'"),
    )
    op.create_table(
        "bank_statement",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("credit_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries_new", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries_duplicate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries_unbooked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "warnings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("format IN ('CAMT', 'MT940', 'OFX', 'CSV')", name="bank_statement_format_6a9364_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "account_id"],
            ["bank_account.agency_id", "bank_account.id"],
            name="bank_statement_account_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "file_id"],
            ["bank_file.agency_id", "bank_file.id"],
            name="bank_statement_file_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bank_statement_pkey"),
        sa.UniqueConstraint("agency_id", "account_id", "digest", name="bank_statement_agency_id_account_id_digest_key"),
    )
    op.create_index(
        "bank_statement_agency_id_account_id_to_on_id_idx",
        "bank_statement",
        ["agency_id", "account_id", "to_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "bank_statement_agency_id_file_id_idx",
        "bank_statement",
        ["agency_id", "file_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_table(
        "payment_reference",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("kind IN ('MANDATE', 'PLAN', 'RF')", name="payment_reference_kind_3ee9d2_check"),
        sa.CheckConstraint("reference ~ '^[0-9A-Z]+$'", name="payment_reference_reference_given_9b4c9e_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="payment_reference_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="payment_reference_pkey"),
        sa.UniqueConstraint("agency_id", "kind", "reference", name="payment_reference_agency_id_kind_reference_key"),
    )
    op.create_index(
        "payment_reference_agency_id_debt_id_idx",
        "payment_reference",
        ["agency_id", "debt_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_table(
        "bank_entry",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_key", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("reversal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("mandate_reference", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("creditor_reference", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("text", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("counterparty_name", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("counterparty_account", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("return_reason", sa.String(length=140), server_default=sa.text("''"), nullable=False),
        sa.Column("rf", sa.String(length=25), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'UNMATCHED'"), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=True),
        sa.Column("match_reason", sa.String(length=300), server_default=sa.text("''"), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=True),
        sa.Column("payment_id", sa.UUID(), nullable=True),
        sa.Column("statement_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("direction IN ('CREDIT', 'DEBIT')", name="bank_entry_direction_83adb4_check"),
        sa.CheckConstraint(
            "rung IN ('MANDATE_REFERENCE', 'CREDITOR_REFERENCE', 'ACCOUNT_NUMBER', 'DEBTOR_IDENTIFIER', 'AMOUNT', 'RETURN', 'MANUAL')",
            name="bank_entry_rung_a62b15_check",
        ),
        sa.CheckConstraint("state <> 'IGNORED' OR match_reason <> ''", name="bank_entry_ignored_says_why_fb960b_check"),
        sa.CheckConstraint(
            "state <> 'MATCHED' OR payment_id IS NOT NULL", name="bank_entry_matched_to_payment_4588f5_check"
        ),
        sa.CheckConstraint("state IN ('UNMATCHED', 'MATCHED', 'IGNORED')", name="bank_entry_state_13cc75_check"),
        sa.CheckConstraint("amount_minor > 0", name="bank_entry_amount_positive_cf5b15_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "account_id"],
            ["bank_account.agency_id", "bank_account.id"],
            name="bank_entry_account_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"], ["debt.agency_id", "debt.id"], name="bank_entry_debt_id_fkey", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "payment_id"],
            ["payment.agency_id", "payment.id"],
            name="bank_entry_payment_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "statement_id"],
            ["bank_statement.agency_id", "bank_statement.id"],
            name="bank_entry_statement_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bank_entry_pkey"),
        sa.UniqueConstraint(
            "agency_id", "account_id", "entry_key", "part", name="bank_entry_agency_id_account_id_entry_key_part_key"
        ),
    )
    op.create_index(
        "bank_entry_agency_id_account_id_end_to_end_id_ee271f_idx",
        "bank_entry",
        ["agency_id", "account_id", "end_to_end_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("end_to_end_id <> ''"),
    )
    op.create_index(
        "bank_entry_agency_id_booked_on_id_idx",
        "bank_entry",
        ["agency_id", "booked_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "bank_entry_agency_id_debt_id_6bbd23_idx",
        "bank_entry",
        ["agency_id", "debt_id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("debt_id IS NOT NULL"),
    )
    op.create_index(
        "bank_entry_agency_id_payment_id_direction_f7af5b_key",
        "bank_entry",
        ["agency_id", "payment_id", "direction"],
        unique=True,
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_index(
        "bank_entry_agency_id_state_booked_on_id_idx",
        "bank_entry",
        ["agency_id", "state", "booked_on", "id"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "bank_entry_agency_id_statement_id_state_idx",
        "bank_entry",
        ["agency_id", "statement_id", "state"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.secure_table("bank_account", "agency")
    op.secure_table("bank_file", "agency")
    op.secure_table("bank_statement", "agency")
    op.secure_table("payment_reference", "agency")
    op.secure_table("bank_entry", "agency")


def downgrade() -> None:
    op.secure_table("bank_entry", None)
    op.secure_table("payment_reference", None)
    op.secure_table("bank_statement", None)
    op.secure_table("bank_file", None)
    op.secure_table("bank_account", None)
    op.drop_index(
        "bank_entry_agency_id_statement_id_state_idx",
        table_name="bank_entry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "bank_entry_agency_id_state_booked_on_id_idx",
        table_name="bank_entry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "bank_entry_agency_id_payment_id_direction_f7af5b_key",
        table_name="bank_entry",
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.drop_index(
        "bank_entry_agency_id_debt_id_6bbd23_idx",
        table_name="bank_entry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("debt_id IS NOT NULL"),
    )
    op.drop_index(
        "bank_entry_agency_id_booked_on_id_idx",
        table_name="bank_entry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "bank_entry_agency_id_account_id_end_to_end_id_ee271f_idx",
        table_name="bank_entry",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("end_to_end_id <> ''"),
    )
    op.drop_table("bank_entry")
    op.drop_index(
        "payment_reference_agency_id_debt_id_idx",
        table_name="payment_reference",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_table("payment_reference")
    op.drop_index(
        "bank_statement_agency_id_file_id_idx",
        table_name="bank_statement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_index(
        "bank_statement_agency_id_account_id_to_on_id_idx",
        table_name="bank_statement",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_table("bank_statement")
    op.drop_index(
        "bank_file_agency_id_file_sha256_bc7e83_key",
        table_name="bank_file",
        postgresql_where=sa.text("state <> 'REJECTED'"),
    )
    op.drop_index(
        "bank_file_agency_id_created_at_id_idx",
        table_name="bank_file",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.drop_table("bank_file")
    op.drop_table("bank_account")

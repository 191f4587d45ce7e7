"""What the agency sends, on bank entries; references without separators"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bank_entry", sa.Column("charge", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("bank_entry", sa.Column("refund_id", sa.UUID(), nullable=True))
    op.add_column("bank_entry", sa.Column("order_id", sa.UUID(), nullable=True))
    op.create_index(
        "bank_entry_agency_id_order_id_direction_3cc055_key",
        "bank_entry",
        ["agency_id", "order_id", "direction"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "bank_entry_agency_id_refund_id_ed70af_key",
        "bank_entry",
        ["agency_id", "refund_id"],
        unique=True,
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "bank_entry_order_id_fkey",
        "bank_entry",
        "remittance_order",
        ["agency_id", "order_id"],
        ["agency_id", "id"],
        ondelete="RESTRICT",
    )
    op.drop_constraint(op.f("bank_entry_matched_to_payment_4588f5_check"), "bank_entry", type_="check")
    op.drop_constraint(op.f("bank_entry_rung_a62b15_check"), "bank_entry", type_="check")
    op.create_check_constraint(
        "bank_entry_matched_to_something_bb3131_check",
        "bank_entry",
        "state <> 'MATCHED' OR num_nonnulls(payment_id, order_id, refund_id) = 1",
    )
    op.create_check_constraint(
        "bank_entry_rung_3fbbac_check",
        "bank_entry",
        "rung IN ('MANDATE_REFERENCE', 'CREDITOR_REFERENCE', 'ACCOUNT_NUMBER', 'DEBTOR_IDENTIFIER', 'AMOUNT', 'RETURN', 'MANUAL', 'END_TO_END', 'STATEMENT_NUMBER', 'BENEFICIARY', 'CHARGE')",
    )
    op.create_index(
        "debt_agency_id_expr_f1cc65_idx",
        "debt",
        ["agency_id", sa.literal_column("upper(regexp_replace(reference, '[^0-9A-Za-z]'::text, ''::text, 'g'::text))")],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    op.create_index(
        "ledger_posting_agency_id_effective_on_cb588f_idx",
        "ledger_posting",
        ["agency_id", "effective_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("kind = 'REFUND' AND debit = 'UNAPPLIED'"),
    )


def forget() -> None:
    """Before this, what the agency sent was put aside by a person. The table's owner is bound by its policies, which give
    it nothing, while they are forced."""
    op.execute("ALTER TABLE bank_entry NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE bank_entry SET state = CASE direction WHEN 'DEBIT' THEN 'IGNORED' ELSE 'UNMATCHED' END, rung = NULL, "
        "match_reason = 'a transfer of the agency: ' || left(match_reason, 200) "
        "WHERE order_id IS NOT NULL OR refund_id IS NOT NULL OR rung = 'CHARGE'"
    )
    op.execute("ALTER TABLE bank_entry FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_index(
        "ledger_posting_agency_id_effective_on_cb588f_idx",
        table_name="ledger_posting",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("kind = 'REFUND' AND debit = 'UNAPPLIED'"),
    )
    op.drop_index(
        "debt_agency_id_expr_f1cc65_idx",
        table_name="debt",
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=None,
    )
    forget()
    op.drop_constraint("bank_entry_rung_3fbbac_check", "bank_entry", type_="check")
    op.drop_constraint("bank_entry_matched_to_something_bb3131_check", "bank_entry", type_="check")
    op.create_check_constraint(
        op.f("bank_entry_rung_a62b15_check"),
        "bank_entry",
        "rung IN ('MANDATE_REFERENCE', 'CREDITOR_REFERENCE', 'ACCOUNT_NUMBER', 'DEBTOR_IDENTIFIER', 'AMOUNT', 'RETURN', 'MANUAL')",
    )
    op.create_check_constraint(
        op.f("bank_entry_matched_to_payment_4588f5_check"), "bank_entry", "state <> 'MATCHED' OR payment_id IS NOT NULL"
    )
    op.drop_constraint("bank_entry_order_id_fkey", "bank_entry", type_="foreignkey")
    op.drop_index(
        "bank_entry_agency_id_refund_id_ed70af_key",
        table_name="bank_entry",
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.drop_index(
        "bank_entry_agency_id_order_id_direction_3cc055_key",
        table_name="bank_entry",
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.drop_column("bank_entry", "order_id")
    op.drop_column("bank_entry", "refund_id")
    op.drop_column("bank_entry", "charge")

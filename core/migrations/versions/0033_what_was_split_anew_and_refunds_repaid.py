"""Lines of money that was split anew; a debtor's repayment of a refund that goes back; an index of advances"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KINDS = "kind IN ('PAYMENT', 'REVERSAL', 'ADJUSTMENT', {more}'DIRECT', 'DIRECT_REVERSAL', 'FEE', 'TAX', 'COST')"
DIRECT = "kind IN ('DIRECT', 'DIRECT_REVERSAL')"
PAIRS = (
    "(debit, credit) IN (('TRUST_BANK', 'CLIENT'), ('TRUST_BANK', 'UNAPPLIED'), ('TRUST_BANK', 'UNIDENTIFIED'), "
    "('TRUST_CLEARING', 'CLIENT_UNCLEARED'), ('TRUST_CLEARING', 'UNAPPLIED'), ('TRUST_BANK', 'TRUST_CLEARING'), "
    "('CLIENT_UNCLEARED', 'CLIENT'), ('UNIDENTIFIED', 'CLIENT'), ('UNIDENTIFIED', 'UNAPPLIED'), "
    "('UNAPPLIED', 'CLIENT'), ('CLIENT', 'TRUST_BANK'), ('UNAPPLIED', 'TRUST_BANK'), ('UNIDENTIFIED', 'TRUST_BANK'), "
    "('CLIENT_UNCLEARED', 'TRUST_CLEARING'), ('UNAPPLIED', 'TRUST_CLEARING'), ('CLIENT', 'UNIDENTIFIED'), "
    "('UNAPPLIED', 'UNIDENTIFIED'), ('CREDITOR_RECEIVABLE', 'TRUST_BANK'), ('TRUST_BANK', 'OPERATING_BANK'), "
    "('CLIENT', 'CREDITOR_RECEIVABLE'), ('OPERATING_BANK', 'TRUST_BANK'), ('OPERATING_BANK', 'CREDITOR_RECEIVABLE'), "
    "('NSF_RECEIVABLE', 'TRUST_BANK'), ('OPERATING_BANK', 'NSF_RECEIVABLE'), {more}"
    "('COMMISSION_RECEIVABLE', 'COMMISSION'), ('COMMISSION_RECEIVABLE', 'TAX_PAYABLE'), "
    "('COMMISSION', 'COMMISSION_RECEIVABLE'), ('TAX_PAYABLE', 'COMMISSION_RECEIVABLE'), ('CLIENT', 'FEE_DUE'), "
    "('COURT_COST_ADVANCE', 'FEE_DUE'), ('FEE_DUE', 'CLIENT'), ('FEE_DUE', 'TRUST_BANK'), "
    "('OPERATING_BANK', 'COMMISSION_RECEIVABLE'), ('COMMISSION_RECEIVABLE', 'OPERATING_BANK'), "
    "('TRUST_BANK', 'COURT_COST_ADVANCE'), ('COURT_COST_ADVANCE', 'TRUST_BANK'), "
    "('CREDITOR_RECEIVABLE', 'OPERATING_BANK'))"
)


def upgrade() -> None:
    op.drop_constraint("statement_line_kind_24c8ee_check", "statement_line", type_="check")
    op.create_check_constraint(
        "statement_line_kind_8f4945_check", "statement_line", KINDS.format(more="'SPLIT_ANEW', ")
    )
    op.drop_index("statement_line_agency_id_payment_id_kind_95ade8_key", table_name="statement_line")
    op.create_index(
        "statement_line_agency_id_payment_id_kind_2d78a5_key",
        "statement_line",
        ["agency_id", "payment_id", "kind"],
        unique=True,
        postgresql_where=sa.text(f"{DIRECT} OR kind = 'SPLIT_ANEW' AND direct"),
    )
    op.drop_constraint("ledger_posting_lawful_pair_4a048f_check", "ledger_posting", type_="check")
    op.create_check_constraint(
        "ledger_posting_lawful_pair_1a62fd_check",
        "ledger_posting",
        PAIRS.format(more="('NSF_RECEIVABLE', 'OPERATING_BANK'), "),
    )
    op.create_index(
        "ledger_posting_agency_id_effective_on_fef8f1_idx",
        "ledger_posting",
        ["agency_id", "effective_on"],
        unique=False,
        postgresql_using="btree",
        postgresql_include=None,
        postgresql_ops={},
        postgresql_where=sa.text("kind = 'ADVANCE' AND credit = 'TRUST_BANK'"),
    )


def forget() -> None:
    """Before this, a new split was stated as a reversal and another payment. The documents stay as they were issued. The
    table's owner is bound by its policies, which give it nothing, while they are forced."""
    op.execute("ALTER TABLE statement_line NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE statement_line SET kind = CASE WHEN direct THEN 'DIRECT' WHEN amount_minor < 0 THEN 'REVERSAL' "
        "ELSE 'PAYMENT' END WHERE kind = 'SPLIT_ANEW'"
    )
    op.execute("ALTER TABLE statement_line FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_index("ledger_posting_agency_id_effective_on_fef8f1_idx", table_name="ledger_posting")
    # The journal is sealed: what was posted stays, and no more of it is.
    op.drop_constraint("ledger_posting_lawful_pair_1a62fd_check", "ledger_posting", type_="check")
    op.create_check_constraint(
        "ledger_posting_lawful_pair_4a048f_check", "ledger_posting", PAIRS.format(more=""), postgresql_not_valid=True
    )
    op.drop_index("statement_line_agency_id_payment_id_kind_2d78a5_key", table_name="statement_line")
    op.drop_constraint("statement_line_kind_8f4945_check", "statement_line", type_="check")
    forget()
    op.create_index(
        "statement_line_agency_id_payment_id_kind_95ade8_key",
        "statement_line",
        ["agency_id", "payment_id", "kind"],
        unique=True,
        postgresql_where=sa.text(DIRECT),
    )
    op.create_check_constraint("statement_line_kind_24c8ee_check", "statement_line", KINDS.format(more=""))

"""A bank entry's counterpart: what the agency moved from one trust account to another"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

RUNGS = (
    "rung IN ('MANDATE_REFERENCE', 'CREDITOR_REFERENCE', 'ACCOUNT_NUMBER', 'DEBTOR_IDENTIFIER', 'AMOUNT', 'RETURN', "
    "'MANUAL', 'END_TO_END', 'STATEMENT_NUMBER', 'BENEFICIARY', 'CHARGE'{more})"
)
MATCHED = "state <> 'MATCHED' OR num_nonnulls(payment_id, order_id, refund_id{more}) = 1"


def upgrade() -> None:
    op.add_column("bank_entry", sa.Column("counterpart_id", sa.UUID(), nullable=True))
    op.create_index(
        "bank_entry_agency_id_counterpart_id_33495c_key",
        "bank_entry",
        ["agency_id", "counterpart_id"],
        unique=True,
        postgresql_where=sa.text("counterpart_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "bank_entry_counterpart_id_fkey",
        "bank_entry",
        "bank_entry",
        ["agency_id", "counterpart_id"],
        ["agency_id", "id"],
        ondelete="RESTRICT",
    )
    op.drop_constraint(op.f("bank_entry_matched_to_something_bb3131_check"), "bank_entry", type_="check")
    op.drop_constraint(op.f("bank_entry_rung_3fbbac_check"), "bank_entry", type_="check")
    op.create_check_constraint(
        "bank_entry_matched_to_something_aaf003_check", "bank_entry", MATCHED.format(more=", counterpart_id")
    )
    op.create_check_constraint("bank_entry_rung_e36f0d_check", "bank_entry", RUNGS.format(more=", 'OWN_ACCOUNT'"))


def forget() -> None:
    """Before this, a debit that was moved was put aside by a person, and its receipt was nobody's. That the receipt was
    taken back in the books stays there: it is seen as unexplained, until somebody posts it again. The table's owner is
    bound by its policies, which give it nothing, while they are forced."""
    op.execute("ALTER TABLE bank_entry NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE bank_entry SET state = 'IGNORED', rung = NULL, match_reason = left('a move: ' || match_reason, 300) "
        "WHERE counterpart_id IS NOT NULL"
    )
    op.execute("ALTER TABLE bank_entry FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    forget()
    op.drop_constraint("bank_entry_rung_e36f0d_check", "bank_entry", type_="check")
    op.drop_constraint("bank_entry_matched_to_something_aaf003_check", "bank_entry", type_="check")
    op.create_check_constraint(op.f("bank_entry_rung_3fbbac_check"), "bank_entry", RUNGS.format(more=""))
    op.create_check_constraint(
        op.f("bank_entry_matched_to_something_bb3131_check"), "bank_entry", MATCHED.format(more="")
    )
    op.drop_constraint("bank_entry_counterpart_id_fkey", "bank_entry", type_="foreignkey")
    op.drop_index(
        "bank_entry_agency_id_counterpart_id_33495c_key",
        table_name="bank_entry",
        postgresql_where=sa.text("counterpart_id IS NOT NULL"),
    )
    op.drop_column("bank_entry", "counterpart_id")

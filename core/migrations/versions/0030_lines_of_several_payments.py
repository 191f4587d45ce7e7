"""Lines of the bank that are several payments: what lawyers remit, with its number"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

RUNGS = (
    "rung IN ('MANDATE_REFERENCE', 'CREDITOR_REFERENCE', 'ACCOUNT_NUMBER', 'DEBTOR_IDENTIFIER', 'AMOUNT', 'RETURN', "
    "'MANUAL', 'END_TO_END', 'STATEMENT_NUMBER', 'BENEFICIARY', 'CHARGE', 'OWN_ACCOUNT'{more})"
)
ONE_THING = "state <> 'MATCHED' OR num_nonnulls(payment_id, order_id, refund_id, counterpart_id){more} = 1"


def upgrade() -> None:
    op.create_table(
        "bank_share",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("kept_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0 OR kept_minor > 0", name="bank_share_shares_something_efc5e4_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "entry_id"],
            ["bank_entry.agency_id", "bank_entry.id"],
            name="bank_share_entry_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "payment_id"],
            ["payment.agency_id", "payment.id"],
            name="bank_share_payment_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="bank_share_pkey"),
        sa.UniqueConstraint("agency_id", "entry_id", "payment_id", name="bank_share_agency_id_entry_id_payment_id_key"),
    )
    op.create_index("bank_share_agency_id_payment_id_idx", "bank_share", ["agency_id", "payment_id"])
    op.add_column("bank_entry", sa.Column("shares", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_constraint("bank_entry_matched_to_something_aaf003_check", "bank_entry", type_="check")
    op.drop_constraint("bank_entry_rung_e36f0d_check", "bank_entry", type_="check")
    op.create_check_constraint(
        "bank_entry_matched_to_something_a5c565_check", "bank_entry", ONE_THING.format(more=" + (shares > 0)::integer")
    )
    op.create_check_constraint("bank_entry_rung_6458c6_check", "bank_entry", RUNGS.format(more=", 'REMITTANCE'"))
    op.add_column(
        "legal_money", sa.Column("remittance", sa.String(length=200), server_default=sa.text("''"), nullable=False)
    )
    op.create_index(
        "legal_money_agency_id_remittance_c593b2_idx",
        "legal_money",
        ["agency_id", "remittance"],
        postgresql_where=sa.text("remittance <> ''"),
    )
    op.secure_table("bank_share", "agency")


def forget() -> None:
    """Before this, nothing could be said of a line that is several payments. That the books took its money back stays
    there: it is seen as unexplained, until somebody posts it again. The table's owner is bound by its policies, which
    give it nothing, while they are forced."""
    op.execute("ALTER TABLE bank_entry NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE bank_entry SET state = 'IGNORED', rung = NULL, match_reason = left('remitted: ' || match_reason, 300) "
        "WHERE shares > 0"
    )
    op.execute("ALTER TABLE bank_entry FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    forget()
    op.secure_table("bank_share", None)
    op.drop_index("legal_money_agency_id_remittance_c593b2_idx", table_name="legal_money")
    op.drop_column("legal_money", "remittance")
    op.drop_constraint("bank_entry_rung_6458c6_check", "bank_entry", type_="check")
    op.drop_constraint("bank_entry_matched_to_something_a5c565_check", "bank_entry", type_="check")
    op.create_check_constraint("bank_entry_rung_e36f0d_check", "bank_entry", RUNGS.format(more=""))
    op.create_check_constraint("bank_entry_matched_to_something_aaf003_check", "bank_entry", ONE_THING.format(more=""))
    op.drop_column("bank_entry", "shares")
    op.drop_table("bank_share")

"""Balances of cases as their lawyers have them, beside ours"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

COLUMNS = ("their_minor", "our_minor", "difference_minor", "their_paid_minor", "our_paid_minor")


def upgrade() -> None:
    op.add_column("legal_handoff", sa.Column("standing_on", sa.Date(), nullable=True))
    for name in COLUMNS:
        op.add_column("legal_handoff", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(
        "legal_handoff_agency_id_requested_at_id_496b9d_idx",
        "legal_handoff",
        ["agency_id", "requested_at", "id"],
        postgresql_where=sa.text("difference_minor <> 0"),
    )
    op.create_check_constraint(
        "legal_handoff_difference_of_both_b31396_check", "legal_handoff", "difference_minor = their_minor - our_minor"
    )
    op.create_check_constraint(
        "legal_handoff_standing_is_whole_cbdfbc_check",
        "legal_handoff",
        "num_nulls(standing_on, their_minor, our_minor, difference_minor) IN (0, 4) "
        "AND num_nulls(their_paid_minor, our_paid_minor) IN (0, 2)",
    )


def downgrade() -> None:
    op.drop_constraint("legal_handoff_standing_is_whole_cbdfbc_check", "legal_handoff", type_="check")
    op.drop_constraint("legal_handoff_difference_of_both_b31396_check", "legal_handoff", type_="check")
    op.drop_index("legal_handoff_agency_id_requested_at_id_496b9d_idx", table_name="legal_handoff")
    for name in (*COLUMNS, "standing_on"):
        op.drop_column("legal_handoff", name)

"""Debts that are written off, and what is recovered of them afterwards"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_REASONS = (
    "closed_reason IN ('PAID', 'SETTLED', {}'RECALLED', 'RETURNED_UNCOLLECTABLE', 'SOLD', 'DISCHARGED', "
    "'INVALIDATED', 'FRAUD', 'DECEASED_NO_ESTATE', 'TIME_BARRED', 'DUPLICATE')"
)
_BEFORE, _REASON = "debt_closed_reason_17ed40_check", "debt_closed_reason_b6e3b8_check"
_WRITTEN_OFF = "debt_written_off_162d77_check"
_COMPONENT = "debt_component_written_off_not_negative_3dc143_check"


def upgrade() -> None:
    for table in ("debt", "debt_component"):
        op.add_column(
            table, sa.Column("written_off_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
    op.drop_constraint(_BEFORE, "debt", type_="check")
    op.create_check_constraint(_REASON, "debt", _REASONS.format("'WRITTEN_OFF', "))
    op.create_check_constraint(
        _WRITTEN_OFF,
        "debt",
        "CASE WHEN closed_reason = 'WRITTEN_OFF' THEN balance_minor = 0 AND written_off_minor >= 0 "
        "ELSE written_off_minor = 0 END",
    )
    op.create_check_constraint(_COMPONENT, "debt_component", "written_off_minor >= 0")
    op.add_column(
        "payment", sa.Column("after_write_off", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("payment", "after_write_off")
    op.drop_constraint(_COMPONENT, "debt_component", type_="check")
    op.drop_constraint(_WRITTEN_OFF, "debt", type_="check")
    op.drop_constraint(_REASON, "debt", type_="check")
    op.create_check_constraint(_BEFORE, "debt", _REASONS.format(""))
    for table in ("debt_component", "debt"):
        op.drop_column(table, "written_off_minor")

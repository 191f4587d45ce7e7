"""Allocation policies, instalments and disputed portions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REPLACED = "payment_agency_id_replaces_id_8d0ac5_idx"


def upgrade() -> None:
    op.add_column("debt_component", sa.Column("instalment", sa.SmallInteger(), nullable=True))
    op.add_column(
        "debt_component", sa.Column("disputed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_check_constraint(
        "debt_component_disputed_not_negative_f63ac8_check", "debt_component", "disputed_minor >= 0"
    )
    op.create_check_constraint("debt_component_instalment_positive_cdbb11_check", "debt_component", "instalment > 0")
    op.add_column(
        "mandate",
        sa.Column("allocation_policy", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column("payment", sa.Column("purpose", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "payment", sa.Column("designation", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False)
    )
    op.add_column("payment", sa.Column("replaces_id", sa.UUID(), nullable=True))
    op.create_index(
        _REPLACED, "payment", ["agency_id", "replaces_id"], postgresql_where=sa.text("replaces_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index(_REPLACED, table_name="payment")
    op.drop_column("payment", "replaces_id")
    op.drop_column("payment", "designation")
    op.drop_column("payment", "purpose")
    op.drop_column("mandate", "allocation_policy")
    op.drop_constraint("debt_component_instalment_positive_cdbb11_check", "debt_component", type_="check")
    op.drop_constraint("debt_component_disputed_not_negative_f63ac8_check", "debt_component", type_="check")
    op.drop_column("debt_component", "disputed_minor")
    op.drop_column("debt_component", "instalment")

"""How a mandate rounds: interest, commission, tax and shares; and fee lines by the day of their charge"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


# To whole steps, as core/kit/money.py does it.
_ROUNDED = """
CREATE FUNCTION money_rounded(p_exact numeric, p_rounding text, p_step bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ((div(p_exact, p_step) + CASE
    WHEN p_rounding = 'DOWN' OR 2 * abs(p_exact % p_step) < p_step THEN 0
    WHEN 2 * abs(p_exact % p_step) > p_step OR p_rounding = 'HALF_UP' OR div(p_exact, p_step) % 2 <> 0
      THEN sign(p_exact)
    ELSE 0 END) * p_step)::bigint
$$
"""
_KINDS = "rounding IN ('HALF_UP', 'HALF_EVEN', 'DOWN')"
_RANGE = "rounding_unit_minor BETWEEN 1 AND 1000000000"
_POSTED = (
    "accrued >= 0 AND posted_minor > accrued - rounding_unit_minor "
    "AND (rounding = 'DOWN' OR posted_minor >= accrued - rounding_unit_minor / 2.0)"
)
_POSTED_BEFORE = "debt_interest_accrued_is_posted_d13207_check"
_FEES_BY_DAY = "fee_line_agency_id_assessed_on_recorded_at_line_id_idx"


def upgrade() -> None:
    op.execute(_ROUNDED)
    for table in ("mandate", "debt_interest"):
        op.add_column(
            table, sa.Column("rounding", sa.String(length=12), server_default=sa.text("'HALF_UP'"), nullable=False)
        )
        op.add_column(
            table, sa.Column("rounding_unit_minor", sa.Integer(), server_default=sa.text("1"), nullable=False)
        )
        op.create_check_constraint(f"{table}_rounding_63d1c5_check", table, _KINDS)
        op.create_check_constraint(f"{table}_rounding_unit_in_range_cf772c_check", table, _RANGE)
    op.drop_constraint(_POSTED_BEFORE, "debt_interest", type_="check")
    op.create_check_constraint("debt_interest_accrued_is_posted_efc93b_check", "debt_interest", _POSTED)
    op.create_index(_FEES_BY_DAY, "fee_line", ["agency_id", "assessed_on", "recorded_at", "line", "id"])


def downgrade() -> None:
    op.drop_index(_FEES_BY_DAY, table_name="fee_line")
    op.drop_constraint("debt_interest_accrued_is_posted_efc93b_check", "debt_interest", type_="check")
    op.create_check_constraint(_POSTED_BEFORE, "debt_interest", "accrued >= 0 AND posted_minor >= round(accrued)")
    for table in ("debt_interest", "mandate"):
        op.drop_constraint(f"{table}_rounding_unit_in_range_cf772c_check", table, type_="check")
        op.drop_constraint(f"{table}_rounding_63d1c5_check", table, type_="check")
        op.drop_column(table, "rounding_unit_minor")
        op.drop_column(table, "rounding")
    op.execute("DROP FUNCTION money_rounded")

"""Interest: certified caps, terms, pauses, and how far it is posted"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


# (1 + daily)^days - 1 by squaring, each product rounded at 30 decimals: as core/interest/rates.py does it.
_GROWTH = """
CREATE FUNCTION interest_growth(p_daily numeric, p_days integer) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  result numeric := 1;
  power numeric := 1 + p_daily;
  days integer := p_days;
BEGIN
  WHILE days > 0 LOOP
    IF days & 1 = 1 THEN result := round(result * power, 30); END IF;
    power := round(power * power, 30);
    days := days >> 1;
  END LOOP;
  RETURN result - 1;
END $$
"""

# What has accrued after one more line; before the first one it is what the aggregate was told to begin with.
_ADD = """
CREATE FUNCTION interest_add(
  p_accrued numeric, p_before numeric, p_base numeric, p_daily numeric, p_days integer, p_compounds boolean
) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  accrued numeric := COALESCE(p_accrued, p_before);
BEGIN
  IF p_compounds THEN
    RETURN accrued + round(GREATEST(0, p_base + accrued) * interest_growth(p_daily, p_days), 12);
  END IF;
  RETURN accrued + round(GREATEST(0, p_base) * p_daily * p_days, 12);
END $$
"""
_TOTAL = """
CREATE AGGREGATE interest_total(
  p_before numeric, p_base numeric, p_daily numeric, p_days integer, p_compounds boolean
) (SFUNC = interest_add, STYPE = numeric)
"""


def upgrade() -> None:
    for text in (_GROWTH, _ADD, _TOTAL):
        op.execute(text)
    op.create_table(
        "rate_cap",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("modality", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=8), nullable=False),
        sa.Column("daily_rate", sa.Numeric(precision=32, scale=30), nullable=False),
        sa.Column("resolution", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "annual_rate BETWEEN 0 AND 10 AND daily_rate >= 0", name="rate_cap_rate_in_range_3e5271_check"
        ),
        sa.CheckConstraint("valid_to >= valid_from", name="rate_cap_ends_after_start_c538ed_check"),
        sa.PrimaryKeyConstraint("agency_id", "id", name="rate_cap_pkey"),
        sa.UniqueConstraint("agency_id", "modality", "valid_from", name="rate_cap_agency_id_modality_valid_from_key"),
    )
    op.create_table(
        "debt_interest",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("receives", sa.String(length=20), nullable=False),
        sa.Column("accrues_from", sa.Date(), nullable=False),
        sa.Column("accrued_to", sa.Date(), nullable=False),
        sa.Column("accrued", sa.Numeric(precision=36, scale=12), server_default=sa.text("0"), nullable=False),
        sa.Column("posted_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("movements_seen", sa.Integer(), server_default=sa.text("-1"), nullable=False),
        sa.Column("dues_seen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "receives IN ('PRINCIPAL', 'INTEREST_ORDINARY', 'INTEREST_DEFAULT', 'PENALTY', 'COLLECTION_FEE', 'INSURANCE', 'LEGAL_COST', 'TAX', 'NSF_FEE', 'OTHER')",
            name="debt_interest_receives_205b7a_check",
        ),
        sa.CheckConstraint(
            "accrued >= 0 AND posted_minor >= round(accrued)", name="debt_interest_accrued_is_posted_d13207_check"
        ),
        sa.CheckConstraint("accrued_to >= accrues_from", name="debt_interest_accrued_not_before_start_ad01c8_check"),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="debt_interest_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_interest_pkey"),
        sa.UniqueConstraint("agency_id", "debt_id", name="debt_interest_agency_id_debt_id_key"),
    )
    op.create_index(
        "debt_interest_agency_id_accrued_to_debt_id_idx", "debt_interest", ["agency_id", "accrued_to", "debt_id"]
    )
    op.create_table(
        "debt_interest_terms",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=8), nullable=True),
        sa.Column("daily_rate", sa.Numeric(precision=32, scale=30), nullable=True),
        sa.Column("leap_daily_rate", sa.Numeric(precision=32, scale=30), nullable=True),
        sa.Column("day_count", sa.String(length=12), nullable=False),
        sa.Column("modality", sa.String(length=40), nullable=True),
        sa.Column("base", postgresql.JSONB(), nullable=False),
        sa.Column("overdue_only", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "day_count IN ('ACT_365', 'ACT_360', 'ACT_ACT', 'THIRTY_360')",
            name="debt_interest_terms_day_count_0d4d78_check",
        ),
        sa.CheckConstraint(
            "method IN ('SIMPLE_DAILY_EFFECTIVE', 'SIMPLE_NOMINAL', 'COMPOUND')",
            name="debt_interest_terms_method_9deb26_check",
        ),
        sa.CheckConstraint(
            "modality IS NULL OR day_count <> 'THIRTY_360'",
            name="debt_interest_terms_capped_by_actual_days_9e3ebe_check",
        ),
        sa.CheckConstraint(
            "(daily_rate IS NULL) = (annual_rate IS NULL) AND (leap_daily_rate IS NULL) = (annual_rate IS NULL)",
            name="debt_interest_terms_daily_of_annual_2e6d17_check",
        ),
        sa.CheckConstraint("annual_rate BETWEEN 0 AND 10", name="debt_interest_terms_rate_in_range_03487a_check"),
        sa.CheckConstraint(
            "annual_rate IS NOT NULL OR modality IS NOT NULL", name="debt_interest_terms_has_a_rate_5fb4c7_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="debt_interest_terms_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="debt_interest_terms_pkey"),
        sa.UniqueConstraint(
            "agency_id", "debt_id", "valid_from", name="debt_interest_terms_agency_id_debt_id_valid_from_key"
        ),
    )
    op.create_table(
        "interest_pause",
        sa.Column("agency_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("creditor_id", sa.UUID(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("paused_by", sa.String(length=120), nullable=False),
        sa.Column("debt_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('DISPUTE', 'INSOLVENCY', 'MORATORIUM', 'AGREEMENT', 'DISASTER', 'OTHER')",
            name="interest_pause_reason_2676b5_check",
        ),
        sa.CheckConstraint(
            "last_on IS NULL OR last_on >= first_on", name="interest_pause_ends_after_start_af467d_check"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "debt_id"],
            ["debt.agency_id", "debt.id"],
            name="interest_pause_debt_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("agency_id", "id", name="interest_pause_pkey"),
    )
    op.create_index(
        "interest_pause_agency_id_debt_id_first_on_idx", "interest_pause", ["agency_id", "debt_id", "first_on"]
    )
    op.add_column("mandate", sa.Column("interest", postgresql.JSONB(), nullable=True))
    op.secure_table("rate_cap", "agency_published")
    op.secure_table("debt_interest", "shared")
    op.secure_table("debt_interest_terms", "shared")
    op.secure_table("interest_pause", "shared")


def downgrade() -> None:
    op.secure_table("interest_pause", None)
    op.secure_table("debt_interest_terms", None)
    op.secure_table("debt_interest", None)
    op.secure_table("rate_cap", None)
    op.drop_column("mandate", "interest")
    op.drop_index("interest_pause_agency_id_debt_id_first_on_idx", table_name="interest_pause")
    op.drop_table("interest_pause")
    op.drop_table("debt_interest_terms")
    op.drop_index("debt_interest_agency_id_accrued_to_debt_id_idx", table_name="debt_interest")
    op.drop_table("debt_interest")
    op.drop_table("rate_cap")
    op.execute("DROP AGGREGATE interest_total(numeric, numeric, numeric, integer, boolean)")
    op.execute("DROP FUNCTION interest_add(numeric, numeric, numeric, numeric, integer, boolean)")
    op.execute("DROP FUNCTION interest_growth(numeric, integer)")

# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Certified caps, the terms of interest of debts, their pauses, and how far each debt's interest is posted."""

from datetime import date, datetime
from decimal import Decimal

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.interest.kinds import PauseReason
from core.interest.rates import LINE_DIGITS, RATE_DIGITS
from core.kit.money import Rounding
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.mandates.interest import RATE_PLACES, DayCount, InterestMethod
from core.mandates.terms import ComponentKind


class RateCap(TenantModel):
    """The certified maximum of a modality for a period, both days included (CO-INT-02).

    `annual_rate` is effective annual, a fraction; `daily_rate` its daily effective rate, derived once (rates.py).
    `resolution` names the act that certifies it, `source` where the agency has it from.
    """

    modality: str = fields.CharField(max_length=40)
    valid_from: date = fields.DateField()
    valid_to: date = fields.DateField()
    annual_rate: Decimal = fields.DecimalField(max_digits=12, decimal_places=RATE_PLACES)
    daily_rate: Decimal = fields.DecimalField(max_digits=RATE_DIGITS + 2, decimal_places=RATE_DIGITS)
    resolution: str = fields.CharField(max_length=120)
    source: str = fields.CharField(max_length=200)
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    updated_by: str = fields.CharField(max_length=120)

    rules = TableRules(
        security=Security.AGENCY_PUBLISHED,
        unique=(Unique(("agency_id", "modality", "valid_from")),),
        checks=(
            Check("ends_after_start", "valid_to >= valid_from"),
            Check("rate_in_range", "annual_rate BETWEEN 0 AND 10 AND daily_rate >= 0"),
        ),
    )

    class Meta:
        table = "rate_cap"


class DebtInterestTerms(TenantModel):
    """The terms of interest of a debt from a day on, until the next row's day (core/mandates/interest.py says what they
    mean). `daily_rate` is the agreed rate of a day, `leap_daily_rate` that of a day of a leap year under ACT/ACT; both
    None where the cap is the rate."""

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    valid_from: date = fields.DateField()
    method: InterestMethod = fields.CharEnumField(InterestMethod, max_length=24)
    annual_rate: Decimal | None = fields.DecimalField(max_digits=12, decimal_places=RATE_PLACES, null=True)
    daily_rate: Decimal | None = fields.DecimalField(max_digits=RATE_DIGITS + 2, decimal_places=RATE_DIGITS, null=True)
    leap_daily_rate: Decimal | None = fields.DecimalField(
        max_digits=RATE_DIGITS + 2, decimal_places=RATE_DIGITS, null=True
    )
    day_count: DayCount = fields.CharEnumField(DayCount, max_length=12)
    modality: str | None = fields.CharField(max_length=40, null=True)
    base: list[str] = fields.JSONField()
    overdue_only: bool = fields.BooleanField()
    reason: str = fields.CharField(max_length=200)
    set_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    set_by: str = fields.CharField(max_length=120)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "debt_id", "valid_from")),),
        checks=(
            Check("has_a_rate", "annual_rate IS NOT NULL OR modality IS NOT NULL"),
            Check(
                "daily_of_annual",
                "(daily_rate IS NULL) = (annual_rate IS NULL) AND (leap_daily_rate IS NULL) = (annual_rate IS NULL)",
            ),
            Check("rate_in_range", "annual_rate BETWEEN 0 AND 10"),
            Check("capped_by_actual_days", "modality IS NULL OR day_count <> 'THIRTY_360'"),
        ),
    )

    class Meta:
        table = "debt_interest_terms"


class DebtInterest(TenantModel):
    """How far the interest of a debt is posted: one row for each debt that bears interest.

    `accrued` is the exact interest from `accrues_from` to the end of `accrued_to`, in minor units with 12 decimals, and
    `posted_minor` what of it was posted, to a component of the kind `receives`. It is rounded as the mandate does
    (`rounding`, `rounding_unit_minor`); the rest, less than that unit, is carried. More is posted than accrued only
    where interest turned out too high and nothing was left to lower.
    `movements_seen` counts the movements of the debt before `accrued_to`, and `dues_seen` is a hash of the due dates of
    its components. Movements are never changed: another count says that one came late, another hash that a due date was
    moved, and `stale` that terms, pauses or caps are others: the interest has then to be computed again.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    receives: ComponentKind = fields.CharEnumField(ComponentKind, max_length=20)
    accrues_from: date = fields.DateField()
    accrued_to: date = fields.DateField()
    accrued: Decimal = fields.DecimalField(max_digits=24 + LINE_DIGITS, decimal_places=LINE_DIGITS, db_default=0)
    posted_minor: int = fields.BigIntField(db_default=0)
    rounding: Rounding = fields.CharEnumField(Rounding, max_length=12, db_default="HALF_UP")
    rounding_unit_minor: int = fields.IntField(db_default=1)
    movements_seen: int = fields.IntField(db_default=-1)
    dues_seen: int = fields.BigIntField(db_default=0)
    stale: bool = fields.BooleanField(db_default=False)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "debt_id")),),
        indexes=(Ix(("agency_id", "accrued_to", "debt_id")),),
        checks=(
            Check("accrued_not_before_start", "accrued_to >= accrues_from"),
            Check(
                "accrued_is_posted",
                "accrued >= 0 AND posted_minor > accrued - rounding_unit_minor "
                "AND (rounding = 'DOWN' OR posted_minor >= accrued - rounding_unit_minor / 2.0)",
            ),
            Check("rounding_unit_in_range", "rounding_unit_minor BETWEEN 1 AND 1000000000"),
        ),
    )

    class Meta:
        table = "debt_interest"


class InterestPause(TenantModel):
    """Days on which a debt earns no interest, both included; until further notice without `last_on`."""

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    first_on: date = fields.DateField()
    last_on: date | None = fields.DateField(null=True)
    reason: PauseReason = fields.CharEnumField(PauseReason, max_length=16)
    note: str = fields.CharField(max_length=200, db_default="")
    paused_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    paused_by: str = fields.CharField(max_length=120)

    rules = TableRules(
        security=Security.SHARED,
        indexes=(Ix(("agency_id", "debt_id", "first_on")),),
        checks=(Check("ends_after_start", "last_on IS NULL OR last_on >= first_on"),),
    )

    class Meta:
        table = "interest_pause"

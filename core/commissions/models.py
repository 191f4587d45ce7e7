# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Schedules of commission, and what each payment was charged by them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.commissions.kinds import FeeKind
from core.debts.models import ComponentKind, Stage
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique


class CommissionSchedule(TenantModel):
    """One version of a mandate's terms of commission: never changed, only followed by another.

    A debt has the newest version that was valid on the day of its placement, for good. `terms` as in terms.py;
    `tax_rate` is the tax on the fee (Colombia: IVA, 0.19; Estatuto Tributario art. 468).
    """

    creditor_id = fields.UUIDField()
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    version: int = fields.IntField()
    valid_from: date = fields.DateField()
    terms: dict[str, Any] = fields.JSONField()
    tax_rate: Decimal = fields.DecimalField(max_digits=7, decimal_places=6)
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "mandate_id", "version")), Unique(("agency_id", "mandate_id", "valid_from"))),
        checks=(Check("tax_is_a_share", "tax_rate >= 0 AND tax_rate < 1"),),
    )

    class Meta:
        table = "commission_schedule"


class FeeLine(TenantModel):
    """One line of the fee of one payment, in minor units; the lines of an assessment add up to fee and tax.

    `assessment` counts how often the payment was assessed, `line` the lines of each time, or of its reversal. A
    reversal is the same line with the sign turned (`reverses_id`), never a new computation. `tier` counts from 1;
    `component` is the kind whose own rate it is. `rounding` is what rounding added to base by rate. `paid_before` is
    what had counted for tiers before this payment, `stage` where the debt stood when it was first assessed. The
    ledger's posting of a line has the line as its source.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT)
    schedule = fields.ForeignKeyField("recobro.CommissionSchedule", on_delete=fields.RESTRICT)
    currency: str = fields.CharField(max_length=3)
    assessment: int = fields.IntField()
    line: int = fields.SmallIntField()
    kind: FeeKind = fields.CharEnumField(FeeKind, max_length=16)
    tier: int | None = fields.SmallIntField(null=True)
    component: ComponentKind | None = fields.CharEnumField(ComponentKind, max_length=20, null=True)
    base_minor: int = fields.BigIntField()
    rate: Decimal | None = fields.DecimalField(max_digits=7, decimal_places=6, null=True)
    rounding: Decimal = fields.DecimalField(max_digits=20, decimal_places=6)
    amount_minor: int = fields.BigIntField()
    paid_before_minor: int = fields.BigIntField()
    stage: Stage = fields.CharEnumField(Stage, max_length=16)
    assessed_on: date = fields.DateField()
    recorded_at: datetime = fields.DatetimeField()
    reverses_id: UUID | None = fields.UUIDField(null=True)

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(
            Unique(("agency_id", "payment_id", "assessment", "line"), where="reverses_id IS NULL"),
            Unique(("agency_id", "reverses_id"), where="reverses_id IS NOT NULL"),
        ),
        indexes=(
            Ix(("agency_id", "payment_id")),
            Ix(("agency_id", "debt_id")),
            Ix(("agency_id", "creditor_id", "assessed_on")),
            Ix(("agency_id", "assessed_on", "recorded_at", "line", "id")),
        ),
    )

    class Meta:
        table = "fee_line"

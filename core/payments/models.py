# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Payments and their stored allocation."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy


class Payment(TenantModel):
    """Money received for a debt. `unapplied_minor` is what no component could take (an overpayment).

    A PENDING payment clears on `clears_on` unless it is reversed before; `cleared_on` is when it did.
    `purpose` is a code of the mandate's own for what the money is, `designation` what the debtor named to be paid
    first: component kinds and ids. `replaces_id` is the payment that this one is the new split of. `after_write_off`:
    the debt was written off when the money came, which is a recovery of what was written off.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    unapplied_minor: int = fields.BigIntField(db_default=0)
    paid_on: date = fields.DateField()
    received_by: ReceivedBy = fields.CharEnumField(ReceivedBy, max_length=16)
    method: PaymentMethod = fields.CharEnumField(PaymentMethod, max_length=20)
    reference: str = fields.CharField(max_length=120, db_default="")
    status: PaymentStatus = fields.CharEnumField(PaymentStatus, max_length=16, db_default="CLEARED")
    clears_on: date | None = fields.DateField(null=True)
    cleared_on: date | None = fields.DateField(null=True)
    reversed_on: date | None = fields.DateField(null=True)
    reversal_reason: str | None = fields.CharField(max_length=200, null=True)
    idempotency_key: str = fields.CharField(max_length=200)
    fingerprint: str = fields.CharField(max_length=64)
    recorded_by: str = fields.CharField(max_length=120)
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    purpose: str = fields.CharField(max_length=40, db_default="")
    designation: list[str] = fields.JSONField(db_default="[]")
    replaces_id: UUID | None = fields.UUIDField(null=True)
    after_write_off: bool = fields.BooleanField(db_default=False)
    source_id: UUID | None = fields.UUIDField(null=True)
    source_line: int | None = fields.IntField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "idempotency_key")),),
        indexes=(
            Ix(("agency_id", "debt_id", "paid_on")),
            Ix(("agency_id", "creditor_id", "paid_on"), include=("amount_minor", "status")),
            Ix(("creditor_id", "paid_on")),
            Ix(("agency_id", "clears_on"), where="status = 'PENDING'"),
            Ix(("agency_id", "replaces_id"), where="replaces_id IS NOT NULL"),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("unapplied_within_amount", "unapplied_minor BETWEEN 0 AND amount_minor"),
            Check("pending_clears", "status <> 'PENDING' OR (clears_on IS NOT NULL AND cleared_on IS NULL)"),
            Check("cleared_has_day", "status <> 'CLEARED' OR cleared_on IS NOT NULL"),
            Check("reversed_has_day", "(status = 'REVERSED') = (reversed_on IS NOT NULL)"),
        ),
    )

    class Meta:
        table = "payment"


class PaymentAllocation(TenantModel):
    """How a payment was split, stored so that a reversal restores exactly this and recomputes nothing."""

    creditor_id = fields.UUIDField()
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT)
    component = fields.ForeignKeyField("recobro.DebtComponent", on_delete=fields.RESTRICT)
    amount_minor: int = fields.BigIntField()

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "payment_id", "component_id")),),
        checks=(Check("amount_positive", "amount_minor > 0"),),
    )

    class Meta:
        table = "payment_allocation"

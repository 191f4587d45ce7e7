# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Agreements with debtors, the promises that they consist of, and the money that was paid towards each."""

from datetime import date, datetime

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.agreements.kinds import AgreementChannel, AgreementKind, AgreementStatus, PromiseStatus
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique


class Agreement(TenantModel):
    """What a debtor agreed to pay of one debt: one promise, or a plan. A debt has one ACTIVE agreement at most.

    `grace_days` and `missed_limit` are the mandate's as they were on `made_on`: days after which a promise still counts
    as kept, and how many instalments missed at once break it. `ended_on` is the last day of which money still counts
    for a BROKEN one, and the day on which a CANCELLED one was.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    kind: AgreementKind = fields.CharEnumField(AgreementKind, max_length=10)
    status: AgreementStatus = fields.CharEnumField(AgreementStatus, max_length=10, db_default="ACTIVE")
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    instalments: int = fields.IntField()
    channel: AgreementChannel = fields.CharEnumField(AgreementChannel, max_length=10)
    grace_days: int = fields.IntField()
    missed_limit: int = fields.IntField()
    made_on: date = fields.DateField()
    made_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    made_by: str = fields.CharField(max_length=120)
    ended_on: date | None = fields.DateField(null=True)
    cancel_reason: str | None = fields.CharField(max_length=200, null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "debt_id"), where="status = 'ACTIVE'"),),
        indexes=(
            Ix(("agency_id", "debt_id", "id")),
            Ix(("agency_id", "made_on", "id")),
            Ix(("creditor_id", "made_on", "id")),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("terms", "instalments > 0 AND grace_days >= 0 AND missed_limit > 0"),
            Check("ended_has_day", "(status IN ('BROKEN', 'CANCELLED')) = (ended_on IS NOT NULL)"),
        ),
    )

    class Meta:
        table = "agreement"


class Promise(TenantModel):
    """One promise to pay, or one instalment of a plan: `amount_minor` by `due_on`, or by `last_on` with its grace.

    `paid_minor` is the sum of its `promise_payment` whose payments stand, also of what came too late.
    """

    creditor_id = fields.UUIDField()
    agreement = fields.ForeignKeyField("recobro.Agreement", on_delete=fields.RESTRICT)
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    number: int = fields.IntField()
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    paid_minor: int = fields.BigIntField(db_default=0)
    due_on: date = fields.DateField()
    last_on: date = fields.DateField()
    status: PromiseStatus = fields.CharEnumField(PromiseStatus, max_length=16, db_default="PENDING")

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "agreement_id", "number")),),
        indexes=(
            Ix(("agency_id", "debt_id", "due_on", "id")),
            Ix(("agency_id", "due_on", "id")),
            Ix(("agency_id", "status", "due_on", "id")),
            Ix(("agency_id", "last_on"), where="status = 'PENDING'"),
            Ix(("creditor_id", "due_on", "id")),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("paid_within_amount", "paid_minor BETWEEN 0 AND amount_minor"),
            Check("grace_after_due", "last_on >= due_on"),
        ),
    )

    class Meta:
        table = "promise"


class PromisePayment(TenantModel):
    """What of a payment was paid towards a promise, stored so that a reversal takes back exactly this."""

    creditor_id = fields.UUIDField()
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT)
    promise = fields.ForeignKeyField("recobro.Promise", on_delete=fields.RESTRICT)
    amount_minor: int = fields.BigIntField()

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "promise_id", "payment_id")),),
        indexes=(Ix(("agency_id", "payment_id")),),
        checks=(Check("amount_positive", "amount_minor > 0"),),
    )

    class Meta:
        table = "promise_payment"

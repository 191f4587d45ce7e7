# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Report runs and the files they made; the recovery totals that the database keeps."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.debts.kinds import Stage
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.reports.kinds import ReportState


class ReportRun(TenantModel):
    """One making of one creditor's report, asked for by the agency or by the creditor itself."""

    creditor_id = fields.UUIDField()
    report: str = fields.CharField(max_length=80)
    period_from: date = fields.DateField()
    period_to: date = fields.DateField()
    parameters: dict[str, Any] = fields.JSONField(db_default="{}")
    state: ReportState = fields.CharEnumField(ReportState, max_length=12, db_default="QUEUED")
    job_id: UUID | None = fields.UUIDField(null=True)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    error_message: str | None = fields.TextField(null=True)
    requested_by: str = fields.CharField(max_length=120)
    requested_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    ready_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        indexes=(Ix(("agency_id", "creditor_id", "requested_at")),),
        checks=(Check("period_in_order", "period_to >= period_from"),),
    )

    class Meta:
        table = "report_run"


class ReportFile(TenantModel):
    """A file that a report run made."""

    creditor_id = fields.UUIDField()
    run = fields.ForeignKeyField("recobro.ReportRun", on_delete=fields.CASCADE)
    name: str = fields.CharField(max_length=200)
    media_type: str = fields.CharField(max_length=100)
    file_sha256: str = fields.CharField(max_length=64)
    file_size: int = fields.BigIntField()

    rules = TableRules(security=Security.SHARED, unique=(Unique(("agency_id", "run_id", "name")),))

    class Meta:
        table = "report_file"


class _Counted(TenantModel):
    """Of what a row of totals is; `currency` is that of its `_minor` columns."""

    creditor_id = fields.UUIDField()
    mandate_id = fields.UUIDField()
    portfolio_id = fields.UUIDField()
    currency: str = fields.CharField(max_length=3)

    class Meta:
        abstract = True


class _Standing(_Counted):
    """The sums over some debts as they stand: `recovered_minor` is what was paid of them, less reversals."""

    debts: int = fields.BigIntField()
    placed_minor: int = fields.BigIntField()
    recalled_minor: int = fields.BigIntField()
    recovered_minor: int = fields.BigIntField()
    balance_minor: int = fields.BigIntField()

    class Meta:
        abstract = True


_OF = ("agency_id", "creditor_id", "mandate_id", "portfolio_id", "currency")


class RecoveryDelta(_Standing):
    """What a statement changed in the totals, until it is folded into them. Written by triggers alone.

    With a `month`: cash of that month, in `recovered_minor`, `payments` and `reversals`. Without: debts that came to
    (or, in negative numbers, left) a `stage` and a `due_on`; a change of where a debt stands is one of each.
    """

    stage: Stage | None = fields.CharEnumField(Stage, max_length=16, null=True)
    due_on: date | None = fields.DateField(null=True)
    month: date | None = fields.DateField(null=True)
    payments: int = fields.BigIntField(db_default=0)
    reversals: int = fields.BigIntField(db_default=0)

    rules = TableRules(security=Security.SHARED, indexes=(Ix(("creditor_id", "agency_id")),))

    class Meta:
        table = "recovery_delta"


class RecoveryStanding(_Standing):
    """Folded totals by stage."""

    stage: Stage = fields.CharEnumField(Stage, max_length=16)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique((*_OF, "stage")),),
        indexes=(Ix(("creditor_id", "agency_id")),),
    )

    class Meta:
        table = "recovery_standing"


class RecoveryDue(_Standing):
    """Folded totals by oldest due date with a balance: what ageing buckets of any bounds, on any day, are made of.

    `due_on` is 9999-12-31 for balances that are never due, and 0001-01-01 where nothing is owed.
    """

    due_on: date = fields.DateField()

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique((*_OF, "due_on")),),
        indexes=(Ix(("creditor_id", "agency_id")),),
    )

    class Meta:
        table = "recovery_due"


class RecoveryBucket(_Standing):
    """Folded totals by ageing bucket of the default bounds, on the day that the mandate's `RecoveryDay` names.

    `place` counts the buckets from 0, "current"; -1 is where nothing is owed.
    """

    place: int = fields.SmallIntField()

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique((*_OF, "place")),),
        indexes=(Ix(("creditor_id", "agency_id")),),
    )

    class Meta:
        table = "recovery_bucket"


class RecoveryMonth(_Counted):
    """Folded totals of cash by month (its first day): of payments when they were made, of reversals when they were."""

    month: date = fields.DateField()
    recovered_minor: int = fields.BigIntField()
    payments: int = fields.BigIntField()
    reversals: int = fields.BigIntField()

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique((*_OF, "month")),),
        indexes=(Ix(("creditor_id", "agency_id")),),
    )

    class Meta:
        table = "recovery_month"


class RecoveryDay(TenantModel):
    """The day, in the mandate's time zone, that the mandate's buckets are of; NULL until they are made."""

    creditor_id = fields.UUIDField()
    mandate_id = fields.UUIDField()
    timezone: str = fields.CharField(max_length=64)
    as_of: date | None = fields.DateField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "creditor_id", "mandate_id")),),
        indexes=(Ix(("creditor_id", "agency_id")),),
    )

    class Meta:
        table = "recovery_day"

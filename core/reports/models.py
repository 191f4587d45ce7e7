# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Report runs and the files they made."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique


class ReportState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


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

# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Placement batches and what was found wrong with their rows."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.mandates.kinds import FileKind
from core.placements.kinds import BatchState, RowOutcome


class PlacementBatch(TenantModel):
    """One file of a creditor, from upload to its end. `control_*` are the totals that came with it."""

    creditor_id = fields.UUIDField()
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    portfolio = fields.ForeignKeyField("recobro.Portfolio", on_delete=fields.RESTRICT, null=True)
    layout = fields.ForeignKeyField("recobro.FileLayout", on_delete=fields.RESTRICT)
    kind: FileKind = fields.CharEnumField(FileKind, max_length=16)
    state: BatchState = fields.CharEnumField(BatchState, max_length=16, db_default="UPLOADED")
    file_name: str = fields.CharField(max_length=255)
    file_sha256: str = fields.CharField(max_length=64)
    file_size: int = fields.BigIntField()
    encoding: str = fields.CharField(max_length=40, db_default="")
    control_rows: int | None = fields.BigIntField(null=True)
    control_sum_minor: int | None = fields.BigIntField(null=True)
    control_sums: dict[str, int] = fields.JSONField(db_default="{}")
    currency: str = fields.CharField(max_length=3)
    rows_total: int = fields.BigIntField(db_default=0)
    rows_accepted: int = fields.BigIntField(db_default=0)
    rows_duplicate: int = fields.BigIntField(db_default=0)
    rows_rejected: int = fields.BigIntField(db_default=0)
    sum_total_minor: int = fields.BigIntField(db_default=0)
    sum_accepted_minor: int = fields.BigIntField(db_default=0)
    issues_by_code: dict[str, int] = fields.JSONField(db_default="{}")
    error_code: str | None = fields.CharField(max_length=80, null=True)
    error_message: str | None = fields.TextField(null=True)
    error_remedy: str | None = fields.TextField(null=True)
    details: dict[str, Any] = fields.JSONField(db_default="{}")
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    validated_at: datetime | None = fields.DatetimeField(null=True)
    accepted_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(
            Unique(
                ("agency_id", "mandate_id", "kind", "file_sha256"),
                where="state NOT IN ('REJECTED', 'CLOSED', 'RECALLED')",
            ),
        ),
        indexes=(Ix(("agency_id", "created_at", "id")), Ix(("agency_id", "creditor_id", "created_at"))),
        checks=(Check("counts_not_negative", "rows_total >= 0 AND rows_accepted >= 0 AND rows_rejected >= 0"),),
    )

    class Meta:
        table = "placement_batch"


class PlacementIssue(TenantModel):
    """A row that was not simply accepted: where it stands, what is wrong, and what to do. `run` tells dry run and
    acceptance apart: the report is always that of the last run."""

    creditor_id = fields.UUIDField()
    batch = fields.ForeignKeyField("recobro.PlacementBatch", on_delete=fields.CASCADE)
    line: int = fields.BigIntField()
    outcome: RowOutcome = fields.CharEnumField(RowOutcome, max_length=12)
    code: str = fields.CharField(max_length=60)
    column: str = fields.CharField(max_length=120, db_default="")
    given: str = fields.CharField(max_length=200, db_default="")
    reference: str = fields.CharField(max_length=80, db_default="")

    rules = TableRules(
        security=Security.SHARED,
        indexes=(Ix(("agency_id", "batch_id", "line", "id")),),
    )

    class Meta:
        table = "placement_issue"

# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Tables of the kit: jobs, events and idempotency records."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.kinds import JobState
from core.kit.tables import IDENTITY, Check, Ix, Security, TableRules, TenantModel, Unique


class Job(TenantModel):
    """A piece of work, its progress and its end."""

    creditor_id: UUID | None = fields.UUIDField(null=True)
    name: str = fields.CharField(max_length=80)
    subject_id: UUID | None = fields.UUIDField(null=True)
    state: JobState = fields.CharEnumField(JobState, max_length=16, db_default="QUEUED")
    payload: dict[str, Any] = fields.JSONField()
    scope: dict[str, Any] = fields.JSONField()
    attempt: int = fields.IntField(db_default=0)
    max_attempts: int = fields.IntField(db_default=5)
    progress_done: int = fields.BigIntField(db_default=0)
    progress_total: int = fields.BigIntField(db_default=0)
    progress_note: str = fields.CharField(max_length=200, db_default="")
    result: dict[str, Any] | None = fields.JSONField(null=True)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    error_message: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    not_before: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    sent_at: datetime | None = fields.DatetimeField(null=True)
    heartbeat_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.WORK,
        indexes=(
            Ix(("agency_id", "subject_id")),
            Ix(("agency_id", "id"), where="state IN ('QUEUED', 'RUNNING')"),
        ),
        checks=(Check("progress", "progress_done >= 0 AND progress_total >= 0"),),
    )

    class Meta:
        table = "job"


class Event(TenantModel):
    """What happened. `(xid, position)` is its place for readers that must miss nothing (core/kit/feed.py)."""

    creditor_id: UUID | None = fields.UUIDField(null=True)
    position: int = fields.BigIntField(db_default=IDENTITY)
    xid: int = fields.BigIntField(db_default=SqlDefault("(pg_current_xact_id()::text)::bigint"))
    name: str = fields.CharField(max_length=80)
    version: int = fields.SmallIntField(db_default=1)
    subject_id: UUID = fields.UUIDField()
    actor: str = fields.CharField(max_length=120)
    data: dict[str, Any] = fields.JSONField()
    occurred_at: datetime = fields.DatetimeField()
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_EVENTS,
        indexes=(
            Ix(("agency_id", "xid", "position")),
            Ix(("creditor_id", "xid", "position")),
            Ix(("agency_id", "subject_id", "position")),
        ),
    )

    class Meta:
        table = "event"


class IdempotencyRecord(TenantModel):
    """One use of an idempotency key: the fingerprint of the request, and what it made."""

    operation: str = fields.CharField(max_length=80)
    key: str = fields.CharField(max_length=200)
    fingerprint: str = fields.CharField(max_length=64)
    subject_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY_JOURNAL, unique=(Unique(("agency_id", "operation", "key")),))

    class Meta:
        table = "idempotency_record"

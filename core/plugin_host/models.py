# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""What an agency has enabled, what a plugin keeps, and every call that was made through one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Ix, Security, TableRules, TenantModel, Unique
from core.plugin_host.kinds import CallOutcome


class PluginSetting(TenantModel):
    """One offer of a plugin at one agency. `sealed` is the encrypted JSON of its settings, secrets included."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    enabled: bool = fields.BooleanField(db_default=False)
    version: int = fields.IntField(db_default=1)
    sealed: bytes = fields.BinaryField()
    updated_by: str = fields.CharField(max_length=120)
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY, unique=(Unique(("agency_id", "offer")),))

    class Meta:
        table = "plugin_setting"


class PluginDocument(TenantModel):
    """A JSON document in the store of one plugin at one agency."""

    plugin: str = fields.CharField(max_length=80)
    key: str = fields.CharField(max_length=200)
    document: dict[str, Any] = fields.JSONField()
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(security=Security.AGENCY, unique=(Unique(("agency_id", "plugin", "key")),))

    class Meta:
        table = "plugin_document"


class PluginCall(TenantModel):
    """The evidence of one call: who asked, for which creditor, through what, with which outcome. Append-only."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    operation: str = fields.CharField(max_length=80)
    creditor_id: UUID | None = fields.UUIDField(null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    actor: str = fields.CharField(max_length=120)
    outcome: CallOutcome = fields.CharEnumField(CallOutcome, max_length=12)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    duration_ms: int = fields.IntField()
    called_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_JOURNAL,
        indexes=(Ix(("agency_id", "called_at", "id")), Ix(("agency_id", "subject_id"))),
    )

    class Meta:
        table = "plugin_call"

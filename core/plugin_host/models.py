# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""What an agency has enabled and may spend, what a plugin keeps, and every call that was made through one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.plugin_host.kinds import BudgetPeriod, CallOutcome


class PluginSetting(TenantModel):
    """One offer of a plugin at one agency. `sealed` is the encrypted JSON of its settings, secrets included.

    `granted` are the codes of the scopes that the plugin asked for when an administrator enabled it last; None where
    that was before they were written down.

    `price_minor` is what one call costs the agency by its contract with the provider; `reuse_days` for how long an
    answer may be used again without asking (0: never).
    """

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    enabled: bool = fields.BooleanField(db_default=False)
    version: int = fields.IntField(db_default=1)
    sealed: bytes = fields.BinaryField()
    granted: list[str] | None = fields.JSONField(null=True)
    price_minor: int = fields.BigIntField(db_default=0)
    currency: str | None = fields.CharField(max_length=3, null=True)
    reuse_days: int = fields.IntField(db_default=0)
    updated_by: str = fields.CharField(max_length=120)
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "offer")),),
        checks=(
            Check("terms", "price_minor >= 0 AND reuse_days BETWEEN 0 AND 180"),
            Check("price_has_currency", "price_minor = 0 OR currency IS NOT NULL"),
        ),
    )

    class Meta:
        table = "plugin_setting"


class PluginBudget(TenantModel):
    """What an agency may spend on the calls of one offer in a period, in all or for one creditor.

    `used_calls` and `used_minor` count from `period_start`: in a later period they are as good as 0.
    """

    offer: str = fields.CharField(max_length=80)
    creditor_id: UUID | None = fields.UUIDField(null=True)
    period: BudgetPeriod = fields.CharEnumField(BudgetPeriod, max_length=8)
    max_calls: int | None = fields.IntField(null=True)
    max_minor: int | None = fields.BigIntField(null=True)
    currency: str | None = fields.CharField(max_length=3, null=True)
    used_calls: int = fields.IntField(db_default=0)
    used_minor: int = fields.BigIntField(db_default=0)
    period_start: date = fields.DateField()
    updated_by: str = fields.CharField(max_length=120)
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(
            Unique(("agency_id", "offer", "period"), where="creditor_id IS NULL"),
            Unique(("agency_id", "offer", "creditor_id", "period"), where="creditor_id IS NOT NULL"),
        ),
        checks=(
            Check("limits_something", "max_calls IS NOT NULL OR max_minor IS NOT NULL"),
            Check("limits", "COALESCE(max_calls, 0) >= 0 AND COALESCE(max_minor, 0) >= 0"),
            Check("used", "used_calls >= 0 AND used_minor >= 0"),
            Check("amount_has_currency", "(max_minor IS NULL) = (currency IS NULL)"),
        ),
    )

    class Meta:
        table = "plugin_budget"


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
    """The evidence of one call: who asked, for which creditor, through what, with which outcome, at which cost.
    Append-only."""

    plugin: str = fields.CharField(max_length=80)
    offer: str = fields.CharField(max_length=80)
    operation: str = fields.CharField(max_length=80)
    creditor_id: UUID | None = fields.UUIDField(null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    actor: str = fields.CharField(max_length=120)
    outcome: CallOutcome = fields.CharEnumField(CallOutcome, max_length=12)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    duration_ms: int = fields.IntField()
    attempt: int = fields.SmallIntField(db_default=1)
    cost_minor: int = fields.BigIntField(db_default=0)
    currency: str | None = fields.CharField(max_length=3, null=True)
    called_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_EVIDENCE,
        indexes=(Ix(("agency_id", "called_at", "id")), Ix(("agency_id", "subject_id"))),
    )

    class Meta:
        table = "plugin_call"

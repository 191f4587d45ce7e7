# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Creditors of an agency, their mandates and portfolios, and how their files read."""

from datetime import date, datetime
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.money import Rounding
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.mandates.kinds import FileKind, MandateStatus


class Creditor(TenantModel):
    """A creditor as client of this agency. `id` is the global organisation, so that `creditor_id` means the same
    organisation at every agency; the name and the code are this agency's own."""

    name: str = fields.CharField(max_length=200)
    code: str = fields.CharField(max_length=40)
    tax_id: str = fields.CharField(max_length=40)
    country: str = fields.CharField(max_length=2)
    creditor_id = fields.UUIDField()
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "code")), Unique(("agency_id", "country", "tax_id"))),
        indexes=(Ix(("agency_id", "name")),),
        checks=(Check("creditor_is_itself", "creditor_id = id"),),
    )

    class Meta:
        table = "creditor"


class Mandate(TenantModel):
    """The terms under which an agency collects for a creditor.

    `allocation_order` lists component kinds, first paid first; `allocation_policy` says what else decides how payments
    are split (core/mandates/allocation.py), {} nothing else. `ageing_bounds` are the upper days of all buckets but the
    last, ascending. `stage_days` gives the days past due from which a stage begins.
    `clearance_days` gives, by method of payment, the days after which money can not bounce any more; 0 where it says
    nothing. `interest` are the terms of interest that its debts get (core/mandates/interest.py); none where they earn
    nothing by themselves. `promise_grace_days`: how many days after its due day money still keeps a promise;
    `missed_instalments`: how many, missed at once, break a payment plan.
    Interest, commission and its tax are posted in whole multiples of `rounding_unit_minor`, as `rounding` says, and
    shares of a payment are multiples of it.
    """

    creditor = fields.ForeignKeyField("recobro.Creditor", on_delete=fields.RESTRICT)
    name: str = fields.CharField(max_length=120)
    currency: str = fields.CharField(max_length=3)
    timezone: str = fields.CharField(max_length=64)
    status: MandateStatus = fields.CharEnumField(MandateStatus, max_length=16, db_default="ACTIVE")
    starts_on: date = fields.DateField()
    ends_on: date | None = fields.DateField(null=True)
    allocation_order: list[str] = fields.JSONField()
    allocation_policy: dict[str, Any] = fields.JSONField(db_default="{}")
    ageing_bounds: list[int] = fields.JSONField()
    stage_days: dict[str, int] = fields.JSONField()
    clearance_days: dict[str, int] = fields.JSONField(db_default="{}")
    interest: dict[str, Any] | None = fields.JSONField(null=True)
    promise_grace_days: int = fields.SmallIntField(db_default=3)
    missed_instalments: int = fields.SmallIntField(db_default=2)
    rounding: Rounding = fields.CharEnumField(Rounding, max_length=12, db_default="HALF_UP")
    rounding_unit_minor: int = fields.IntField(db_default=1)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "creditor_id", "name")),),
        checks=(
            Check("ends_after_start", "ends_on IS NULL OR ends_on >= starts_on"),
            Check("promise_terms", "promise_grace_days BETWEEN 0 AND 60 AND missed_instalments BETWEEN 1 AND 12"),
            Check("rounding_unit_in_range", "rounding_unit_minor BETWEEN 1 AND 1000000000"),
        ),
    )

    class Meta:
        table = "mandate"


class Portfolio(TenantModel):
    """A named part of a mandate: what the creditor placed together."""

    creditor_id = fields.UUIDField()
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    name: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "mandate_id", "name")),),
    )

    class Meta:
        table = "portfolio"


class FileLayout(TenantModel):
    """How one creditor's file of one kind reads: its columns, date and number formats (core/placements/layout.py)."""

    creditor_id = fields.UUIDField()
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    kind: FileKind = fields.CharEnumField(FileKind, max_length=16)
    version: int = fields.IntField(db_default=1)
    layout: dict[str, Any] = fields.JSONField()
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "mandate_id", "kind", "version")),),
    )

    class Meta:
        table = "file_layout"

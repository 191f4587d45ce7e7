# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Legal handoffs and their documents."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Ix, Security, TableRules, TenantModel, Unique
from core.legal.kinds import HandoffState


class LegalHandoff(TenantModel):
    """One debt handed over to one channel. `checklist` holds each requirement with its answer; `dossier` the facts."""

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    channel: str = fields.CharField(max_length=80)
    state: HandoffState = fields.CharEnumField(HandoffState, max_length=16)
    idempotency_key: str = fields.CharField(max_length=200)
    fingerprint: str = fields.CharField(max_length=64)
    checklist: list[dict[str, Any]] = fields.JSONField()
    dossier: dict[str, Any] = fields.JSONField()
    receipt: str | None = fields.CharField(max_length=120, null=True)
    refusal_code: str | None = fields.CharField(max_length=80, null=True)
    requested_by: str = fields.CharField(max_length=120)
    requested_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    acknowledged_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "idempotency_key")),),
        indexes=(Ix(("agency_id", "debt_id", "requested_at")), Ix(("agency_id", "state", "requested_at"))),
    )

    class Meta:
        table = "legal_handoff"


class LegalDocument(TenantModel):
    """A document of a handoff, stored by its hash (core/kit/files.py)."""

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    name: str = fields.CharField(max_length=200)
    media_type: str = fields.CharField(max_length=100)
    file_sha256: str = fields.CharField(max_length=64)
    file_size: int = fields.BigIntField()

    rules = TableRules(security=Security.SHARED_JOURNAL, unique=(Unique(("agency_id", "handoff_id", "name")),))

    class Meta:
        table = "legal_document"

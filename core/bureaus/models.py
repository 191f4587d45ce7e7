# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Bureau inquiries and their answers."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.bureaus.kinds import InquiryState
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique


class BureauInquiry(TenantModel):
    """Who asked a bureau about whom, for which creditor, with which purpose and consent (Ley 1266/2008 art. 5 and 6;
    FCRA 1681b(a)(3)(A)), and what it answered. The answer is the agency's: a creditor does not read it here.

    `subject_key` is a hash of whom was asked about, so that a corrected document is another subject; `answered_from` is
    the inquiry whose answer was used again.
    """

    party = fields.ForeignKeyField("recobro.Party", on_delete=fields.RESTRICT)
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    creditor_id = fields.UUIDField()
    provider: str = fields.CharField(max_length=80)
    purpose: str = fields.CharField(max_length=60)
    consent_reference: str = fields.CharField(max_length=200)
    consent_medium: str = fields.CharField(max_length=60)
    consent_granted_at: datetime = fields.DatetimeField()
    consent_text_version: str = fields.CharField(max_length=60)
    requested_by: str = fields.CharField(max_length=120)
    idempotency_key: str = fields.CharField(max_length=200)
    fingerprint: str = fields.CharField(max_length=64)
    state: InquiryState = fields.CharEnumField(InquiryState, max_length=16, db_default="REQUESTED")
    score: int | None = fields.IntField(null=True)
    report: dict[str, Any] | None = fields.JSONField(null=True)
    subject_key: str | None = fields.CharField(max_length=64, null=True)
    answered_from = fields.ForeignKeyField("recobro.BureauInquiry", null=True, on_delete=fields.RESTRICT)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    requested_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    answered_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "idempotency_key")),),
        indexes=(
            Ix(("agency_id", "party_id", "requested_at")),
            Ix(("agency_id", "debt_id", "requested_at")),
            Ix(
                ("agency_id", "subject_key", "provider", "answered_at"),
                where="state = 'ANSWERED' AND answered_from_id IS NULL",
            ),
        ),
        checks=(Check("purpose_and_consent", "purpose <> '' AND consent_reference <> ''"),),
    )

    class Meta:
        table = "bureau_inquiry"

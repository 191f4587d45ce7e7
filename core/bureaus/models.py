# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Bureau inquiries and their answers; what has to be there before a debt is reported, and what was reported first.

Batches that were furnished, with their files and with what was kept back."""

from datetime import date, datetime
from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.bureaus.kinds import FurnishingAnswer, FurnishingState, InquiryState
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


class FurnishingConsent(TenantModel):
    """The debtor's express authorisation to be reported to a bureau (Ley 1266 de 2008 art. 6, CO-BUR-09), by debt."""

    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    creditor_id = fields.UUIDField()
    reference: str = fields.CharField(max_length=200)
    medium: str = fields.CharField(max_length=60)
    granted_at: datetime = fields.DatetimeField()
    text_version: str = fields.CharField(max_length=60)
    recorded_by: str = fields.CharField(max_length=120)
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_JOURNAL,
        unique=(Unique(("agency_id", "debt_id", "reference")),),
        checks=(Check("reference_given", "reference <> ''"),),
    )

    class Meta:
        table = "furnishing_consent"


class PriorNotice(TenantModel):
    """A notice to the debtor that a debt will be reported, with the proof that it was sent (Ley 1266 de 2008 art. 12,
    CO-BUR-01; Ley 2157 de 2021, CO-BUR-02). What was sent stays: nothing here is changed."""

    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    creditor_id = fields.UUIDField()
    sent_at: datetime = fields.DatetimeField()
    medium: str = fields.CharField(max_length=60)
    proof: str = fields.CharField(max_length=200)
    recorded_by: str = fields.CharField(max_length=120)
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_JOURNAL,
        unique=(Unique(("agency_id", "debt_id", "sent_at", "medium")),),
        checks=(Check("proof_given", "proof <> ''"),),
    )

    class Meta:
        table = "prior_notice"


class NegativeReport(TenantModel):
    """The first negative report of a debt to a bureau, and the default that it was about. Never changed: neither day is
    re-aged by a payment, a placement with another agency or a later report (15 USC 1681s-2(a)(5); Ley 1266 de 2008
    art. 13).

    `told_in` is the batch that told it. A record that the bureau refused (`furnishing_reject`) was not told: its row
    does not count, and the next report is the first one. While a bureau's answer is awaited, a later batch writes down
    what it told as well, so that one of the two stands whatever is refused. Of those that count, the first is the
    report's.
    """

    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    creditor_id = fields.UUIDField()
    provider: str = fields.CharField(max_length=80)
    first_negative_on: date = fields.DateField()
    defaulted_on: date = fields.DateField()
    batch: str = fields.CharField(max_length=80)
    told_in = fields.ForeignKeyField("recobro.FurnishingBatch", null=True, on_delete=fields.RESTRICT)
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY_JOURNAL,
        unique=(Unique(("agency_id", "debt_id", "provider", "batch")),),
        checks=(Check("default_came_first", "defaulted_on <= first_negative_on"),),
    )

    class Meta:
        table = "negative_report"


class FurnishingBatch(TenantModel):
    """One page of a creditor's debts, handed over to one bureau at once; evidence of the calls is in `plugin_call`.

    `job` makes the batches of a creditor one after the other, by `number`; `last_debt_id` is the debt that the next one
    comes after, null where there is none. `content` is the batch as it has to be handed over again, kept for as long as
    its outcome is open; while the bureau's `answer` is awaited it is only the references of the records. At most one is
    open for each bureau and creditor: what it tells first is not known before it is settled. `answer` is null where
    no answer is expected.
    """

    creditor_id = fields.UUIDField()
    job_id = fields.UUIDField()
    number: int = fields.IntField()
    provider: str = fields.CharField(max_length=80)
    subscriber: str = fields.CharField(max_length=60)
    as_of: date = fields.DateField()
    records: int = fields.IntField()
    withheld: int = fields.IntField()
    withheld_by_rule: dict[str, int] = fields.JSONField()
    last_debt_id = fields.UUIDField(null=True)
    content: bytes | None = fields.BinaryField(null=True)
    state: FurnishingState = fields.CharEnumField(FurnishingState, max_length=16)
    receipt: str | None = fields.CharField(max_length=120, null=True)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    requested_by: str = fields.CharField(max_length=120)
    prepared_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    settled_at: datetime | None = fields.DatetimeField(null=True)
    answer: FurnishingAnswer | None = fields.CharEnumField(FurnishingAnswer, max_length=16, null=True)
    accepted: int | None = fields.IntField(null=True)
    rejected: int | None = fields.IntField(null=True)
    answered_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(
            Unique(("agency_id", "job_id", "creditor_id", "number")),
            Unique(("agency_id", "provider", "creditor_id"), where="state IN ('PREPARED', 'UNKNOWN')"),
        ),
        indexes=(Ix(("agency_id", "prepared_at", "id")),),
        checks=(
            Check(
                "content_while_open",
                "(content IS NOT NULL) = (state IN ('PREPARED', 'UNKNOWN') OR answer IS NOT DISTINCT FROM 'AWAITED')",
            ),
            Check("answer_of_submitted", "answer IS NULL OR state = 'SUBMITTED'"),
            Check(
                "all_records_answered",
                "CASE WHEN answer IN ('ACCEPTED', 'PARTLY', 'REJECTED') THEN answered_at IS NOT NULL "
                "AND COALESCE(accepted + rejected = records, false) ELSE accepted IS NULL AND rejected IS NULL END",
            ),
            Check("records_unless_empty", "(records > 0) = (state <> 'EMPTY')"),
            Check("receipt_when_submitted", "(receipt IS NOT NULL) = (state = 'SUBMITTED')"),
        ),
    )

    class Meta:
        table = "furnishing_batch"


class FurnishingFile(TenantModel):
    """A file of a batch as it was sent, or as somebody has to carry it; or, `from_bureau`, the one that answered it.
    Stored by its hash (core/kit/files.py)."""

    batch = fields.ForeignKeyField("recobro.FurnishingBatch", on_delete=fields.RESTRICT)
    name: str = fields.CharField(max_length=200)
    media_type: str = fields.CharField(max_length=100)
    file_sha256: str = fields.CharField(max_length=64)
    file_size: int = fields.BigIntField()
    from_bureau: bool = fields.BooleanField(db_default=False)

    rules = TableRules(
        security=Security.AGENCY_JOURNAL,
        unique=(
            Unique(("agency_id", "batch_id", "from_bureau", "name")),
            Unique(("agency_id", "batch_id"), where="from_bureau"),
        ),
    )

    class Meta:
        table = "furnishing_file"


class FurnishingWithheld(TenantModel):
    """A debt that a batch left out: `rule` of the gate (CO-BUR-01), or the code of what the bureau would refuse."""

    batch = fields.ForeignKeyField("recobro.FurnishingBatch", on_delete=fields.RESTRICT)
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    rule: str = fields.CharField(max_length=80)
    from_day: date | None = fields.DateField(null=True)
    remedy: str = fields.CharField(max_length=300)

    rules = TableRules(security=Security.AGENCY_JOURNAL, unique=(Unique(("agency_id", "batch_id", "debt_id")),))

    class Meta:
        table = "furnishing_withheld"


class FurnishingReject(TenantModel):
    """A record of a batch that the bureau did not take: its `code` and words, and the field at fault, if any."""

    batch = fields.ForeignKeyField("recobro.FurnishingBatch", on_delete=fields.RESTRICT)
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    code: str = fields.CharField(max_length=80)
    field: str = fields.CharField(max_length=60)
    remedy: str = fields.CharField(max_length=300)

    rules = TableRules(security=Security.AGENCY_JOURNAL, unique=(Unique(("agency_id", "batch_id", "debt_id")),))

    class Meta:
        table = "furnishing_reject"

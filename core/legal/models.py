# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Legal handoffs, their documents, and what becomes of the cases: steps, events, deadlines, costs, money."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.legal.kinds import (
    CaseStage,
    CostApprover,
    CostKind,
    CostState,
    DeadlineParty,
    DeadlineState,
    EventKind,
    HandoffState,
    MoneyKind,
    MoneyState,
)


class LegalHandoff(TenantModel):
    """One debt handed over to one channel. `checklist` holds each requirement with its answer; `dossier` the facts, and
    `dossier_sha256` is the hash of their canonical JSON. `stage` is how far the case has come, once anybody told.
    `their_minor` is the balance on `standing_on` as the lawyers have it, `our_minor` as the books have it, and what was
    paid since the handover likewise, where they say it."""

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    channel: str = fields.CharField(max_length=80)
    state: HandoffState = fields.CharEnumField(HandoffState, max_length=16)
    idempotency_key: str = fields.CharField(max_length=200)
    fingerprint: str = fields.CharField(max_length=64)
    checklist: list[dict[str, Any]] = fields.JSONField()
    dossier: dict[str, Any] = fields.JSONField()
    dossier_sha256: str | None = fields.CharField(max_length=64, null=True)
    stage: CaseStage | None = fields.CharEnumField(CaseStage, max_length=24, null=True)
    receipt: str | None = fields.CharField(max_length=120, null=True)
    refusal_code: str | None = fields.CharField(max_length=80, null=True)
    requested_by: str = fields.CharField(max_length=120)
    requested_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    acknowledged_at: datetime | None = fields.DatetimeField(null=True)
    standing_on: date | None = fields.DateField(null=True)
    their_minor: int | None = fields.BigIntField(null=True)
    our_minor: int | None = fields.BigIntField(null=True)
    difference_minor: int | None = fields.BigIntField(null=True)
    their_paid_minor: int | None = fields.BigIntField(null=True)
    our_paid_minor: int | None = fields.BigIntField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "idempotency_key")),),
        indexes=(
            Ix(("agency_id", "debt_id", "requested_at")),
            Ix(("agency_id", "state", "requested_at")),
            Ix(("agency_id", "requested_at", "id")),
            Ix(("creditor_id", "requested_at", "id")),
            Ix(("agency_id", "requested_at", "id"), where="difference_minor <> 0"),
        ),
        checks=(
            Check(
                "standing_is_whole",
                "num_nulls(standing_on, their_minor, our_minor, difference_minor) IN (0, 4) "
                "AND num_nulls(their_paid_minor, our_paid_minor) IN (0, 2)",
            ),
            Check("difference_of_both", "difference_minor = their_minor - our_minor"),
        ),
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


class LegalStep(TenantModel):
    """One step of a handoff from state to state: who took it, when and why. `code` is the channel's, of a refusal."""

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    state: HandoffState = fields.CharEnumField(HandoffState, max_length=16)
    actor: str = fields.CharField(max_length=120)
    taken_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    code: str | None = fields.CharField(max_length=80, null=True)
    reason: str = fields.CharField(max_length=500, db_default="")

    rules = TableRules(security=Security.SHARED_JOURNAL, indexes=(Ix(("agency_id", "handoff_id", "id")),))

    class Meta:
        table = "legal_step"


class LegalEvent(TenantModel):
    """Something that happened in a case on `occurred_on`, the day from which terms run; `scheduled_on` is the day of
    what was set. `reference` is the channel's or the recorder's own: told twice, it is one event."""

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    kind: EventKind = fields.CharEnumField(EventKind, max_length=32)
    occurred_on: date = fields.DateField()
    scheduled_on: date | None = fields.DateField(null=True)
    detail: str = fields.CharField(max_length=500, db_default="")
    reference: str = fields.CharField(max_length=200)
    recorded_by: str = fields.CharField(max_length=120)
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "handoff_id", "reference")),),
        indexes=(Ix(("agency_id", "handoff_id", "occurred_on")),),
        checks=(Check("scheduled_after", "scheduled_on >= occurred_on"),),
    )

    class Meta:
        table = "legal_event"


class LegalDeadline(TenantModel):
    """A term that an event began, by the rule `code` (core/legal/colombia.py). `computed_on` is the day that the rule
    gave, `due_on` the one that counts: people may know better. `warned_at` and `missed_at`: when events told of it."""

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    event = fields.ForeignKeyField("recobro.LegalEvent", on_delete=fields.RESTRICT)
    code: str = fields.CharField(max_length=60)
    party: DeadlineParty = fields.CharEnumField(DeadlineParty, max_length=8)
    computed_on: date = fields.DateField()
    due_on: date = fields.DateField()
    state: DeadlineState = fields.CharEnumField(DeadlineState, max_length=12, db_default="OPEN")
    note: str = fields.CharField(max_length=200, db_default="")
    changed_by: str | None = fields.CharField(max_length=120, null=True)
    changed_at: datetime | None = fields.DatetimeField(null=True)
    warned_at: datetime | None = fields.DatetimeField(null=True)
    missed_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "event_id", "code")),),
        indexes=(
            Ix(("agency_id", "handoff_id", "due_on")),
            Ix(("agency_id", "due_on", "id")),
            Ix(("agency_id", "due_on"), where="state = 'OPEN' AND missed_at IS NULL"),
            Ix(("creditor_id", "due_on", "id")),
        ),
        checks=(Check("changed_by_whom", "(state = 'OPEN') OR (changed_at IS NOT NULL AND changed_by IS NOT NULL)"),),
    )

    class Meta:
        table = "legal_deadline"


class LegalCostTerms(TenantModel):
    """How costs of lawsuits are approved under a mandate; the highest version counts for what is asked from then on.

    `approver` decides on what is above a limit. A cost of at most `single_minor` is approved by itself as long as all
    approved costs of its case stay within `case_minor`. `charged`: whether an approved cost is added to the debt.
    `books_money`: whether payments that the lawyers tell of are booked without asking a person.
    """

    creditor_id = fields.UUIDField()
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    version: int = fields.IntField()
    approver: CostApprover = fields.CharEnumField(CostApprover, max_length=10)
    single_minor: int = fields.BigIntField()
    case_minor: int = fields.BigIntField()
    charged: bool = fields.BooleanField()
    books_money: bool = fields.BooleanField(db_default=False)
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "mandate_id", "version")),),
        checks=(
            Check("limits", "single_minor >= 0 AND case_minor >= single_minor"),
            Check("somebody_decides", "approver <> 'LIMIT'"),
        ),
    )

    class Meta:
        table = "legal_cost_terms"


class LegalCost(TenantModel):
    """A cost that the lawyers of a case ask for. `approver` and `charged` are of the terms when it was asked; LIMIT
    where nobody had to be. `charge_id` is the `source_id` of the movement that charged the debt."""

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    kind: CostKind = fields.CharEnumField(CostKind, max_length=16)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    reason: str = fields.CharField(max_length=200)
    reference: str = fields.CharField(max_length=200)
    state: CostState = fields.CharEnumField(CostState, max_length=12, db_default="ASKED")
    approver: CostApprover = fields.CharEnumField(CostApprover, max_length=10)
    charged: bool = fields.BooleanField()
    asked_by: str = fields.CharField(max_length=120)
    asked_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    decided_by: str | None = fields.CharField(max_length=120, null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decision_reason: str = fields.CharField(max_length=200, db_default="")
    charge_id: UUID | None = fields.UUIDField(null=True)
    paid_on: date | None = fields.DateField(null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "handoff_id", "reference")),),
        indexes=(Ix(("agency_id", "asked_at", "id")), Ix(("creditor_id", "asked_at", "id"))),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("decided_when", "(state = 'ASKED') = (decided_at IS NULL)"),
            Check("decided_by_whom", "(state = 'ASKED') = (decided_by IS NULL)"),
            Check("paid_has_day", "(state = 'PAID') = (paid_on IS NOT NULL)"),
            Check("charged_once_approved", "charge_id IS NULL OR (charged AND state IN ('APPROVED', 'PAID'))"),
        ),
    )

    class Meta:
        table = "legal_cost"


class LegalMoney(TenantModel):
    """An amount that the lawyers of a case told of, once by its `reference`, with the event that says so.

    `of_reference` is that of the payment that it reverses, remits or was kept of. `remittance` is the number of what it
    is paid over with. `payment_id` is what was booked: the payment, or the one that was reversed or has arrived.
    `problem` says why it waits for a person.
    """

    creditor_id = fields.UUIDField()
    handoff = fields.ForeignKeyField("recobro.LegalHandoff", on_delete=fields.RESTRICT)
    event = fields.ForeignKeyField("recobro.LegalEvent", on_delete=fields.RESTRICT)
    kind: MoneyKind = fields.CharEnumField(MoneyKind, max_length=12)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    occurred_on: date = fields.DateField()
    reference: str = fields.CharField(max_length=200)
    of_reference: str = fields.CharField(max_length=200, db_default="")
    remittance: str = fields.CharField(max_length=200, db_default="")
    state: MoneyState = fields.CharEnumField(MoneyState, max_length=12, db_default="TOLD")
    problem: str | None = fields.CharField(max_length=80, null=True)
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT, null=True)
    told_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    decided_by: str | None = fields.CharField(max_length=120, null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decision_reason: str = fields.CharField(max_length=200, db_default="")

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "handoff_id", "reference")),),
        indexes=(
            Ix(("agency_id", "told_at", "id")),
            Ix(("creditor_id", "told_at", "id")),
            Ix(("agency_id", "payment_id"), where="payment_id IS NOT NULL"),
            Ix(("agency_id", "remittance"), where="remittance <> ''"),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("decided_when", "(state IN ('TOLD', 'NOTED')) = (decided_at IS NULL)"),
            Check("decided_by_whom", "(state IN ('TOLD', 'NOTED')) = (decided_by IS NULL)"),
            Check("booked_has_payment", "(state = 'BOOKED') = (payment_id IS NOT NULL)"),
        ),
    )

    class Meta:
        table = "legal_money"

# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Debts, their components and the history of their balances."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.debts.kinds import COMPACT_REFERENCE, DUE_OR_NEVER, ClosedReason, DebtStatus, MovementKind
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.mandates.terms import ComponentKind, Stage

__all__ = [
    "ClosedReason", "ComponentKind", "Debt", "DebtComponent", "DebtMovement", "DebtStatus", "MovementKind", "Stage",
]  # fmt: skip


class Debt(TenantModel):
    """One obligation of one debtor to one creditor.

    All `_minor` columns are minor units of `currency`. `balance_minor` is the sum of the components' balances,
    `recovered_minor` what was paid since placement, less reversals, and `recalled_minor` what the creditor took back.
    What is in these columns is counted in the recovery totals. `written_off_minor` is what of a debt closed as
    WRITTEN_OFF was written off, less what was recovered since; such a debt has no balance. `due_on` is the oldest due
    date with a balance: days past due count from it. `first_demand_on` is the day of the agency's first demand,
    `charged_off_on` the day on which the creditor wrote the debt off (cartera castigada); `placement_number` counts
    from 1 the agencies that it was placed with. `debtor_name` and `debtor_document` are as the creditor placed them,
    which is all that the creditor sees of the debtor.
    """

    creditor = fields.ForeignKeyField("recobro.Creditor", on_delete=fields.RESTRICT)
    mandate = fields.ForeignKeyField("recobro.Mandate", on_delete=fields.RESTRICT)
    portfolio = fields.ForeignKeyField("recobro.Portfolio", on_delete=fields.RESTRICT)
    party = fields.ForeignKeyField("recobro.Party", on_delete=fields.RESTRICT)
    reference: str = fields.CharField(max_length=80)
    product: str = fields.CharField(max_length=80, db_default="")
    currency: str = fields.CharField(max_length=3)
    stage: Stage = fields.CharEnumField(Stage, max_length=16)
    status: DebtStatus = fields.CharEnumField(DebtStatus, max_length=16, db_default="ACTIVE")
    closed_reason: ClosedReason | None = fields.CharEnumField(ClosedReason, max_length=32, null=True)
    closed_on: date | None = fields.DateField(null=True)
    debtor_name: str = fields.CharField(max_length=200)
    debtor_document: str = fields.CharField(max_length=60, db_default="")
    opened_on: date = fields.DateField()
    placed_on: date = fields.DateField()
    due_on: date | None = fields.DateField(null=True)
    placed_minor: int = fields.BigIntField()
    balance_minor: int = fields.BigIntField()
    recovered_minor: int = fields.BigIntField(db_default=0)
    recalled_minor: int = fields.BigIntField(db_default=0)
    written_off_minor: int = fields.BigIntField(db_default=0)
    last_payment_on: date | None = fields.DateField(null=True)
    disputed: bool = fields.BooleanField(db_default=False)
    assigned_to: UUID | None = fields.UUIDField(null=True)
    first_demand_on: date | None = fields.DateField(null=True)
    charged_off_on: date | None = fields.DateField(null=True)
    placement_number: int = fields.SmallIntField(db_default=1)
    attributes: dict[str, Any] = fields.JSONField(db_default="{}")
    source_id: UUID | None = fields.UUIDField(null=True)
    source_line: int | None = fields.IntField(null=True)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    updated_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_SEARCHED,
        unique=(Unique(("agency_id", "creditor_id", "reference")),),
        indexes=(
            Ix(("agency_id", "status", "balance_minor", "id")),
            Ix(("agency_id", "status", "due_on", "id")),
            # A stage's worklist in its order; the last key narrows it to days past due without reading the debts.
            Ix(("agency_id", "status", "stage", "balance_minor", "id", DUE_OR_NEVER)),
            Ix(("agency_id", "party_id")),
            Ix(("agency_id", "reference")),
            Ix(("agency_id", COMPACT_REFERENCE.format("reference"))),
            Ix(("creditor_id", "agency_id", "status")),
        ),
        checks=(
            Check("balance_not_negative", "balance_minor >= 0"),
            Check("closed_has_reason", "(status = 'CLOSED') = (closed_reason IS NOT NULL)"),
            Check(
                "written_off",
                "CASE WHEN closed_reason = 'WRITTEN_OFF' THEN balance_minor = 0 AND written_off_minor >= 0 "
                "ELSE written_off_minor = 0 END",
            ),
            Check("reference_given", "reference <> ''"),
            Check("placement_counts", "placement_number >= 1"),
        ),
    )

    class Meta:
        table = "debt"


class DebtComponent(TenantModel):
    """One typed part of a debt, in the order `position`, with a due date of its own where the creditor gave one.

    `instalment` numbers what falls due together. `disputed_minor` is what of the balance the debtor disputes: no
    payment goes there. It may be more than a balance that a recall or a correction has lowered since: then all of that
    is disputed. `written_off_minor` is its part of the debt's, and 0 unless that is written off.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.CASCADE)
    position: int = fields.SmallIntField()
    kind: ComponentKind = fields.CharEnumField(ComponentKind, max_length=20)
    due_on: date | None = fields.DateField(null=True)
    instalment: int | None = fields.SmallIntField(null=True)
    placed_minor: int = fields.BigIntField()
    balance_minor: int = fields.BigIntField()
    disputed_minor: int = fields.BigIntField(db_default=0)
    written_off_minor: int = fields.BigIntField(db_default=0)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "debt_id", "position")),),
        checks=(
            Check("balance_not_negative", "balance_minor >= 0"),
            Check("disputed_not_negative", "disputed_minor >= 0"),
            Check("written_off_not_negative", "written_off_minor >= 0"),
            Check("instalment_positive", "instalment > 0"),
        ),
    )

    class Meta:
        table = "debt_component"


class DebtMovement(TenantModel):
    """One change of one component's balance: the balance history. Nothing is updated, only reversed.

    It is the half of the journal that is about debts: `delta_minor` is a debit of the component's account and a credit
    of the creditor's claim, or the other way round where it is negative (core/ledger/models.py has the other half).

    `effective_on` is the legal day of the change, `recorded_at` when we learnt of it; `source_id` is the payment, the
    batch or the adjustment behind it. The sum of `delta_minor` of a component is its balance, as of any day.
    """

    creditor_id = fields.UUIDField()
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    component = fields.ForeignKeyField("recobro.DebtComponent", on_delete=fields.RESTRICT)
    kind: MovementKind = fields.CharEnumField(MovementKind, max_length=20)
    effective_on: date = fields.DateField()
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    delta_minor: int = fields.BigIntField()
    source_id: UUID = fields.UUIDField()
    xid: int = fields.BigIntField(db_default=SqlDefault("(pg_current_xact_id()::text)::bigint"))
    actor: str = fields.CharField(max_length=120)
    reason: str = fields.CharField(max_length=200, db_default="")

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        indexes=(
            Ix(("agency_id", "debt_id", "effective_on")),
            Ix(("agency_id", "source_id")),
            Ix(("agency_id", "xid"), using="brin"),
        ),
        checks=(Check("changes_something", "delta_minor <> 0"),),
    )

    class Meta:
        table = "debt_movement"

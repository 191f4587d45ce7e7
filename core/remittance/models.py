# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Terms of remittance, the statements by them, and the orders to move money between bank accounts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.remittance.kinds import LineKind, OrderKind, OrderStatus


class RemittanceAgreement(TenantModel):
    """One version of how a creditor's periods are settled (rules.py); the newest counts."""

    creditor_id = fields.UUIDField()
    version: int = fields.IntField()
    terms: dict[str, Any] = fields.JSONField()
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.SHARED_JOURNAL, unique=(Unique(("agency_id", "creditor_id", "version")),)
    )  # fmt: skip

    class Meta:
        table = "remittance_agreement"


class RemittanceStatement(TenantModel):
    """What was settled with a creditor in one currency, for good. Amounts are minor units; those of the lines are in
    `statement_line`.

    `document` is the statement itself, canonical JSON, and `sha256` its hash, with that of the statement before in it:
    every print is made from it. `carried` is what the next statement begins with (rules.Carried), `carried_minor` its
    total. `invoiced_minor` is what the creditor pays on this statement's number, or gets credited where it is negative.
    """

    creditor_id = fields.UUIDField()
    currency: str = fields.CharField(max_length=3)
    number: int = fields.IntField()
    first_on: date = fields.DateField()
    last_on: date = fields.DateField()
    received_minor: int = fields.BigIntField()
    direct_minor: int = fields.BigIntField()
    fee_received_minor: int = fields.BigIntField()
    fee_direct_minor: int = fields.BigIntField()
    tax_minor: int = fields.BigIntField()
    cost_minor: int = fields.BigIntField()
    adjustment_minor: int = fields.BigIntField()
    opening_minor: int = fields.BigIntField()
    withheld_minor: int = fields.BigIntField()
    advance_minor: int = fields.BigIntField()
    credited_minor: int = fields.BigIntField()
    invoiced_minor: int = fields.BigIntField()
    remitted_minor: int = fields.BigIntField()
    carried_minor: int = fields.BigIntField()
    carried: dict[str, Any] = fields.JSONField()
    document: str = fields.TextField()
    sha256: str = fields.CharField(max_length=64)
    issued_by: str = fields.CharField(max_length=120)
    issued_at: datetime = fields.DatetimeField()

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(Unique(("agency_id", "creditor_id", "currency", "number")),),
        checks=(
            Check("period_in_order", "first_on <= last_on"),
            Check("remits_nothing_negative", "remitted_minor >= 0"),
        ),
    )

    class Meta:
        table = "remittance_statement"


class StatementLine(TenantModel):
    """One line of a statement: a posting of the ledger, a fee line, or a payment that the creditor received itself.
    Each of them is stated once. What a line takes back follows from its payment or fee line; the statement's document
    says which line, and of which statement.

    `statement_id` is no foreign key: a statement says what its lines add up to, so they are there first.
    """

    creditor_id = fields.UUIDField()
    statement_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    kind: LineKind = fields.CharEnumField(LineKind, max_length=16)
    occurred_on: date = fields.DateField()
    debt_id: UUID | None = fields.UUIDField(null=True)
    payment_id: UUID | None = fields.UUIDField(null=True)
    posting_id: UUID | None = fields.UUIDField(null=True)
    fee_line_id: UUID | None = fields.UUIDField(null=True)
    direct: bool = fields.BooleanField()
    amount_minor: int = fields.BigIntField()

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        unique=(
            Unique(("agency_id", "statement_id", "position")),
            Unique(("agency_id", "posting_id"), where="posting_id IS NOT NULL"),
            Unique(("agency_id", "fee_line_id"), where="fee_line_id IS NOT NULL"),
            Unique(
                ("agency_id", "payment_id", "kind"),
                where="kind IN ('DIRECT', 'DIRECT_REVERSAL') OR kind = 'SPLIT_ANEW' AND direct",
            ),
        ),
        indexes=(Ix(("agency_id", "payment_id"), where="payment_id IS NOT NULL"),),
    )

    class Meta:
        table = "statement_line"


class RemittanceOrder(TenantModel):
    """Money that a bank is to move for a statement. The books have moved it already; `reference` is the bank's."""

    creditor_id = fields.UUIDField()
    statement = fields.ForeignKeyField("recobro.RemittanceStatement", on_delete=fields.RESTRICT)
    kind: OrderKind = fields.CharEnumField(OrderKind, max_length=8)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    status: OrderStatus = fields.CharEnumField(OrderStatus, max_length=12, db_default="ORDERED")
    ordered_on: date = fields.DateField()
    settled_on: date | None = fields.DateField(null=True)
    reference: str = fields.CharField(max_length=120, db_default="")
    settled_by: str | None = fields.CharField(max_length=120, null=True)

    rules = TableRules(
        security=Security.SHARED,
        unique=(Unique(("agency_id", "statement_id", "kind")),),
        indexes=(Ix(("agency_id", "ordered_on"), where="status = 'ORDERED'"),),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("settled_has_day", "(status = 'ORDERED') = (settled_on IS NULL)"),
        ),
    )

    class Meta:
        table = "remittance_order"

"""Payments and how they were split."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.kit.scope import Audience
from core.payments.kinds import PaymentMethod, PaymentStatus, ReceivedBy
from core.payments.write_payment import HELD
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node

if TYPE_CHECKING:
    from schema.types.banking import BankEntry, BankShare
    from schema.types.commissions import FeeLine
    from schema.types.debts import Debt, DebtComponent
    from schema.types.ledger import LedgerPosting
    from schema.types.remittance import StatementLine

strawberry.enum(PaymentMethod, description="How the money came.")
strawberry.enum(PaymentStatus, description="Whether the money stands.")
strawberry.enum(ReceivedBy, description="Who received the money.")


def _clears_on(day: date | None) -> date | None:
    return None if day == HELD else day


_BY_COMPONENT = (
    "(SELECT c.position FROM debt_component c WHERE c.agency_id = t.agency_id AND c.id = t.component_id), t.id"
)


@mapped("payment_allocation", "What a component took of a payment.")
class PaymentAllocation(Mapped):
    component_id: strawberry.ID = public_id("component", "component_id", "The component.")
    component: Annotated["DebtComponent", strawberry.lazy("schema.types.debts")] | None = one(
        "component_id", "The component itself."
    )
    component_kind: str = computed(("component.kind",), lambda kind: kind, "What kind of component it was.")
    payment: Annotated["Payment", strawberry.lazy("schema.types.payments")] | None = one("payment_id", "The payment.")
    amount: Money = money("amount_minor", "How much it took.", currency="payment.currency")


@node("payment", "payment", Permission.PAYMENT_READ, "Money received for a debt.")
class Payment(Mapped, Node):
    id: strawberry.ID = public_id("payment")
    amount: Money = money("amount_minor", "What was received.")
    unapplied: Money = money("unapplied_minor", "What no component could take.")
    paid_on: date = column("paid_on", "The day of the payment.")
    method: PaymentMethod = choice("method", PaymentMethod, "How it came.")
    received_by: ReceivedBy = choice("received_by", ReceivedBy, "Who received it: CREDITOR is a direct payment.")
    reference: str = column("reference", "The payer's or the bank's reference.")
    status: PaymentStatus = choice("status", PaymentStatus, "Whether it stands.")
    clears_on: date | None = computed(
        ("clears_on",), _clears_on, "Until when it may bounce; null of what somebody else holds, until it is here."
    )
    cleared_on: date | None = column("cleared_on", "Since when it can not bounce any more.")
    reversed_on: date | None = column("reversed_on", "When it was reversed.")
    reversal_reason: str | None = column("reversal_reason", "Why it was reversed.")
    purpose: str = column("purpose", "What the money is, as a code of the mandate's own; empty where nobody said.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")
    after_write_off: bool = column(
        "after_write_off", "Whether the debt was written off when it came: what it paid is a recovery after write-off."
    )

    replaces: Annotated["Payment", strawberry.lazy("schema.types.payments")] | None = one(
        "replaces_id", "As which the money was first recorded, where this is a new split of it."
    )
    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one(
        "debt_id", "The debt that it was for.", requires=Permission.DEBT_READ
    )
    allocations: list[PaymentAllocation] = many(
        "payment_id",
        _BY_COMPONENT,
        "How it was split, in the order of the debt's components; a reversal restores exactly this.",
    )
    fee_lines: list[Annotated["FeeLine", strawberry.lazy("schema.types.commissions")]] = many(
        "payment_id",
        "t.recorded_at, t.line, t.id",
        "What it was charged, as it was written, reversals among it; at most 100.",
        requires=Permission.COMMISSION_READ,
    )
    postings: list[Annotated["LedgerPosting", strawberry.lazy("schema.types.ledger")]] = many(
        "source_id",
        "t.recorded_at, t.id",
        "What it moved in the ledger, in the order in which it was recorded; at most 100.",
        requires=Permission.LEDGER_READ,
    )
    bank_entries: list[Annotated["BankEntry", strawberry.lazy("schema.types.banking")]] = many(
        "payment_id",
        "t.booked_on, t.id",
        "The lines of the bank that brought it, and took it back. For the agency.",
        limit=2,
        requires=Permission.BANKING_READ,
        only=Audience.AGENCY,
    )
    bank_shares: list[Annotated["BankShare", strawberry.lazy("schema.types.banking")]] = many(
        "payment_id",
        "t.id",
        "What lines of the bank brought of it with other payments, which lawyers remitted in one. For the agency.",
        limit=20,
        requires=Permission.BANKING_READ,
        only=Audience.AGENCY,
    )
    statement_lines: list[Annotated["StatementLine", strawberry.lazy("schema.types.remittance")]] = many(
        "payment_id",
        "t.occurred_on, t.id",
        "Where it and its fees are stated; at most 100.",
        requires=Permission.REMITTANCE_READ,
    )

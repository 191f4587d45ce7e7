"""Statements with their lines, the terms that they are settled by, and the orders to banks."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from core.banking.transfers import order_reference
from core.kit import ids
from core.kit.pages import Key, KeyType, Order
from core.kit.scope import Audience
from core.permissions import Permission
from core.remittance.kinds import LineKind, OrderKind, OrderStatus, Preset
from core.remittance.reads import open_invoices
from core.remittance.rules import Means, Shortfall
from schema.kit.context import Context
from schema.kit.fields import Mapped, batched, choice, column, computed, many, mapped, money, one, pages, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.kit.scalars import JSON
from schema.types.agencies import Agency
from schema.types.commissions import FeeLine
from schema.types.debts import Debt
from schema.types.ledger import LedgerPosting
from schema.types.mandates import Creditor
from schema.types.payments import Payment

if TYPE_CHECKING:
    from schema.types.banking import BankEntry

strawberry.enum(
    LineKind,
    name="StatementLineKind",
    description="What a line of a statement is. SPLIT_ANEW: no new money, it pays other parts of its debt now.",
)
strawberry.enum(OrderKind, name="RemittanceOrderKind", description="Where the money of an order goes.")
strawberry.enum(OrderStatus, name="RemittanceOrderStatus", description="What became of an order.")
strawberry.enum(Preset, name="RemittancePreset", description="Usual terms of remittance.")
strawberry.enum(Means, name="RemittanceMeans", description="Where a charge is taken from.")
strawberry.enum(Shortfall, name="RemittanceShortfall", description="What becomes of that which no means covers.")

_BY_POSITION = Order("position", (Key("t.position", KeyType.INT), Key("t.id", KeyType.UUID)))


def _print(kind: str) -> Callable[[UUID], str]:
    """Of a statement's id, where it is printed as a file of a kind."""

    def address(key: UUID) -> str:
        return f"/statements/{ids.encode('statement', key)}/statement.{kind}"

    return address


async def _invoice_open(context: Context, statements: Sequence[UUID]) -> dict[UUID, Money]:
    found = await open_invoices(context.scope, statements)
    return {key: Money.of(left.minor_units, left.currency) for key, left in found.items()}


@mapped("remittance_agreement", "One version of how a creditor's periods are settled; the newest counts.")
class RemittanceAgreement(Mapped):
    id: strawberry.ID = public_id("agreement")
    version: int = column("version", "Counts the creditor's versions from 1.")
    terms: JSON = column("terms", "For each charge the means in their order, and what becomes of a shortfall.")
    created_at: datetime = column("created_at", "When it was agreed.")


@mapped("remittance_order", "Money that a bank is to move for a statement. The books have moved it already.")
class RemittanceOrder(Mapped):
    id: strawberry.ID = public_id("order")
    kind: OrderKind = choice("kind", OrderKind, "REMIT pays the creditor; SWEEP and FUND are the agency's own.")
    amount: Money = money("amount_minor", "How much.")
    status: OrderStatus = choice("status", OrderStatus, "What became of it.")
    ordered_on: date = column("ordered_on", "The day of the order.")
    end_to_end_id: str = computed(
        ("id",), order_reference, "What to write into the transfer, so that the bank's line is known by it."
    )
    settled_on: date | None = column("settled_on", "The bank's day.")
    reference: str = column("reference", "What the bank calls it.")

    statement: Annotated["RemittanceStatement", strawberry.lazy("schema.types.remittance")] | None = one(
        "statement_id", "The statement that it is for."
    )
    bank_entries: list[Annotated["BankEntry", strawberry.lazy("schema.types.banking")]] = many(
        "order_id",
        "t.booked_on, t.id",
        "The lines of the bank that executed it, and brought its money back. For the agency.",
        limit=2,
        requires=Permission.BANKING_READ,
        only=Audience.AGENCY,
    )
    creditor: Creditor | None = one("creditor_id", "With whom it is settled.", requires=Permission.CREDITOR_READ)


@node(
    "statementline", "statement_line", Permission.REMITTANCE_READ,
    "One line of a statement: a posting of the ledger, a fee line, or a payment that the creditor received itself.",
)  # fmt: skip
class StatementLine(Mapped, Node):
    id: strawberry.ID = public_id("statementline")
    position: int = column("position", "Its place in the statement.")
    kind: LineKind = choice("kind", LineKind, "What it is.")
    occurred_on: date = column("occurred_on", "The legal day.")
    direct: bool = column("direct", "Whether it is about money that the creditor received itself.")
    amount: Money = money("amount_minor", "How much.", currency="statement.currency")

    statement: Annotated["RemittanceStatement", strawberry.lazy("schema.types.remittance")] | None = one(
        "statement_id", "The statement."
    )
    debt: Debt | None = one("debt_id", "The debt that it is about.", requires=Permission.DEBT_READ)
    payment: Payment | None = one("payment_id", "The payment that it is about.", requires=Permission.PAYMENT_READ)
    posting: LedgerPosting | None = one("posting_id", "The posting that it states.", requires=Permission.LEDGER_READ)
    fee_line: FeeLine | None = one("fee_line_id", "The fee line that it states.", requires=Permission.COMMISSION_READ)


@node(
    "statement", "remittance_statement", Permission.REMITTANCE_READ,
    "What was settled with a creditor for a period in one currency. Never changed: what bounces later is in the next.",
)  # fmt: skip
class RemittanceStatement(Mapped, Node):
    id: strawberry.ID = public_id("statement")
    number: int = column("number", "Counts the creditor's statements in the currency from 1, without a gap.")
    currency: str = column("currency", "ISO 4217 code.")
    first_on: date = column("first_on", "The first day of the period.")
    last_on: date = column("last_on", "Its last day.")
    opening: Money = money("opening_minor", "Brought forward: what the creditor still owed, 0 or below.")
    received: Money = money("received_minor", "What the agency received for the creditor.")
    adjustments: Money = money(
        "adjustment_minor", "What bounced of it, and other corrections; of what was split anew the difference."
    )
    paid_direct: Money = money("direct_minor", "What debtors paid to the creditor itself.")
    fee_received: Money = money("fee_received_minor", "The fee on what the agency received, without tax.")
    fee_direct: Money = money("fee_direct_minor", "The fee on what was paid directly, without tax.")
    tax: Money = money("tax_minor", "The tax on both.")
    costs: Money = money("cost_minor", "Costs that the agency laid out.")
    withheld: Money = money("withheld_minor", "What is withheld of the money received.")
    from_advances: Money = money("advance_minor", "What is taken from the creditor's advances.")
    credited: Money = money("credited_minor", "Charges given back.")
    invoiced: Money = money("invoiced_minor", "What is invoiced under the statement's number; negative: a credit.")
    remitted: Money = money("remitted_minor", "What is paid to the creditor.")
    invoice_open: Money | None = batched(
        "id", _invoice_open, "What of `invoiced` is still to be paid; below 0 for a credit."
    )
    carried: Money = money(
        "carried_minor", "What the creditor still owes out of it, 0 or below: the next one's opening."
    )
    sha256: str = column("sha256", "The hash of its document; the next statement's document holds it.")
    issued_at: datetime = column("issued_at", "When it was issued.")
    document: str = column("document", "All that it says, as canonical JSON: what `sha256` is of.")
    csv_url: str = computed(
        ("id",), _print("csv"), "Where to download its lines as CSV, with the token; `?language=en` for English."
    )
    pdf_url: str = computed(
        ("id",), _print("pdf"), "Where to download it as PDF, with the token; `?language=en` for English."
    )

    agency: Agency | None = one("agency_id", "The agency that settles.")
    creditor: Creditor | None = one("creditor_id", "With whom it is settled.", requires=Permission.CREDITOR_READ)
    lines: Connection[StatementLine] = pages("statement_id", _BY_POSITION, "Its lines in their order.")
    orders: list[RemittanceOrder] = many(
        "statement_id",
        "t.kind, t.id",
        "What banks are to move for it. For the agency; a creditor finds those that pay it in `remittanceOrders`.",
        limit=3,
        only=Audience.AGENCY,
    )
    bank_entries: list[Annotated["BankEntry", strawberry.lazy("schema.types.banking")]] = many(
        "refund_id",
        "t.id",
        "The line of the bank that paid its invoice, where the matching found it; one at most. For the agency.",
        limit=1,
        requires=Permission.BANKING_READ,
        only=Audience.AGENCY,
    )
    postings: list[LedgerPosting] = many(
        "source_id",
        "t.recorded_at, t.id",
        "What it moved in the ledger itself, and what was paid of its invoice.",
        limit=20,
        requires=Permission.LEDGER_READ,
    )


@strawberry.input(description="For each charge its means, in the order in which they are taken.")
class RemittanceMeansInput:
    received: list[Means] = strawberry.field(description="For fees with tax on what the agency received.")
    direct: list[Means] = strawberry.field(description="For fees with tax on what the creditor received itself.")
    costs: list[Means] = strawberry.field(description="For costs that the agency laid out.")

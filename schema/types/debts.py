"""Debts with their components and history: the 360-degree view."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from core.debts import rules
from core.debts.add_charge import MAX_COMPONENTS
from core.debts.kinds import ClosedReason, ComponentKind, DebtStatus, MovementKind, Stage
from core.kit import clock
from core.kit.pages import Key, KeyType, Order
from core.kit.scope import Audience
from core.payments.reads import refunds_owed, surpluses
from core.permissions import Permission
from core.worklists.rules import NextReason, next_reason
from schema.kit.context import Context
from schema.kit.fields import (
    Mapped,
    Once,
    batched,
    choice,
    column,
    computed,
    many,
    mapped,
    money,
    one,
    pages,
    public_id,
)
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.kit.scalars import JSON
from schema.types.agencies import Agency, Assignee, assignees
from schema.types.agreements import Agreement, Promise
from schema.types.bureaus import BureauInquiry
from schema.types.interest import InterestPause
from schema.types.legal import LegalHandoff
from schema.types.mandates import Creditor, Mandate, Portfolio
from schema.types.parties import Party
from schema.types.payments import Payment

strawberry.enum(ClosedReason, description="Why a debt was closed.")
strawberry.enum(ComponentKind, description="What a part of a debt is.")
strawberry.enum(NextReason, description="Why a debt wants attention.")
strawberry.enum(MovementKind, description="Why a balance changed.")


@mapped("debt_component", "One typed part of a debt.")
class DebtComponent(Mapped):
    id: strawberry.ID = public_id("component")
    position: int = column("position", "Its place among the debt's components.")
    kind: ComponentKind = choice("kind", ComponentKind, "What it is.")
    due_on: date | None = column("due_on", "When it was, or is, due.")

    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one("debt_id", "The debt it is a part of.")
    instalment: int | None = column("instalment", "The instalment that it belongs to, where it belongs to one.")
    placed: Money = money("placed_minor", "What was placed of it.", currency="debt.currency")
    balance: Money = money("balance_minor", "What is still owed of it.", currency="debt.currency")
    disputed: Money = money(
        "disputed_minor", "What of the balance the debtor disputes: no payment goes there.", currency="debt.currency"
    )
    written_off: Money = money(
        "written_off_minor", "What of it is written off, and was not recovered since.", currency="debt.currency"
    )


@mapped("debt_movement", "One change of one component's balance. Nothing is ever changed, only reversed.")
class DebtMovement(Mapped):
    id: strawberry.ID = public_id("movement")
    kind: MovementKind = choice("kind", MovementKind, "Why it changed.")
    effective_on: date = column("effective_on", "The legal day of the change.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")
    reason: str = column("reason", "Why, where a person said so.")
    component_id: strawberry.ID = public_id("component", "component_id", "The component that changed.")

    component: DebtComponent | None = one("component_id", "The component itself.")
    payment: Payment | None = one(
        "source_id", "The payment that it is of, or takes back.", requires=Permission.PAYMENT_READ
    )
    debt: Annotated["Debt", strawberry.lazy("schema.types.debts")] | None = one("debt_id", "The debt.")
    delta: Money = money("delta_minor", "By how much; negative for what was paid.", currency="debt.currency")


def _order(name: str, *columns: str) -> Order:
    """Newest first, by a day, then by an instant."""
    keys = [Key(f"t.{column}", KeyType.DATE if column.endswith("_on") else KeyType.INSTANT, True) for column in columns]
    return Order(name, (*keys, Key("t.id", KeyType.UUID, True)))


def _bucket(due_on: date | None, today: date, bounds: Sequence[int]) -> str:
    return rules.bucket_for(rules.days_past_due(due_on, today), bounds).label


def _reason(
    due_on: date | None,
    today: date,
    status: str,
    stage: str,
    disputed: bool,
    stage_days: Mapping[str, int],
    placed_on: date,
    last_payment_on: date | None,
) -> NextReason:
    return next_reason(
        status=DebtStatus(status),
        stage=Stage(stage),
        disputed=disputed,
        days=rules.days_past_due(due_on, today),
        stage_days=stage_days,
        placed_on=placed_on,
        last_payment_on=last_payment_on,
        today=today,
    )


async def _surplus(context: Context, debts: Sequence[UUID]) -> dict[UUID, Money]:
    found = await surpluses(context.scope, debts)
    return {debt: Money.of(left.minor_units, left.currency) for debt, left in found.items()}


async def _refund_owed(context: Context, debts: Sequence[UUID]) -> dict[UUID, Money]:
    found = await refunds_owed(context.scope, debts)
    return {debt: Money.of(owed.minor_units, owed.currency) for debt, owed in found.items()}


_OVERDUE = ("due_on", Once("mandate.timezone", clock.today))


@node("debt", "debt", Permission.DEBT_READ, "One obligation of one debtor to one creditor.")
class Debt(Mapped, Node):
    id: strawberry.ID = public_id("debt")
    reference: str = column("reference", "The creditor's own number for it.")
    product: str = column("product", "What it came from: a loan, an invoice, a card.")
    currency: str = column("currency", "ISO 4217 code.")
    stage: Stage = choice("stage", Stage, "How far collection has come.")
    status: DebtStatus = choice("status", DebtStatus, "Whether it is worked.")
    closed_reason: ClosedReason | None = choice("closed_reason", ClosedReason, "Why closed.")
    closed_on: date | None = column("closed_on", "When it was closed.")
    debtor_name: str = column("debtor_name", "The debtor, as the creditor placed it.")
    debtor_document: str = column("debtor_document", "The debtor's document, as the creditor placed it.")
    opened_on: date = column("opened_on", "When the obligation began: the invoice, the loan.")
    placed_on: date = column("placed_on", "When it was placed with the agency.")
    first_demand_on: date | None = column("first_demand_on", "When the agency first demanded it, where it said so.")
    due_on: date | None = column("due_on", "The oldest due date with a balance.")
    placed: Money = money("placed_minor", "What was placed.")
    balance: Money = money("balance_minor", "What is still owed.")
    recovered: Money = money("recovered_minor", "What was paid since, less what was reversed.")
    written_off: Money = money("written_off_minor", "What of it is written off, and was not recovered since.")
    surplus: Money | None = batched(
        "id",
        _surplus,
        "What was paid beyond what it could take, and is still with the agency: `surplusRefund` gives it back. Null "
        "where nothing is.",
        requires=Permission.PAYMENT_READ,
    )
    refund_owed: Money | None = batched(
        "id",
        _refund_owed,
        "What the debtor owes the agency itself: a surplus that was refunded, of a payment that then bounced. "
        "`refundRepay` records what comes back of it. For the agency; null where nothing is.",
        requires=Permission.PAYMENT_READ,
        only=Audience.AGENCY,
    )
    last_payment_on: date | None = column("last_payment_on", "The day of the last payment.")
    disputed: bool = column("disputed", "Whether the debtor disputes it, or a part of it.")
    attributes: JSON = column("attributes", "Other columns of the creditor's file.")
    updated_at: datetime = column("updated_at", "When it last changed.")

    days_past_due: int = computed(
        _OVERDUE, rules.days_past_due, "Days past due today, in the mandate's zone; due today is 0."
    )
    ageing_bucket: str = computed(
        (*_OVERDUE, "mandate.ageing_bounds"),
        _bucket,
        "The ageing bucket of the mandate that it falls in today.",
    )
    next_reason: NextReason | None = computed(
        (*_OVERDUE, "status", "stage", "disputed", "mandate.stage_days", "placed_on", "last_payment_on"),
        _reason,
        "Why it wants attention today. For the agency; null for a creditor.",
        only=Audience.AGENCY,
    )
    assignee: Assignee | None = batched(
        "assigned_to", assignees, "The user who works it. For the agency; null for a creditor.", only=Audience.AGENCY
    )
    agency: Agency | None = one("agency_id", "The agency that works it.")
    creditor: Creditor | None = one("creditor_id", "To whom it is owed.")
    mandate: Mandate | None = one("mandate_id", "The mandate it is worked under.")
    portfolio: Portfolio | None = one("portfolio_id", "The portfolio it was placed in.")
    debtor: Party | None = one(
        "party_id",
        "The debtor with its contact points. For the agency; null for a creditor.",
        requires=Permission.PARTY_READ,
        only=Audience.AGENCY,
    )
    components: list[DebtComponent] = many(
        "debt_id", "t.position", "Its parts, in their order: instalment by instalment.", limit=MAX_COMPONENTS
    )
    movements: Connection[DebtMovement] = pages(
        "debt_id", _order("movements", "effective_on", "recorded_at"), "The history of its balance, newest first."
    )
    payments: Connection[Payment] = pages(
        "debt_id",
        _order("payments", "paid_on", "recorded_at"),
        "Payments for it, newest first.",
        requires=Permission.PAYMENT_READ,
    )
    promises: Connection[Promise] = pages(
        "debt_id",
        Order("promises", (Key("t.due_on", KeyType.DATE), Key("t.id", KeyType.UUID))),
        "What the debtor promised to pay, by due day.",
        requires=Permission.PAYMENT_READ,
    )
    agreements: list[Agreement] = many(
        "debt_id",
        "t.id DESC",
        "Its promises and plans, newest first; at most 100.",
        requires=Permission.PAYMENT_READ,
    )
    interest_pauses: list[InterestPause] = many(
        "debt_id", "t.first_on DESC, t.id DESC", "Days on which it earns no interest, newest first; at most 100."
    )
    bureau_inquiries: list[BureauInquiry] = many(
        "debt_id",
        "t.requested_at DESC, t.id DESC",
        "Inquiries at bureaus for it, newest first; at most 100. For the agency.",
        requires=Permission.BUREAU_READ,
        only=Audience.AGENCY,
    )
    legal_handoffs: list[LegalHandoff] = many(
        "debt_id",
        "t.requested_at DESC, t.id DESC",
        "Handoffs to legal channels, newest first; at most 100.",
        requires=Permission.LEGAL_READ,
    )

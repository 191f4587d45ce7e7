"""Debts with their components and history: the 360-degree view."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from core.debts import rules
from core.debts.models import ClosedReason, ComponentKind, DebtStatus, MovementKind, Stage
from core.kit import clock
from core.kit.scope import Audience
from core.permissions import Permission
from core.worklists.rules import NextReason, next_reason
from schema.kit.context import Info
from schema.kit.fields import Mapped, column, computed, money, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node, wrapped
from schema.kit.scalars import JSON
from schema.types.agencies import Agency
from schema.types.bureaus import BureauInquiry
from schema.types.legal import LegalHandoff
from schema.types.mandates import Creditor, Mandate, Portfolio
from schema.types.parties import Party
from schema.types.payments import Payment

strawberry.enum(Stage, description="The five stages of collection.")
strawberry.enum(DebtStatus, description="Whether a debt is worked.")
strawberry.enum(ClosedReason, description="Why a debt was closed.")
strawberry.enum(ComponentKind, description="What a part of a debt is.")
strawberry.enum(NextReason, description="Why a debt wants attention.")
strawberry.enum(MovementKind, description="Why a balance changed.")


@strawberry.type(description="One typed part of a debt.")
class DebtComponent(Mapped):
    id: strawberry.ID = public_id("component")
    position: int = column("position", "Its place among the debt's components.")
    kind: ComponentKind = computed(("kind",), lambda row: ComponentKind(row["kind"]), "What it is.")
    due_on: date | None = column("due_on", "When it was, or is, due.")

    @strawberry.field(description="What was placed of it.")
    async def placed(self, info: Info) -> Money:
        return Money.of(self.row["placed_minor"], await _currency(info, self.row["debt_id"]))

    @strawberry.field(description="What is still owed of it.")
    async def balance(self, info: Info) -> Money:
        return Money.of(self.row["balance_minor"], await _currency(info, self.row["debt_id"]))


@strawberry.type(description="One change of one component's balance. Nothing is ever changed, only reversed.")
class DebtMovement(Mapped):
    id: strawberry.ID = public_id("movement")
    kind: MovementKind = computed(("kind",), lambda row: MovementKind(row["kind"]), "Why it changed.")
    effective_on: date = column("effective_on", "The legal day of the change.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")
    reason: str = column("reason", "Why, where a person said so.")
    component_id: strawberry.ID = public_id("component", "component_id", "The component that changed.")

    @strawberry.field(description="By how much; negative for what was paid.")
    async def delta(self, info: Info) -> Money:
        return Money.of(self.row["delta_minor"], await _currency(info, self.row["debt_id"]))


async def _currency(info: Info, debt_id: UUID) -> str:
    row = await info.context.load.one("debt", debt_id)
    assert row is not None
    return row["currency"]


@node("debt", "debt", Permission.DEBT_READ, "One obligation of one debtor to one creditor.")
class Debt(Mapped, Node):
    id: strawberry.ID = public_id("debt")
    reference: str = column("reference", "The creditor's own number for it.")
    product: str = column("product", "What it came from: a loan, an invoice, a card.")
    currency: str = column("currency", "ISO 4217 code.")
    stage: Stage = computed(("stage",), lambda row: Stage(row["stage"]), "How far collection has come.")
    status: DebtStatus = computed(("status",), lambda row: DebtStatus(row["status"]), "Whether it is worked.")
    closed_reason: ClosedReason | None = computed(
        ("closed_reason",),
        lambda row: ClosedReason(row["closed_reason"]) if row["closed_reason"] else None,
        "Why closed.",
    )
    closed_on: date | None = column("closed_on", "When it was closed.")
    debtor_name: str = column("debtor_name", "The debtor, as the creditor placed it.")
    debtor_document: str = column("debtor_document", "The debtor's document, as the creditor placed it.")
    opened_on: date = column("opened_on", "When the obligation began: the invoice, the loan.")
    placed_on: date = column("placed_on", "When it was placed with the agency.")
    due_on: date | None = column("due_on", "The oldest due date with a balance.")
    placed: Money = money("placed_minor", "What was placed.")
    balance: Money = money("balance_minor", "What is still owed.")
    recovered: Money = money("recovered_minor", "What was paid since, less what was reversed.")
    last_payment_on: date | None = column("last_payment_on", "The day of the last payment.")
    disputed: bool = column("disputed", "Whether the debtor disputes it.")
    attributes: JSON = column("attributes", "Other columns of the creditor's file.")
    updated_at: datetime = column("updated_at", "When it last changed.")

    @strawberry.field(description="Days past due today, in the mandate's zone; due today is 0.")
    async def days_past_due(self, info: Info) -> int:
        return rules.days_past_due(self.row["due_on"], await self._today(info))

    @strawberry.field(description="The ageing bucket of the mandate that it falls in today.")
    async def ageing_bucket(self, info: Info) -> str:
        mandate = await info.context.load.one("mandate", self.row["mandate_id"])
        assert mandate is not None
        days = rules.days_past_due(self.row["due_on"], await self._today(info))
        return rules.bucket_for(days, mandate["ageing_bounds"]).label

    @strawberry.field(description="Why it wants attention today. For the agency; null for a creditor.")
    async def next_reason(self, info: Info) -> NextReason | None:
        mandate = await info.context.load.one("mandate", self.row["mandate_id"])
        if info.context.scope.audience is not Audience.AGENCY or mandate is None:
            return None
        row, today = self.row, await self._today(info)
        return next_reason(
            status=DebtStatus(row["status"]),
            stage=Stage(row["stage"]),
            disputed=row["disputed"],
            days=rules.days_past_due(row["due_on"], today),
            stage_days=mandate["stage_days"],
            placed_on=row["placed_on"],
            last_payment_on=row["last_payment_on"],
            today=today,
        )

    async def _today(self, info: Info) -> date:
        mandate = await info.context.load.one("mandate", self.row["mandate_id"])
        return clock.today(mandate["timezone"] if mandate else "UTC")

    @strawberry.field(description="The agency that works it.")
    async def agency(self, info: Info) -> Agency | None:
        return wrapped(Agency, await info.context.load.one("agency", self.row["agency_id"], tenant=False))

    @strawberry.field(description="To whom it is owed.")
    async def creditor(self, info: Info) -> Creditor | None:
        return wrapped(Creditor, await info.context.load.one("creditor", self.row["creditor_id"]))

    @strawberry.field(description="The mandate it is worked under.")
    async def mandate(self, info: Info) -> Mandate | None:
        return wrapped(Mandate, await info.context.load.one("mandate", self.row["mandate_id"]))

    @strawberry.field(description="The portfolio it was placed in.")
    async def portfolio(self, info: Info) -> Portfolio | None:
        return wrapped(Portfolio, await info.context.load.one("portfolio", self.row["portfolio_id"]))

    @strawberry.field(description="The debtor with its contact points. For the agency; null for a creditor.")
    async def debtor(self, info: Info) -> Party | None:
        if info.context.scope.audience is not Audience.AGENCY:
            return None
        info.context.scope.require(Permission.PARTY_READ)
        return wrapped(Party, await info.context.load.one("party", self.row["party_id"]))

    @strawberry.field(description="Its parts, in their order.")
    async def components(self, info: Info) -> list[DebtComponent]:
        rows = await info.context.load.many("debt_component", "debt_id", self.row["id"], "position")
        return [DebtComponent(row=row) for row in rows]

    @strawberry.field(description="The history of its balance, newest first; at most 100.")
    async def movements(self, info: Info) -> list[DebtMovement]:
        rows = await info.context.load.many(
            "debt_movement", "debt_id", self.row["id"], "effective_on DESC, recorded_at DESC, id DESC"
        )
        return [DebtMovement(row=row) for row in rows]

    @strawberry.field(description="Payments for it, newest first; at most 100.")
    async def payments(self, info: Info) -> list[Payment]:
        info.context.scope.require(Permission.PAYMENT_READ)
        rows = await info.context.load.many(
            "payment", "debt_id", self.row["id"], "paid_on DESC, recorded_at DESC, id DESC"
        )
        return [Payment(row=row) for row in rows]

    @strawberry.field(description="Inquiries at bureaus for it, newest first; at most 100. For the agency.")
    async def bureau_inquiries(self, info: Info) -> list[BureauInquiry]:
        if info.context.scope.audience is not Audience.AGENCY:
            return []
        info.context.scope.require(Permission.BUREAU_READ)
        rows = await info.context.load.many("bureau_inquiry", "debt_id", self.row["id"], "requested_at DESC, id DESC")
        return [BureauInquiry(row=row) for row in rows]

    @strawberry.field(description="Handoffs to legal channels, newest first; at most 100.")
    async def legal_handoffs(self, info: Info) -> list[LegalHandoff]:
        info.context.scope.require(Permission.LEGAL_READ)
        rows = await info.context.load.many("legal_handoff", "debt_id", self.row["id"], "requested_at DESC, id DESC")
        return [LegalHandoff(row=row) for row in rows]

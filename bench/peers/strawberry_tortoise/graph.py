"""The types, on rows of Tortoise: relations come with the rows, lists of a debt by a query of their own."""

from datetime import UTC, date, datetime
from enum import Enum
from typing import NewType
from zoneinfo import ZoneInfo

import models as m
import strawberry
from strawberry.dataloader import DataLoader

BigInt = NewType("BigInt", int)
SCALARS = {BigInt: strawberry.scalar(name="BigInt", serialize=str, parse_value=int)}
ZONE = ZoneInfo("America/Bogota")
Stage = strawberry.enum(Enum("Stage", "PREVENTION EARLY INTERMEDIATE PRE_LEGAL JUDICIAL"))
PaymentMethod = strawberry.enum(Enum("PaymentMethod", "CASH TRANSFER CARD CHEQUE PAYROLL_DEDUCTION OTHER"))


def today() -> date:
    return datetime.now(UTC).astimezone(ZONE).date()


@strawberry.type
class Money:
    minor_units: BigInt


@strawberry.type
class Creditor:
    name: str


@strawberry.type
class Identifier:
    type: str
    number: str


@strawberry.type
class ContactPoint:
    channel: str
    value: str
    valid: bool


async def _identifiers(keys: list[object]) -> list[list[m.Identifier]]:
    found: dict[object, list[m.Identifier]] = {key: [] for key in keys}
    for row in await m.Identifier.filter(party_id__in=keys).order_by("type", "number"):
        found[row.party_id].append(row)
    return [found[key] for key in keys]


async def _contact_points(keys: list[object]) -> list[list[m.ContactPoint]]:
    found: dict[object, list[m.ContactPoint]] = {key: [] for key in keys}
    for row in await m.ContactPoint.filter(party_id__in=keys).order_by("channel", "created_at", "id"):
        found[row.party_id].append(row)
    return [found[key] for key in keys]


def loaders() -> dict[str, DataLoader]:
    """Those of one request."""
    return {"identifiers": DataLoader(_identifiers), "contact_points": DataLoader(_contact_points)}


@strawberry.type
class Party:
    row: strawberry.Private[m.Party]
    name: str
    country: str

    @strawberry.field
    async def identifiers(self, info: strawberry.Info) -> list[Identifier]:
        rows = await info.context["loaders"]["identifiers"].load(self.row.id)
        return [Identifier(type=row.type, number=row.number) for row in rows]

    @strawberry.field
    async def contact_points(self, info: strawberry.Info) -> list[ContactPoint]:
        rows = await info.context["loaders"]["contact_points"].load(self.row.id)
        return [ContactPoint(channel=row.channel, value=row.value, valid=row.valid) for row in rows]


@strawberry.type
class Payment:
    id: strawberry.ID
    amount: Money
    paid_on: date
    method: str

    @classmethod
    def of(cls, row: m.Payment) -> "Payment":
        return cls(id=row.id, amount=Money(minor_units=row.amount_minor), paid_on=row.paid_on, method=row.method)


@strawberry.type
class Movement:
    id: strawberry.ID
    kind: str
    effective_on: date
    delta: Money
    reason: str
    recorded_at: datetime


@strawberry.type
class Payments:
    nodes: list[Payment]


@strawberry.type
class Movements:
    nodes: list[Movement]


@strawberry.type
class Debt:
    row: strawberry.Private[m.Debt]
    id: strawberry.ID
    reference: str
    product: str
    currency: str
    placed: Money
    balance: Money
    stage: str
    status: str
    placed_on: date
    due_on: date | None
    last_payment_on: date | None
    days_past_due: int

    @classmethod
    def of(cls, row: m.Debt, day: date) -> "Debt":
        return cls(
            row=row,
            id=row.id,
            reference=row.reference,
            product=row.product,
            currency=row.currency,
            placed=Money(minor_units=row.placed_minor),
            balance=Money(minor_units=row.balance_minor),
            stage=row.stage,
            status=row.status,
            placed_on=row.placed_on,
            due_on=row.due_on,
            last_payment_on=row.last_payment_on,
            days_past_due=max(0, (day - row.due_on).days) if row.due_on else 0,
        )

    @strawberry.field
    def debtor(self) -> Party:
        party = self.row.party
        return Party(row=party, name=party.name, country=party.country)

    @strawberry.field
    def creditor(self) -> Creditor:
        return Creditor(name=self.row.creditor.name)

    @strawberry.field
    async def payments(self, first: int) -> Payments:
        rows = (
            await m.Payment.filter(agency_id=self.row.agency_id, debt_id=self.row.id)
            .order_by("-paid_on", "-id")
            .limit(first)
        )
        return Payments(nodes=[Payment.of(row) for row in rows])

    @strawberry.field
    async def movements(self, first: int) -> Movements:
        of = m.Movement.filter(agency_id=self.row.agency_id, debt_id=self.row.id)
        rows = await of.order_by("-effective_on", "-recorded_at", "-id").limit(first)
        return Movements(
            nodes=[
                Movement(
                    id=row.id,
                    kind=row.kind,
                    effective_on=row.effective_on,
                    delta=Money(minor_units=row.delta_minor),
                    reason=row.reason,
                    recorded_at=row.recorded_at,
                )
                for row in rows
            ]
        )


@strawberry.type
class PageInfo:
    end_cursor: str | None
    has_next_page: bool


@strawberry.type
class DebtPage:
    nodes: list[Debt]
    page_info: PageInfo

"""Mandates with a schedule of commission, debts under them, and payments on the days that a test says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.commissions.assess_fees import AssessFees, FeesAssessed, assess_fees
from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Row
from core.kit.ids import new_id
from core.kit.money import Money, Rounding
from core.kit.scope import Scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import Client, DebtRow, make_creditor, make_debt, make_mandate, make_portfolio

K = ComponentKind
PLACED = date(2026, 1, 10)
LATER = date(2026, 12, 31)
IVA = Decimal("0.19")
NO_TAX = Decimal(0)
MARGINAL = {
    "tiers_by": "PAID_TO_DATE",
    "mode": "MARGINAL",
    "tiers": [{"up_to": 100_000, "rate": "0.3"}, {"rate": "0.2"}],
}
FLAT = {"tiers": [{"rate": "0.25"}]}


@dataclass(slots=True)
class Desk:
    """One creditor of an agency with one schedule. Payments are recorded a minute after each other."""

    scope: Scope
    client: Client
    minutes: int = field(default=0)

    async def debt(self, *parts: tuple[K, int, date | None], placed_on: date = PLACED, **changes: Any) -> DebtRow:
        parts = parts or ((K.PRINCIPAL, 10_000_000, date(2026, 1, 31)),)
        kept = {name: changes.pop(name) for name in ("product", "stage", "opened_on", "debtor") if name in changes}
        debt = await make_debt(self.scope, self.client, parts, placed_on=placed_on, **kept)
        if changes:
            sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=3))
            async with db.transaction(self.scope) as tx:
                await tx.execute(
                    f"UPDATE debt SET {sets} WHERE agency_id = $1 AND id = $2",
                    self.scope.agency, debt.id, *changes.values(),
                )  # fmt: skip
        return debt

    async def pay(self, debt: DebtRow, minor: int, paid_on: date = date(2026, 3, 1), *, direct: bool = False) -> UUID:
        return (await self.paying(debt, minor, paid_on, direct=direct)).payment_id

    async def paying(self, debt: DebtRow, minor: int, paid_on: date, *, direct: bool = False) -> PaymentRecorded:
        self.minutes += 1
        command = RecordPayment(
            debt_id=debt.id,
            amount=Money(minor, "COP"),
            paid_on=paid_on,
            method=PaymentMethod.CASH,
            received_by=ReceivedBy.CREDITOR if direct else ReceivedBy.AGENCY,
            idempotency_key=str(new_id()),
        )
        with clock.at(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=self.minutes)):
            return await record_payment(self.scope, command)

    async def reverse(self, payment_id: UUID, on: date = date(2026, 10, 1)) -> None:
        self.minutes += 1
        with clock.at(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=self.minutes)):
            await reverse_payment(self.scope, ReversePayment(payment_id=payment_id, reason="bounced", reversed_on=on))

    async def assess(self, until: date = LATER) -> FeesAssessed:
        return await assess_fees(self.scope, AssessFees(creditor_id=self.client.creditor_id, until=until))

    async def lines(self, payment_id: UUID) -> list[Row]:
        async with db.transaction(self.scope) as tx:
            return await tx.fetch(
                "SELECT * FROM fee_line WHERE payment_id = $1 ORDER BY assessment, reverses_id IS NOT NULL, line",
                payment_id,
            )

    async def amounts(self, payment_id: UUID) -> list[tuple[str, int]]:
        return [(row["kind"], row["amount_minor"]) for row in await self.lines(payment_id)]


async def make_desk(
    scope: Scope,
    terms: Mapping[str, Any],
    *,
    code: str = "client",
    tax_rate: Decimal = NO_TAX,
    valid_from: date = date(2026, 1, 1),
    rounding: Rounding = Rounding.HALF_UP,
    rounding_unit: int = 1,
) -> Desk:
    creditor_id = await make_creditor(scope, code)
    mandate_id = await make_mandate(scope, creditor_id, rounding=rounding, rounding_unit=rounding_unit)
    client = Client(creditor_id, mandate_id, await make_portfolio(scope, creditor_id, mandate_id))
    await save_schedule(
        scope, SaveSchedule(mandate_id=client.mandate_id, terms=terms, valid_from=valid_from, tax_rate=tax_rate)
    )
    return Desk(scope, client)

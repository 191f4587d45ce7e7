"""The steps of a history that are between an agency and its creditors: schedules, fees, statements, orders."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.commissions.assess_fees import AssessFees, assess_fees
from core.commissions.recalculate_fees import RecalculateFees, recalculate_fees
from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.kit import clock, db
from core.kit.errors import DomainError
from core.kit.scope import Scope
from core.remittance.agree import AgreeRemittance, agree_remittance
from core.remittance.issue_statement import IssueStatement, issue_statement
from core.remittance.settle_order import SettleOrder, settle_order
from tests.core.house import Client, House

ZONE = "America/Bogota"
OPENED = date(2026, 1, 1)
SCHEDULES: tuple[dict[str, Any], ...] = (
    {"tiers": [{"rate": "0.25", "direct_rate": "0.1"}]},
    {"tiers_by": "PAID_TO_DATE", "mode": "MARGINAL", "tiers": [{"up_to": 50_000, "rate": "0.3"}, {"rate": "0.2"}]},
    {"tiers": [{"rate": "0.2"}], "minimum_minor": 700, "maximum_minor": 9_000, "cap_rate": "0.15", "step_minor": 50},
)


async def refusal(doing: Awaitable[Any]) -> DomainError | None:
    """How something was refused; None where it was done. What is no refusal is raised."""
    try:
        await doing
    except DomainError as problem:
        return problem
    return None


@dataclass
class Settling:
    """The agency is the north of the house, its creditors the bank and the shop. Numbers choose among whatever is
    there."""

    home: House

    @property
    def scope(self) -> Scope:
        return self.home.north

    @property
    def today(self) -> date:
        return clock.today(ZONE)

    def _client(self, a: int) -> Client:
        return (self.home.bank, self.home.shop)[a % 2]

    def _day(self, c: int) -> date:
        return max(OPENED, self.today - timedelta(days=c % 40))

    async def _schedule(self, a: int, b: int, c: int) -> None:
        command = SaveSchedule(
            mandate_id=self._client(a).mandate_id, terms=SCHEDULES[b % len(SCHEDULES)],
            valid_from=OPENED if c % 2 else self.today + timedelta(days=1), tax_rate=Decimal("0.19"),
        )  # fmt: skip
        await save_schedule(self.scope, command)

    async def _agree(self, a: int, b: int, c: int) -> None:
        command = AgreeRemittance(
            creditor_id=self._client(a).creditor_id, means=("NET", "GROSS", "COMBINED")[b % 3],
            shortfall=("CARRY", "INVOICE")[c % 2],
        )  # fmt: skip
        await agree_remittance(self.scope, command)

    async def _assess(self, a: int, b: int, c: int) -> None:
        command = AssessFees(creditor_id=self._client(a).creditor_id, until=self._day(c % 5))
        await assess_fees(self.scope, command)
        again = await assess_fees(self.scope, command)
        assert (again.assessed, again.reversed) == ((), ()), "what is assessed is not assessed again"

    async def _recalculate(self, a: int, b: int, c: int) -> None:
        command = RecalculateFees(creditor_id=self._client(a).creditor_id, on=self.today)
        await recalculate_fees(self.scope, command)
        assert not (await recalculate_fees(self.scope, command)).payments, "what is right is not recalculated"

    async def _issue(self, a: int, b: int, c: int) -> None:
        command = IssueStatement(
            creditor_id=self._client(a).creditor_id, currency="COP", last_on=self.today - timedelta(days=c % 3)
        )
        await issue_statement(self.scope, command)

    async def _returned(self, a: int, b: int, c: int) -> None:
        async with db.transaction(self.scope, read_only=True) as tx:
            orders = await tx.fetch(
                "SELECT id FROM remittance_order WHERE agency_id = $1 ORDER BY id", self.scope.agency
            )
        if orders:
            command = SettleOrder(
                order_id=orders[a % len(orders)]["id"], settled_on=self.today, reference="B", returned=bool(c % 2)
            )
            await settle_order(self.scope, command)

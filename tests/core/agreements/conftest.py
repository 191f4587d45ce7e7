"""A house, and a desk that records promises and money in it day by day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.agreements.agree import Agreed
from core.agreements.create_agreement import CreateAgreement, create_agreement
from core.agreements.judge_due import request_judgement
from core.agreements.kinds import AgreementChannel
from core.agreements.record_promise import RecordPromise, record_promise
from core.agreements.rules import Instalment, Rhythm
from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, house, make_debt
from tests.helpers_jobs import run_jobs


def noon(day: date) -> datetime:
    """Seven in the morning in Bogotá."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@dataclass
class Desk:
    """What is asked of the agency, each on a day. Three days of grace; two missed instalments break a plan."""

    home: House
    database: Database

    async def debt(self, minor: int = 1_000) -> DebtRow:
        return await make_debt(self.home.north, self.home.bank, [(ComponentKind.PRINCIPAL, minor, date(2026, 1, 15))])

    async def promise(self, debt: DebtRow, on: date, minor: int, due_on: date) -> Agreed:
        with clock.at(noon(on)):
            return await record_promise(
                self.home.north,
                RecordPromise(
                    debt_id=debt.id, amount=Money(minor, "COP"), due_on=due_on, channel=AgreementChannel.CALL,
                    idempotency_key=str(new_id()),
                ),
            )  # fmt: skip

    async def plan(self, debt: DebtRow, on: date, minor: int, instalments: Rhythm | tuple[Instalment, ...]) -> Agreed:
        with clock.at(noon(on)):
            return await create_agreement(
                self.home.north,
                CreateAgreement(
                    debt_id=debt.id, amount=Money(minor, "COP"), channel=AgreementChannel.CALL,
                    instalments=instalments, idempotency_key=str(new_id()),
                ),
            )  # fmt: skip

    async def pay(
        self, debt: DebtRow, on: date, minor: int, paid_on: date | None = None, by: ReceivedBy = ReceivedBy.AGENCY
    ) -> UUID:
        with clock.at(noon(on)):
            paid = await record_payment(
                self.home.north,
                RecordPayment(
                    debt_id=debt.id, amount=Money(minor, "COP"), paid_on=paid_on or on, method=PaymentMethod.CHEQUE,
                    received_by=by, idempotency_key=str(new_id()),
                ),
            )  # fmt: skip
        return paid.payment_id

    async def bounce(self, payment_id: UUID, on: date) -> None:
        with clock.at(noon(on)):
            command = ReversePayment(payment_id=payment_id, reason="returned R01", reversed_on=on)
            await reverse_payment(self.home.north, command)

    async def night(self, on: date) -> None:
        """What the schedule does in the night to a day."""
        with clock.at(noon(on)):
            await request_judgement(self.home.north)
            await run_jobs(self.database)

    async def promises(self, agreed: Agreed) -> list[tuple[str, int]]:
        """Status and money of each, by number."""
        rows = await self.rows(
            "SELECT status, paid_minor FROM promise WHERE agreement_id = $1 ORDER BY number", agreed.agreement_id
        )
        return [(row["status"], row["paid_minor"]) for row in rows]

    async def status(self, agreed: Agreed) -> str:
        (row,) = await self.rows("SELECT status FROM agreement WHERE id = $1", agreed.agreement_id)
        return row["status"]

    async def told(self, agreed: Agreed) -> list[str]:
        """The events of the agreement and its promises, in their order."""
        rows = await self.rows(
            "SELECT name FROM event WHERE subject_id = ANY($1::uuid[]) ORDER BY position",
            [agreed.agreement_id, *agreed.promises],
        )
        return [row["name"] for row in rows]

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with db.transaction(self.home.north, read_only=True) as tx:
            return await tx.fetch(sql, *args)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await house(database), database)

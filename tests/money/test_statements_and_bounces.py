"""A statement remits what is there: whatever bounces before, while and after it is issued."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict
from core.kit.money import Money
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.remittance.issue_statement import IssueStatement, StatementIssued, issue_statement
from tests.core.commissions.commission_house import FLAT, Desk, make_desk
from tests.core.house import House, house
from tests.money.proofs import wrongs

NOW = datetime(2026, 3, 31, 15, tzinfo=UTC)
TODAY = date(2026, 3, 31)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def issue(desk: Desk, last_on: date) -> StatementIssued:
    return await issue_statement(
        desk.scope, IssueStatement(creditor_id=desk.client.creditor_id, currency="COP", last_on=last_on)
    )


async def test_a_cheque_that_was_recorded_late_counts_when_it_cleared_and_so_does_its_bounce(home: House) -> None:
    """Paid on the 10th, cleared on the 14th, recorded after both: on the 12th nobody had its money, nor its fee."""
    desk = await make_desk(home.north, FLAT)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 4})
    debt = await desk.debt()
    await desk.pay(debt, 40_000, date(2026, 3, 11))
    cheques = [
        await record_payment(
            desk.scope,
            RecordPayment(
                debt_id=debt.id, amount=Money(100_000, "COP"), paid_on=date(2026, 3, 10), method=PaymentMethod.CHEQUE,
                received_by=ReceivedBy.AGENCY, idempotency_key=f"cheque {number}",
            ),
        )
        for number in range(2)
    ]  # fmt: skip
    await reverse_payment(
        desk.scope, ReversePayment(payment_id=cheques[0].payment_id, reason="returned R01", reversed_on=TODAY)
    )
    first, second = await issue(desk, date(2026, 3, 12)), await issue(desk, date(2026, 3, 14))
    assert (first.remitted.minor_units, second.remitted.minor_units) == (30_000, 75_000)
    assert await wrongs(home.north, all_sealed=True) == {}


async def test_what_bounces_while_a_statement_is_issued_is_in_it_or_in_the_next(home: House) -> None:
    """Both want the creditor's money at once: one of them waits, and neither fails."""
    desk = await make_desk(home.north, FLAT)
    debts = [await desk.debt() for _ in range(4)]
    for day in range(8):
        payments = [await desk.pay(debt, 10_000, date(2026, 3, 1) + timedelta(days=day)) for debt in debts]
        last_on = date(2026, 3, 1) + timedelta(days=day)
        with clock.at(NOW + timedelta(days=300, minutes=day)):
            backs = [
                reverse_payment(desk.scope, ReversePayment(payment_id=one, reason="returned", reversed_on=TODAY))
                for one in payments[1:]
            ]
            done = await asyncio.gather(*backs, issue(desk, last_on), issue(desk, last_on), return_exceptions=True)
            refused = [one for one in done if isinstance(one, BaseException)]
            assert [one.code if isinstance(one, Conflict) else repr(one) for one in refused] == ["PERIOD_STATED"]
            assert await wrongs(home.north) == {}

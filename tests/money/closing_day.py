"""A day's closing of an agency, from the first payment to the seal, as a program: whoever kills it runs it again.

`python -m tests.money.closing_day URL AGENCY`. It says what it has done, a line for each thing; everything in it is
asked for in such a way that asking again is asking once.
"""

import asyncio
import sys
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from core.commissions.assess_fees import AssessFees, assess_fees
from core.debts.add_charge import AddCharge, add_charge
from core.debts.kinds import ComponentKind
from core.interest import accrue_due
from core.kit import clock, db, jobs
from core.kit.db import Database, Row
from core.kit.errors import Conflict
from core.kit.money import Money
from core.kit.scope import Audience, Scope, agency_scope, system_scope
from core.ledger.seal import seal
from core.payments import clear_payments
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.remittance.issue_statement import IssueStatement, issue_statement
from tests.core.house import COLLECTOR, EVERYTHING
from tests.helpers_jobs import run_jobs

CLOSING = datetime(2026, 4, 30, 22, tzinfo=UTC)
DAY = date(2026, 4, 30)
DONE_BEFORE = ("PAYMENT_ALREADY_REVERSED", "PERIOD_STATED")


def command_of(debt: Row, number: int) -> RecordPayment:
    """The payment with this number for the debt: the number says all of it."""
    return RecordPayment(
        debt_id=debt["id"], amount=Money(1_700 + 311 * number, "COP"), paid_on=DAY - timedelta(days=number * 3 % 17),
        method=(PaymentMethod.CHEQUE, PaymentMethod.TRANSFER, PaymentMethod.CASH)[number % 3],
        received_by=ReceivedBy.CREDITOR if number % 5 == 4 else ReceivedBy.AGENCY,
        idempotency_key=f"{debt['reference']}-{number}",
    )  # fmt: skip


async def close(database: Database, scope: Scope) -> None:
    """The whole of the day. The clock stands at its end. Statements charge what they state, and only once; what bounces
    after them is charged back at the end."""
    with clock.at(CLOSING):
        async with db.transaction(scope, read_only=True) as tx:
            debts = await tx.fetch(
                "SELECT id, reference, creditor_id FROM debt WHERE agency_id = $1 ORDER BY reference", scope.agency
            )
        creditors = list(dict.fromkeys(debt["creditor_id"] for debt in debts))
        paid = [
            [(await _said("paid", record_payment(scope, command_of(debt, number)))).payment_id for number in range(5)]
            for debt in debts
        ]
        for debt, payments in zip(debts, paid, strict=True):
            await _said("charged", add_charge(scope, _charge(debt)))
            await _once("bounced", reverse_payment(scope, _bounce(payments[1])))
        for name, payload in ((clear_payments.JOB, {}), (accrue_due.JOB, {"day": DAY.isoformat()})):
            await _job(database, scope, name, payload)
        for last_on in (DAY - timedelta(days=10), DAY):
            for creditor_id in creditors:
                command = IssueStatement(creditor_id=creditor_id, currency="COP", last_on=last_on)
                await _once("stated", issue_statement(scope, command))
            await _said("sealed", seal(system_scope(Audience.RELAY, "closing")))
        for payments in paid:
            await _once("bounced", reverse_payment(scope, _bounce(payments[2])))
        for creditor_id in creditors:
            await _said("assessed", assess_fees(scope, AssessFees(creditor_id=creditor_id, until=DAY)))
        await _said("sealed", seal(system_scope(Audience.RELAY, "closing")))


def _charge(debt: Row) -> AddCharge:
    return AddCharge(
        debt_id=debt["id"], kind=ComponentKind.LEGAL_COST, amount=Money(2_500, "COP"), reason="costs",
        idempotency_key=f"{debt['reference']}-costs", effective_on=DAY,
    )  # fmt: skip


def _bounce(payment_id: UUID) -> ReversePayment:
    return ReversePayment(payment_id=payment_id, reason="returned R01", reversed_on=DAY)


async def _said(what: str, doing: Awaitable[Any]) -> Any:
    done = await doing
    print(what, flush=True)
    return done


async def _once(what: str, doing: Awaitable[Any]) -> None:
    try:
        await doing
    except Conflict as problem:
        if problem.code not in DONE_BEFORE:
            raise
    print(what, flush=True)


async def _job(database: Database, scope: Scope, name: str, payload: dict[str, Any]) -> None:
    """A job of this day, asked for once; one that was killed is taken over, as by the worker that finds it silent."""
    async with db.transaction(scope) as tx:
        await jobs.enqueue(tx, name, payload, job_id=uuid5(scope.agency, name))
        await tx.execute("UPDATE job SET state = 'QUEUED' WHERE agency_id = $1 AND state = 'RUNNING'", scope.agency)
    await _said(name, run_jobs(database))


async def _main(url: str, agency_id: str) -> None:
    database = await Database.connect(url)
    db.use(database)
    await close(database, agency_scope(UUID(agency_id), COLLECTOR, EVERYTHING))
    await database.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))

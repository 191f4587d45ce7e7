"""Money finds its promises whatever else happens to it: split anew, recorded while the promise is made."""

import asyncio
from datetime import date

from core.agreements.rules import Rhythm
from core.kit import clock, db
from core.kit.money import Money
from core.payments import record_payment as module
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reprocess_payments import ReprocessPayments, reprocess_payments
from tests.core.agreements.conftest import Desk, noon
from tests.helpers_jobs import run_jobs


async def test_a_payment_that_is_split_anew_keeps_the_same_promises_and_takes_them_with_it_when_it_bounces(
    desk: Desk,
) -> None:
    home = desk.home
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "UPDATE mandate SET allocation_policy = $2 WHERE id = $1", home.bank.mandate_id,
            {"grouping": "HORIZONTAL", "reprocess": True},
        )  # fmt: skip
    debt = await desk.debt()
    plan = await desk.plan(debt, date(2026, 2, 1), 600, Rhythm(count=3, first_on=date(2026, 2, 10)))
    first = await desk.pay(debt, date(2026, 2, 5), 900)
    late = await desk.pay(debt, date(2026, 2, 6), 300, paid_on=date(2026, 2, 3))
    before = await desk.promises(plan), await desk.told(plan)
    assert before[0] == [("KEPT", 200)] * 3
    with clock.at(noon(date(2026, 2, 7))):
        await run_jobs(desk.database)
    # The one that overpaid the debt has another split now, as another payment.
    (new,) = await desk.rows("SELECT id FROM payment WHERE replaces_id = $1 AND status <> 'REVERSED'", first)
    assert (await desk.promises(plan), await desk.told(plan)) == before
    await desk.bounce(late, date(2026, 2, 8))
    assert await desk.promises(plan) == [("KEPT", 200)] * 3
    await desk.bounce(new["id"], date(2026, 2, 9))
    assert (await desk.status(plan), await desk.promises(plan)) == ("ACTIVE", [("PENDING", 0)] * 3)
    with clock.at(noon(date(2026, 2, 9))):
        done = await reprocess_payments(
            home.north, ReprocessPayments(debt_id=debt.id, first_day=date(2026, 2, 1), reason="by hand")
        )
    assert done.replaced == ()


async def test_a_payment_that_was_read_before_the_promise_goes_towards_it(desk: Desk, monkeypatch) -> None:  # noqa: ANN001
    """Between reading the debt and writing the payment somebody records a promise: the payment is read again."""
    debt, made, write = await desk.debt(), asyncio.Event(), module.write
    agreed = []

    async def slow(*args, **kwargs):  # noqa: ANN002, ANN003, ANN202
        if not made.is_set():
            made.set()
            agreed.append(await desk.promise(debt, date(2026, 2, 1), 100, date(2026, 2, 10)))
        return await write(*args, **kwargs)

    monkeypatch.setattr(module, "write", slow)
    command = RecordPayment(
        debt_id=debt.id, amount=Money(100, "COP"), paid_on=date(2026, 2, 1), method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key="raced",
    )  # fmt: skip
    with clock.at(noon(date(2026, 2, 1))):
        assert not (await record_payment(desk.home.north, command)).replayed
        assert (await record_payment(desk.home.north, command)).replayed
    assert await desk.promises(agreed[0]) == [("KEPT", 100)]
    assert await desk.told(agreed[0]) == ["promise.recorded", "promise.kept"]

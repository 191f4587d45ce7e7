"""Payments of a file go towards promises as if each had been recorded alone."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from core.agreements.create_agreement import CreateAgreement, create_agreement
from core.agreements.kinds import AgreementChannel, Frequency
from core.agreements.record_promise import RecordPromise, record_promise
from core.agreements.rules import Rhythm
from core.kit import clock
from core.kit.money import Money
from core.mandates.models import FileKind
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tests.core.placements.conftest import NEW, PAYMENTS, Desk, MakeDesk

MADE = datetime(2026, 1, 10, 15, tzinfo=UTC)
PROMISES = """
SELECT d.reference, p.number, p.status, p.paid_minor, a.status AS agreed, a.ended_on,
  (SELECT array_agg(ARRAY[m.reference, r.amount_minor::text] ORDER BY m.reference) FROM promise_payment r
   JOIN payment m ON m.id = r.payment_id WHERE r.promise_id = p.id) AS money
FROM promise p JOIN agreement a ON a.id = p.agreement_id JOIN debt d ON d.id = p.debt_id ORDER BY 1, a.id, 2
"""
TOLD = "SELECT count(*) FROM event WHERE name = 'promise.kept'"


async def _agree(desk: Desk) -> None:
    """A promise, a plan by weeks and another one by turns; the third debt has agreed to nothing."""
    for row in await desk.fetch("SELECT id, reference FROM debt ORDER BY reference"):
        number = int(row["reference"][1:])
        amount, about = (
            Money(40_000 + number, "COP"),
            {"channel": AgreementChannel.SMS, "idempotency_key": row["reference"]},
        )
        if number % 3 == 0:
            await record_promise(
                desk.scope, RecordPromise(debt_id=row["id"], amount=amount, due_on=date(2026, 1, 20), **about)
            )
        elif number % 3 == 1:
            rhythm = Rhythm(count=5, first_on=date(2026, 1, 12), frequency=Frequency.WEEKLY)
            await create_agreement(
                desk.scope, CreateAgreement(debt_id=row["id"], amount=amount, instalments=rhythm, **about)
            )


@pytest.mark.parametrize(("seed", "few"), [(1, 50), (2, 0), (3, 0)])
async def test_a_file_and_the_same_payments_one_by_one_keep_the_same_promises(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    """`few`: up to how many debts are judged by one statement."""
    monkeypatch.setattr("core.agreements.judge.FEW", few)
    lots = random.Random(seed)
    bulk, alone = await make_desk(), await make_desk()
    debts = "ref,name,opened,amount\n" + "".join(f"D{n},Ana,2026-01-01,{900 + n}.00\n" for n in range(12))
    payments = [
        (
            f"D{lots.randrange(12)}",
            date(2026, 1, 8) + timedelta(lots.randrange(40)),
            lots.randrange(100, 30_000),
            f"S{n}",
        )
        for n in range(90)
    ]
    for desk in (bulk, alone):
        with clock.at(MADE):
            await desk.layout(NEW)
            assert (await desk.accept(debts))["rows_accepted"] == 12
            await _agree(desk)
    with clock.at(MADE + timedelta(days=45)):
        await bulk.layout(PAYMENTS, FileKind.FINANCIAL)
        lines = "".join(f"{ref},{day},{minor // 100}.{minor % 100:02},{slip}\n" for ref, day, minor, slip in payments)
        batch = await bulk.accept("ref,paid,amount,slip\n" + lines, FileKind.FINANCIAL)
        assert batch["rows_accepted"] == 90
        ids = {row["reference"]: row["id"] for row in await alone.fetch("SELECT id, reference FROM debt")}
        for ref, day, minor, slip in sorted(payments, key=lambda one: one[1]):
            command = RecordPayment(
                debt_id=ids[ref], amount=Money(minor, "COP"), paid_on=day, method=PaymentMethod.OTHER,
                received_by=ReceivedBy.CREDITOR, idempotency_key=slip, reference=slip,
            )  # fmt: skip
            await record_payment(alone.scope, command)
    kept = await bulk.fetch(PROMISES)
    assert kept == await alone.fetch(PROMISES)
    assert {row["status"] for row in kept} >= {"KEPT", "BROKEN"} and len(kept) == 4 + 4 * 5
    assert await bulk.value(TOLD) > 0

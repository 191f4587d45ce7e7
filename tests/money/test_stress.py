"""Sixteen who work on the same three debts at once: nothing is done twice, nothing is lost, nobody hears of it."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import DomainError
from core.kit.money import Money
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from tests.core.house import House, house
from tests.money.crowd import NOW, TODAY, WRITERS, Crowd, gather
from tests.money.proofs import payments_of, wrongs

pytestmark = pytest.mark.both_servers


@pytest.fixture
async def home(database: Database) -> House:
    with clock.at(NOW):
        return await house(database)


async def test_sixteen_writers_on_three_debts_leave_books_that_hold(home: House) -> None:
    with clock.at(NOW):
        crowd = await gather(home)
        async with asyncio.timeout(240):
            await asyncio.gather(*(crowd.work(number) for number in range(WRITERS)))
        assert Counter(crowd.faults) == {}
        assert await wrongs(home.north, all_sealed=True) == {}
    assert min(crowd.done[name] for name in ("record", "reverse", "charge", "adjust", "clear", "issue")) > 0
    await assert_once(crowd)


async def assert_once(crowd: Crowd) -> None:
    """Each key did one thing, and everybody was told of the same."""
    firsts = [row for row in await payments_of(crowd.scope) if row["replaces_id"] is None]
    assert Counter(row["idempotency_key"] for row in firsts) == dict.fromkeys(crowd.payments, 1)
    for answers in crowd.payments.values():
        assert [answer.replayed for answer in answers].count(False) == 1
        assert len({repr(_said(answer)) for answer in answers}) == 1
    assert set(crowd.reversals.values()) <= {1}
    for asked, kind, of in (
        (crowd.charges, "CHARGE", "charge_id"), (crowd.adjustments, "ADJUSTMENT", "adjustment_id"),
    ):  # fmt: skip
        ids = [{getattr(answer, of) for answer in answers} for answers in asked.values()]
        assert all(len(one) == 1 for one in ids)
        assert all([answer.replayed for answer in answers].count(False) == 1 for answers in asked.values())
        async with db.transaction(crowd.scope) as tx:
            rows = await tx.fetch(
                "SELECT source_id FROM debt_movement WHERE agency_id = $1 AND kind = $2", crowd.scope.agency, kind
            )
        assert sorted(row["source_id"] for row in rows) == sorted(one for found in ids for one in found)


def _said(answer: PaymentRecorded) -> PaymentRecorded:
    return replace(answer, replayed=False, payment=None, debt=None)


async def test_one_request_a_hundred_times_at_once_is_one_payment_and_one_answer(home: House) -> None:
    with clock.at(NOW):
        crowd = await gather(home)
        command = RecordPayment(
            debt_id=crowd.debts[0].id, amount=Money(12_345, "COP"), paid_on=TODAY, method=PaymentMethod.TRANSFER,
            received_by=ReceivedBy.AGENCY, idempotency_key="once",
        )  # fmt: skip
        answers = await asyncio.gather(*(record_payment(home.north, command) for _ in range(100)))
        assert [answer.replayed for answer in answers].count(False) == 1
        assert len({repr(_said(answer)) for answer in answers}) == 1
        (row,) = await payments_of(home.north)
        assert (row["id"], row["amount_minor"]) == (answers[0].payment_id, 12_345)
        assert await wrongs(home.north, all_sealed=True) == {}


async def test_one_key_for_three_debts_at_once_is_one_payment_and_two_refusals(home: House) -> None:
    """Also where a payment comes late, so that it is written with a wait for its debt."""
    with clock.at(NOW):
        crowd = await gather(home)
        command = RecordPayment(
            debt_id=crowd.debts[0].id, amount=Money(700, "COP"), paid_on=TODAY, method=PaymentMethod.TRANSFER,
            received_by=ReceivedBy.AGENCY, idempotency_key="first",
        )  # fmt: skip
        for number, debt in enumerate(crowd.debts):
            await record_payment(home.north, replace(command, debt_id=debt.id, idempotency_key=f"first {number}"))
        for number in range(20):
            late = replace(command, paid_on=TODAY - timedelta(days=number % 3), idempotency_key=f"one {number}")
            asked = [record_payment(home.north, replace(late, debt_id=debt.id)) for debt in crowd.debts]
            done = await asyncio.gather(*asked, return_exceptions=True)
            said = [one.code if isinstance(one, DomainError) else type(one).__name__ for one in done]
            assert sorted(said) == ["IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_REUSED", "PaymentRecorded"]
        assert await wrongs(home.north, all_sealed=True) == {}

"""What was charged is taken back by the stored lines, and the books of the ledger say the same as the lines."""

import asyncio
from datetime import date

import pytest

from core.commissions.assess_fees import AssessFees, assess_fees
from core.commissions.recalculate_fees import RecalculateFees, recalculate_fees
from core.kit import db
from core.kit.db import Database
from core.kit.errors import Forbidden, NotFound
from core.kit.scope import Scope
from core.ledger.verify import verify
from tests.core.commissions.commission_house import IVA, LATER, MARGINAL, Desk, K, make_desk
from tests.core.house import events, house

DUE = date(2026, 1, 31)


@pytest.fixture
async def north(database: Database) -> Scope:
    return (await house(database)).north


async def ledger(desk: Desk) -> dict[str, int]:
    """What commission has moved: debits less credits by account."""
    async with db.transaction(desk.scope) as tx:
        rows = await tx.fetch(
            "SELECT account, sum(sign * amount_minor)::bigint AS minor FROM ledger_posting, "
            "LATERAL (VALUES (debit, 1), (credit, -1)) AS v (account, sign) "
            "WHERE kind = 'COMMISSION' AND creditor_id = $1 GROUP BY 1",
            desk.client.creditor_id,
        )
    return {row["account"]: row["minor"] for row in rows if row["minor"]}


async def test_a_bounced_payment_takes_its_fee_back_and_the_counter_with_it(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL, tax_rate=IVA)
    debt = await desk.debt()
    bounced = await desk.pay(debt, 150_000)
    await desk.assess()
    assert await ledger(desk) == {"COMMISSION_RECEIVABLE": 47_600, "COMMISSION": -40_000, "TAX_PAYABLE": -7_600}

    await desk.reverse(bounced)
    done = await desk.assess()

    lines = await desk.lines(bounced)
    assert [line["amount_minor"] for line in lines] == [30_000, 10_000, 7_600, -30_000, -10_000, -7_600]
    assert [line["reverses_id"] for line in lines] == [None] * 3 + [line["id"] for line in lines[:3]]
    assert (done.reversed[0].fee_minor, done.reversed[0].tax_minor, done.assessed) == (-40_000, -7_600, ())
    assert await ledger(desk) == {}
    again = await desk.pay(debt, 150_000, date(2026, 10, 2))
    await desk.assess()
    assert await desk.amounts(again) == [("COMMISSION", 30_000), ("COMMISSION", 10_000), ("TAX", 7_600)]
    assert (await desk.assess()).reversed == (), "once"
    assert (await verify(north)).holds


async def test_later_payments_are_named_and_charged_anew_only_when_asked(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    debt = await desk.debt()
    first, later = await desk.pay(debt, 100_000, date(2026, 3, 1)), await desk.pay(debt, 50_000, date(2026, 3, 2))
    other = await desk.pay(await desk.debt(), 50_000)
    await desk.assess(date(2026, 3, 31))
    await desk.reverse(first)

    done = await desk.assess(date(2026, 4, 30))

    assert done.recalculation_due == (later,)
    assert [event["data"] for event in await events(north, "fee.recalculation_due")] == [
        {"payments": 1, "first": [str(later)]}
    ]
    assert await desk.amounts(later) == [("COMMISSION", 10_000)]
    anew = await recalculate_fees(north, RecalculateFees(creditor_id=desk.client.creditor_id, on=date(2026, 5, 1)))
    assert anew.payments == (later,)
    assert [(r["assessment"], r["amount_minor"], r["assessed_on"]) for r in await desk.lines(later)] == [
        (1, 10_000, date(2026, 3, 31)),
        (1, -10_000, date(2026, 5, 1)),
        (2, 15_000, date(2026, 5, 1)),
    ]
    assert len(await desk.lines(other)) == 1
    assert (await ledger(desk))["COMMISSION"] == -30_000
    assert (
        await recalculate_fees(north, RecalculateFees(creditor_id=desk.client.creditor_id, on=LATER))
    ).payments == ()


async def test_a_payment_that_comes_late_makes_those_after_it_due(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    debt = await desk.debt()
    known = await desk.pay(debt, 100_000, date(2026, 3, 2))
    await desk.assess()
    await desk.pay(debt, 40_000, date(2026, 3, 1))
    assert (await desk.assess()).recalculation_due == (known,)


async def test_uncleared_money_earns_nothing(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    debt = await desk.debt((K.PRINCIPAL, 100_000, DUE))
    async with db.transaction(north) as tx:
        await tx.execute(
            "UPDATE mandate SET clearance_days = '{\"CASH\": 5}' WHERE agency_id = $1 AND id = $2",
            north.agency, desk.client.mandate_id,
        )  # fmt: skip
    pending = await desk.pay(debt, 1_000, date(2026, 10, 31))
    cleared = await desk.pay(debt, 1_000, date(2026, 10, 1))
    await desk.assess()
    assert (await desk.amounts(pending), await desk.amounts(cleared)) == ([], [("COMMISSION", 300)])


async def test_two_who_assess_at_once_charge_once(north: Scope) -> None:
    desk = await make_desk(north, MARGINAL)
    payments = [await desk.pay(await desk.debt(), 1_000) for _ in range(5)]
    done = await asyncio.gather(*(desk.assess() for _ in range(4)))
    assert sorted(len(one.assessed) for one in done) == [0, 0, 0, 1]
    assert [await desk.amounts(one) for one in payments] == [[("COMMISSION", 300)]] * 5


async def test_only_the_agency_assesses(database: Database) -> None:
    home = await house(database)
    command = AssessFees(creditor_id=home.shop.creditor_id, until=LATER)
    with pytest.raises(Forbidden):
        await assess_fees(home.shop_scope, command)
    with pytest.raises(NotFound):
        await assess_fees(home.south, command)

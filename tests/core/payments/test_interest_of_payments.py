"""A payment pays the interest up to its day first, also when it comes late: then what was posted after it is corrected."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest

from core.interest.payoff import payoff
from core.kit import clock, db
from core.kit.db import Database
from core.kit.money import Money
from core.ledger.verify import verify
from core.payments import reprocess_payments  # noqa: F401 - the job that it handles
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, assert_books, house
from tests.core.interest.interest_house import NOW, bearing, certify
from tests.helpers_jobs import run_jobs

APRIL, MAY = date(2026, 4, 15), date(2026, 5, 1)
INTEREST_TO_APRIL = 20_574_21
"""17 days at 26.77 % and 14 at 28.17 % on 1,000,000.00 (domain vocabulary 5.3)."""


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        furnished = await house(database)
        await certify(furnished.north)
        yield furnished


async def pay(home: House, debt: DebtRow, minor: int, day: date, key: str) -> PaymentRecorded:
    command = RecordPayment(
        debt_id=debt.id,
        amount=Money(minor, "COP"),
        paid_on=day,
        method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY,
        idempotency_key=key,
    )
    return await record_payment(home.north, command)


async def posted(home: House, debt_id: UUID) -> dict[str, int]:
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT kind, sum(delta_minor)::bigint AS minor FROM debt_movement WHERE debt_id = $1 GROUP BY kind",
            debt_id,
        )
    return {row["kind"]: row["minor"] for row in rows}


async def assert_exact(home: House, debt: DebtRow) -> None:
    """What was posted for interest is what it is, to the day that it was posted to; and the journal holds."""
    async with db.transaction(home.north) as tx:
        to = await tx.fetchval("SELECT accrued_to FROM debt_interest WHERE debt_id = $1", debt.id)
    found, moved = await payoff(home.north, debt.id, to), await posted(home, debt.id)
    assert found.total.minor_units == sum(moved.values())
    await assert_books(home.north, debt.id)
    proof = await verify(home.north)
    assert proof.holds, [check.samples for check in proof.checks if not check.holds]


async def test_interest_to_the_day_is_posted_and_paid_before_the_principal(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    done = await pay(home, debt, 30_000_00, APRIL, "a")
    assert [(part.kind.value, part.minor) for part in done.allocations] == [
        ("INTEREST_DEFAULT", INTEREST_TO_APRIL),
        ("PRINCIPAL", 30_000_00 - INTEREST_TO_APRIL),
    ]
    assert done.balance_after.minor_units == 1_000_000_00 + INTEREST_TO_APRIL - 30_000_00
    assert (await pay(home, debt, 30_000_00, APRIL, "a")).allocations == done.allocations
    assert (await posted(home, debt.id))["INTEREST"] == INTEREST_TO_APRIL
    await assert_exact(home, debt)


async def test_a_payment_that_comes_late_does_not_pay_interest_of_later_days_and_lowers_it(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    await pay(home, debt, 1_00, MAY, "may")
    before = await posted(home, debt.id)
    late = await pay(home, debt, 500_000_00, APRIL, "april")
    assert [(part.kind.value, part.minor) for part in late.allocations] == [
        ("INTEREST_DEFAULT", INTEREST_TO_APRIL - 1_00),
        ("PRINCIPAL", 500_000_00 - INTEREST_TO_APRIL + 1_00),
    ]
    after = await posted(home, debt.id)
    assert after["INTEREST"] == before["INTEREST"] and after["INTEREST_CORRECTION"] < 0
    async with db.transaction(home.north) as tx:
        reasons = await tx.fetch("SELECT DISTINCT reason FROM debt_movement WHERE kind = 'INTEREST_CORRECTION'")
    assert len(reasons) == 1 and "payment of 2026-04-15, recorded on 2026-06-01" in reasons[0]["reason"]
    await assert_exact(home, debt)


async def test_a_bounced_payment_bears_interest_again(home: House) -> None:
    debt = await bearing(home.north, home.bank)
    first = await pay(home, debt, 500_000_00, APRIL, "a")
    await pay(home, debt, 1_00, date(2026, 5, 20), "b")
    before = await posted(home, debt.id)
    await reverse_payment(home.north, ReversePayment(payment_id=first.payment_id, reason="R01", reversed_on=MAY))
    after = await posted(home, debt.id)
    assert after["INTEREST_CORRECTION"] > before.get("INTEREST_CORRECTION", 0)
    await assert_exact(home, debt)


async def test_a_late_payment_that_is_split_anew_pays_the_interest_of_its_day_and_no_more(
    home: House, database: Database
) -> None:
    """Posted after it was more: what was earned later is paid by who pays later, as if all had come in order."""
    splits: list[list[dict[str, int]]] = []
    for turn, order in enumerate(((MAY, APRIL), (APRIL, MAY))):
        debt = await bearing(home.north, home.bank)
        async with db.transaction(home.north) as tx:
            await tx.execute("UPDATE mandate SET allocation_policy = $1", {"reprocess": True})
        for day in order:
            await pay(home, debt, 200_000_00 if day == APRIL else 100_000_00, day, f"{turn} {day}")
        await run_jobs(database)
        async with db.transaction(home.north) as tx:
            rows = await tx.fetch(
                "SELECT jsonb_object_agg(c.kind, a.amount_minor) AS parts FROM payment p "
                "JOIN payment_allocation a ON a.payment_id = p.id JOIN debt_component c ON c.id = a.component_id "
                "WHERE p.debt_id = $1 AND p.status <> 'REVERSED' GROUP BY p.id, p.paid_on ORDER BY p.paid_on",
                debt.id,
            )
        splits.append([row["parts"] for row in rows])
        await assert_exact(home, debt)
    late, orderly = splits
    assert orderly[0] == late[0] == {
        "INTEREST_DEFAULT": INTEREST_TO_APRIL, "PRINCIPAL": 200_000_00 - INTEREST_TO_APRIL,
    }  # fmt: skip
    # What the second pays of interest was computed while the first had its first split: the rest is owed still.
    assert 0 <= orderly[1]["INTEREST_DEFAULT"] - late[1]["INTEREST_DEFAULT"] < 250_00
    assert (await verify(home.north)).holds

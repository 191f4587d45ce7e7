"""A payment pays the interest up to its day first, also when it comes late: then what was posted after it is corrected."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.debts.add_charge import AddCharge, add_charge
from core.debts.kinds import ComponentKind
from core.interest.payoff import payoff
from core.kit import clock, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.ledger.verify import verify
from core.payments import reprocess_payments  # noqa: F401 - the job that it handles
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, assert_books, house
from tests.core.interest.interest_house import NOW, accrue, bearing, certify
from tests.helpers_jobs import run_jobs

START = date(2026, 3, 15)
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


async def assert_exact(home: House, debt: DebtRow, on: date | None = None) -> None:
    """What was posted for interest is what it is, to a day, or that to which it was posted; and the journal holds."""
    async with db.transaction(home.north) as tx:
        to = await tx.fetchval("SELECT accrued_to FROM debt_interest WHERE debt_id = $1", debt.id)
    found, moved = await payoff(home.north, debt.id, on or to), await posted(home, debt.id)
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


async def reprocessing(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET allocation_policy = $1", {"reprocess": True})


async def stand(home: House, debt: DebtRow) -> tuple[list[tuple[date, int, dict[str, int]]], dict[str, int], str]:
    """The payments that stand, with what each pays, what is owed of each component, and whether the debt is open."""
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT p.paid_on, p.unapplied_minor, (SELECT jsonb_object_agg(k.kind, k.minor) FROM ("
            "  SELECT c.kind, sum(a.amount_minor) AS minor FROM payment_allocation a JOIN debt_component c "
            "  ON c.id = a.component_id WHERE a.payment_id = p.id GROUP BY 1) k) AS parts "
            "FROM payment p WHERE p.debt_id = $1 AND p.status <> 'REVERSED' "
            "ORDER BY p.paid_on, COALESCE(p.replaces_id, p.id)", debt.id,
        )  # fmt: skip
        owed = await tx.fetch(
            "SELECT kind, sum(balance_minor)::bigint AS minor FROM debt_component WHERE debt_id = $1 GROUP BY 1",
            debt.id,
        )
        status = await tx.fetchval("SELECT status FROM debt WHERE id = $1", debt.id)
    return (
        [(row["paid_on"], row["unapplied_minor"], row["parts"] or {}) for row in rows],
        {row["kind"]: row["minor"] for row in owed if row["minor"]},
        status,
    )


async def test_late_payments_that_are_split_anew_pay_what_they_would_have_paid_in_order(
    home: House, database: Database
) -> None:
    """Posted after it was more: what was earned later is paid by who pays later."""
    await reprocessing(home)
    stood: list[object] = []
    for turn, order in enumerate(((MAY, APRIL), (APRIL, MAY))):
        debt = await bearing(home.north, home.bank)
        for day in order:
            await pay(home, debt, 200_000_00 if day == APRIL else 100_000_00, day, f"{turn} {day}")
        await run_jobs(database)
        stood.append(await stand(home, debt))
        await assert_exact(home, debt)
    late, orderly = stood
    assert late == orderly
    assert (await stand(home, debt))[0][0][2] == {
        "INTEREST_DEFAULT": INTEREST_TO_APRIL, "PRINCIPAL": 200_000_00 - INTEREST_TO_APRIL,
    }  # fmt: skip
    assert (await verify(home.north)).holds


async def test_a_debt_that_only_bears_interest_by_the_new_split_has_it_paid_too(
    home: House, database: Database
) -> None:
    """Paid whole on the first day, its principal bore none; a charge of a day before takes of that payment."""
    await reprocessing(home)
    stood: list[object] = []
    for late in (False, True):
        parts = [("PRINCIPAL", 100_000_00, None), ("PENALTY", 10_000_00, None)]
        debt = await bearing(home.north, home.bank, parts=parts)
        if not late:
            await charge(home, debt, 40_000_00, START - timedelta(1), ComponentKind.INTEREST_ORDINARY)
        await pay(home, debt, 100_000_00, START, str(new_id()))
        await pay(home, debt, 5_000_00, APRIL, str(new_id()))
        if late:
            assert "INTEREST_DEFAULT" not in (await stand(home, debt))[0][1][2]
            await charge(home, debt, 40_000_00, START - timedelta(1), ComponentKind.INTEREST_ORDINARY)
        await run_jobs(database)
        stood.append(await stand(home, debt))
        await assert_exact(home, debt)
    assert stood[0] == stood[1]
    assert (await stand(home, debt))[0][1][2]["INTEREST_DEFAULT"] > 0


Entry: TypeAlias = tuple[int, int, str]
"""Days after the interest began, minor units, and what it is: money that stays, money that bounces, or a charge."""

_ENTRIES = st.lists(
    st.tuples(st.integers(0, 77), st.integers(1, 60_000_00), st.sampled_from(("PAID", "PAID", "BOUNCES", "CHARGED"))),
    min_size=2, max_size=6, unique_by=lambda entry: entry[0],
)  # fmt: skip


@given(entries=_ENTRIES, order=st.permutations(range(6)), runs=st.lists(st.integers(0, 78), max_size=3))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_in_whatever_order_things_come_payments_are_split_as_in_the_order_of_their_days(
    home: House, database: Database, entries: list[Entry], order: list[int], runs: list[int]
) -> None:
    """With fees, interest that is posted in between and goes to the payments of its day, and cheques that bounce."""
    await reprocessing(home)
    stood: list[object] = []
    for late in (False, True):
        debt = await bearing(
            home.north, home.bank, parts=[("PRINCIPAL", 100_000_00, None), ("COLLECTION_FEE", 300_00, None)]
        )
        bounce: list[UUID] = []
        shuffled = [entry for _, entry in sorted(zip(order, entries, strict=False))]
        for place, (days, minor, kind) in enumerate(shuffled if late else sorted(entries)):
            day = START + timedelta(days)
            if kind == "CHARGED":
                await charge(home, debt, minor, day)
            else:
                recorded = await pay(home, debt, minor, day, str(new_id()))
                bounce += [recorded.payment_id] if kind == "BOUNCES" else []
            if late and place < len(runs):
                await accrue(home.north, debt.id, START + timedelta(runs[place]))
            if late and place % 2:
                await run_jobs(database)
        await run_jobs(database)
        await accrue(home.north, debt.id, NOW.date())
        stood.append(await stand(home, debt))
        for payment_id in bounce:
            await reverse_payment(
                home.north, ReversePayment(payment_id=payment_id, reason="R01", reversed_on=NOW.date())
            )
            await run_jobs(database)
        await accrue(home.north, debt.id, NOW.date())
        await assert_exact(home, debt, NOW.date())
    assert stood[0] == stood[1]


async def charge(
    home: House, debt: DebtRow, minor: int, day: date, kind: ComponentKind = ComponentKind.PRINCIPAL
) -> None:
    command = AddCharge(
        debt_id=debt.id, kind=kind, amount=Money(minor, "COP"), reason="late",
        idempotency_key=str(new_id()), effective_on=day,
    )  # fmt: skip
    await add_charge(home.north, command)

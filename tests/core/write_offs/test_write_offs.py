"""Giving up debts, recovering of them afterwards, and taking them back: the books stay whole, whatever the order."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.kinds import ComponentKind
from core.interest.set_terms import SetTerms, set_terms
from core.kit import clock, db
from core.kit.db import Database, Row
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope, agency_scope
from core.ledger.verify import verify
from core.mandates.interest import DayCount, InterestMethod, InterestTerms
from core.payments import reprocess_payments
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, PaymentWarning, RecordPayment, record_payment
from core.payments.reverse_payment import PaymentReversed, ReversePayment, reverse_payment
from core.permissions import Permission
from core.reports.ageing import AgeingQuery, ageing
from core.write_offs.reinstate_debt import ReinstateDebt, reinstate_debt
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from core.write_offs.write_off_small_debts import WriteOffSmallDebts, request_small_write_off
from tests.core.commissions.commission_house import make_desk
from tests.core.house import COLLECTOR, EVERYTHING, House, assert_books, events, house, make_debt
from tests.core.reports.totals_books import assert_board, assert_recovery, fold
from tests.helpers_jobs import run_jobs

assert reprocess_payments.reprocess, "whoever runs jobs has to know this one"
K = ComponentKind
NOW = datetime(2026, 5, 11, 15, tzinfo=UTC)
TODAY = date(2026, 5, 11)
PARTS = [(K.PRINCIPAL, 100_000, date(2026, 3, 1)), (K.INTEREST_DEFAULT, 20_000, date(2026, 2, 1))]
MILLION = 100_000_000
TEN_PERMILLE_A_DAY = InterestTerms(
    method=InterestMethod.SIMPLE_NOMINAL, annual_rate=Decimal("0.36"), day_count=DayCount.ACT_360, overdue_only=False
)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def pay(scope: Scope, debt_id: UUID, minor: int, on: date = TODAY, key: str | None = None) -> PaymentRecorded:
    command = RecordPayment(
        debt_id=debt_id, amount=Money(minor, "COP"), paid_on=on, method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key=key or str(new_id()),
    )  # fmt: skip
    return await record_payment(scope, command)


async def back(scope: Scope, payment_id: UUID, on: date = TODAY) -> PaymentReversed:
    return await reverse_payment(scope, ReversePayment(payment_id=payment_id, reason="bounced", reversed_on=on))


async def give_up(scope: Scope, debt_id: UUID) -> None:
    await write_off_debt(scope, WriteOffDebt(debt_id=debt_id, reason="no assets"))


async def rows(scope: Scope, sql: str, *args: object) -> list[Row]:
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetch(sql, *args)


async def stands(scope: Scope, debt_id: UUID) -> dict[str, Any]:
    """The debt's row, after a look at its books, the dashboard and the report as of today."""
    await assert_books(scope, debt_id)
    proof = await verify(scope)
    assert proof.holds, [check for check in proof.checks if not check.holds]
    (row,) = await rows(scope, "SELECT * FROM debt WHERE id = $1", debt_id)
    await assert_board(scope, row["creditor_id"])
    await assert_recovery(scope, row["creditor_id"])
    return dict(row)


async def moves_of(scope: Scope, source_id: UUID) -> set[tuple[str, date, int]]:
    sql = "SELECT kind, effective_on, delta_minor FROM debt_movement WHERE source_id = $1"
    return {tuple(row) for row in await rows(scope, sql, source_id)}


async def refused(doing: Any, code: str) -> None:
    with pytest.raises(Conflict) as problem:
        await doing
    assert problem.value.code == code


async def test_a_debt_is_written_off_recovered_reversed_and_reinstated(home: House) -> None:
    north, debt = home.north, await make_debt(home.north, home.bank, PARTS)
    early = await pay(north, debt.id, 5_000, date(2026, 4, 1))
    command = WriteOffDebt(debt_id=debt.id, reason="no assets", idempotency_key="w1")

    done = await write_off_debt(north, command)
    assert (done.written_off, done.closed_on) == (Money(115_000, "COP"), TODAY)
    row = await stands(north, debt.id)
    assert (row["status"], row["closed_reason"], row["closed_on"], row["due_on"]) == (
        "CLOSED", "WRITTEN_OFF", TODAY, None,
    )  # fmt: skip
    assert (row["balance_minor"], row["written_off_minor"], row["recovered_minor"]) == (0, 115_000, 5_000)
    moves = {("WRITE_OFF", TODAY, -100_000), ("WRITE_OFF", TODAY, -15_000)}
    assert await moves_of(north, done.write_off_id) == moves
    assert await write_off_debt(north, command) == replace(done, replayed=True)
    await refused(write_off_debt(north, replace(command, reason="other")), "IDEMPOTENCY_KEY_REUSED")
    await refused(give_up(north, debt.id), "DEBT_CLOSED")
    (told,) = await events(home.bank_scope, "debt.written_off")
    assert (told["subject_id"], told["data"]["amount_minor"], told["data"]["reason"]) == (debt.id, 115_000, "no assets")

    recovered = await pay(north, debt.id, 30_000, key="r")
    assert (recovered.after_write_off, recovered.balance_after, recovered.debt_status) == (
        True, Money(0, "COP"), "CLOSED",
    )  # fmt: skip
    assert [(part.kind, part.minor) for part in recovered.allocations] == [
        (K.INTEREST_DEFAULT, 15_000), (K.PRINCIPAL, 15_000),
    ]  # fmt: skip
    assert await moves_of(north, recovered.payment_id) == {("PAYMENT", TODAY, -15_000), ("WRITE_OFF", TODAY, 15_000)}
    assert await pay(north, debt.id, 30_000, key="r") == replace(recovered, replayed=True)
    row = await stands(north, debt.id)
    assert (row["balance_minor"], row["written_off_minor"], row["recovered_minor"]) == (0, 85_000, 35_000)
    assert (await events(north, "payment.recorded"))[-1]["data"]["after_write_off"] is True

    # A reversal writes off again: what was a recovery, and what had been paid before the write-off likewise.
    undone = await back(north, recovered.payment_id)
    assert (undone.balance_after, undone.debt_status, undone.reopened) == (Money(0, "COP"), "CLOSED", False)
    await back(north, early.payment_id)
    row = await stands(north, debt.id)
    assert (row["balance_minor"], row["written_off_minor"], row["recovered_minor"]) == (0, 120_000, 0)
    assert row["due_on"] is None

    kept = await pay(north, debt.id, 50_000)
    again = ReinstateDebt(debt_id=debt.id, reason="a new employer", idempotency_key="r1")
    reinstated = await reinstate_debt(north, again)
    assert reinstated.balance == Money(70_000, "COP")
    assert await reinstate_debt(north, again) == replace(reinstated, replayed=True)
    row = await stands(north, debt.id)
    assert (row["status"], row["closed_reason"], row["closed_on"], row["due_on"]) == (
        "ACTIVE", None, None, date(2026, 3, 1),
    )  # fmt: skip
    assert (row["balance_minor"], row["written_off_minor"]) == (70_000, 0)
    await refused(reinstate_debt(north, ReinstateDebt(debt_id=debt.id, reason="x")), "NOT_WRITTEN_OFF")
    assert (await back(north, kept.payment_id)).balance_after == Money(120_000, "COP")
    assert (await stands(north, debt.id))["balance_minor"] == 120_000
    assert [told["creditor_id"] for told in await events(north, "debt.reinstated")] == [home.bank.creditor_id]
    await fold()
    await stands(north, debt.id)


async def test_what_is_recovered_whole_is_no_longer_written_off_and_what_is_too_much_is_left_over(home: House) -> None:
    north, debt = home.north, await make_debt(home.north, home.bank, PARTS)
    await give_up(north, debt.id)
    query = AgeingQuery(creditor_id=home.bank.creditor_id, as_of=TODAY)
    (row,) = await ageing(north, query)
    assert (row.open_debts, row.settled_debts) == (0, 0), "what is written off is neither open nor settled"
    paid = await pay(north, debt.id, 130_000)
    assert (paid.unapplied_minor, paid.warning) == (10_000, PaymentWarning.OVERPAYMENT)
    row = await stands(north, debt.id)
    assert (row["closed_reason"], row["written_off_minor"], row["recovered_minor"]) == ("WRITTEN_OFF", 0, 120_000)
    (row,) = await ageing(north, query)
    assert (row.open_debts, row.settled_debts) == (0, 1)
    await refused(reinstate_debt(north, ReinstateDebt(debt_id=debt.id, reason="x")), "NOTHING_WRITTEN_OFF")


async def test_who_may_write_off_what(home: House) -> None:
    north, debt = home.north, await make_debt(home.north, home.bank, PARTS)
    foreign = await make_debt(home.south, home.bank_south, PARTS)
    collector = agency_scope(north.agency, COLLECTOR, EVERYTHING - {Permission.DEBT_WRITE_OFF})
    for scope in (collector, home.bank_scope):
        for doing in (
            write_off_debt(scope, WriteOffDebt(debt_id=debt.id, reason="x")),
            reinstate_debt(scope, ReinstateDebt(debt_id=debt.id, reason="x")),
            request_small_write_off(scope, small(home, 1)),
        ):
            with pytest.raises(Forbidden):
                await doing
    for debt_id in (foreign.id, new_id()):
        with pytest.raises(NotFound):
            await give_up(north, debt_id)
        with pytest.raises(NotFound):
            await reinstate_debt(north, ReinstateDebt(debt_id=debt_id, reason="x"))
    with pytest.raises(InvalidInput):
        await write_off_debt(north, WriteOffDebt(debt_id=debt.id, reason=" "))
    for part, minor in zip(debt.components, (-100_000, -20_000), strict=True):
        command = AdjustComponent(
            debt_id=debt.id, component_id=part, delta=Money(minor, "COP"), effective_on=TODAY, reason="a mistake",
            idempotency_key=str(part),
        )  # fmt: skip
        await adjust_component(north, command)
    await refused(give_up(north, debt.id), "NOTHING_OWED")


def small(home: House, minor: int, currency: str = "COP") -> WriteOffSmallDebts:
    return WriteOffSmallDebts(mandate_id=home.bank.mandate_id, threshold=Money(minor, currency), reason="small balance")


async def test_small_balances_are_written_off_at_once(home: House) -> None:
    """Of 900 and 1,000 the one bears interest that takes it above 1,000 today."""
    north = home.north
    debts = [await make_debt(north, home.bank, [(K.PRINCIPAL, minor, None)]) for minor in (1, 1_000, 1_001, 900, 500)]
    judicial = await make_debt(north, home.bank, PARTS[:1], stage="JUDICIAL")
    others = await make_debt(north, home.shop, [(K.PRINCIPAL, 1, None)])
    terms = SetTerms(debt_id=debts[3].id, valid_from=date(2026, 1, 11), terms=TEN_PERMILLE_A_DAY, reason="contract")
    await set_terms(north, terms)
    await flag_dispute(north, FlagDispute(debt_id=debts[4].id, disputed=True, reason="not mine"))
    job_id = await request_small_write_off(north, small(home, 1_000))
    await run_jobs(db.current())
    (job,) = await rows(north, "SELECT state, result FROM job WHERE id = $1", job_id)
    assert (job["state"], job["result"]) == ("DONE", {"debts": 2, "minor": 1_001, "currency": "COP"})
    closed = {row["id"] for row in await rows(north, "SELECT id FROM debt WHERE closed_reason = 'WRITTEN_OFF'")}
    assert closed == {debts[0].id, debts[1].id}
    assert (await stands(north, debts[3].id))["balance_minor"] == 1_008, "900 and 120 days of 0.1 %"
    assert {told["subject_id"] for told in await events(north, "debt.written_off")} == closed
    await stands(north, others.id)
    assert (await stands(north, judicial.id))["status"] == "ACTIVE"
    for command, code in ((small(home, 0), "THRESHOLD"), (small(home, 5, "USD"), "CURRENCY_MISMATCH")):
        with pytest.raises(InvalidInput) as problem:
            await request_small_write_off(north, command)
        assert problem.value.code == code
    with pytest.raises(NotFound):
        await request_small_write_off(north, replace(small(home, 1), mandate_id=home.bank_south.mandate_id))


async def test_interest_stops_and_a_late_payment_makes_less_of_it_written_off(home: House) -> None:
    """1,000,000.00 at 0.1 % a day from the 1st; written off on the 11th with ten days of it."""
    north, debt = home.north, await make_debt(home.north, home.bank, [(K.PRINCIPAL, MILLION, None)])
    terms = SetTerms(debt_id=debt.id, valid_from=date(2026, 5, 1), terms=TEN_PERMILLE_A_DAY, reason="contract")
    await set_terms(north, terms)
    await give_up(north, debt.id)
    assert (await stands(north, debt.id))["written_off_minor"] == MILLION + 1_000_000
    with clock.at(datetime(2026, 5, 21, 15, tzinfo=UTC)):
        # It came on the 6th: half of the interest was owed then, and the other half is of a smaller base.
        paid = await pay(north, debt.id, 50_000_000, date(2026, 5, 6))
        assert [(part.kind, part.minor) for part in paid.allocations] == [
            (K.INTEREST_DEFAULT, 500_000), (K.PRINCIPAL, 49_500_000),
        ]  # fmt: skip
        left = MILLION - 49_500_000 + 252_500
        assert (await stands(north, debt.id))["written_off_minor"] == left
        (proof,) = await rows(north, "SELECT posted_minor, accrued_to FROM debt_interest WHERE debt_id = $1", debt.id)
        assert tuple(proof) == (752_500, TODAY)
    with clock.at(datetime(2026, 6, 1, 15, tzinfo=UTC)):
        await reinstate_debt(north, ReinstateDebt(debt_id=debt.id, reason="found"))
        assert (await stands(north, debt.id))["balance_minor"] == left
    with clock.at(datetime(2026, 6, 11, 15, tzinfo=UTC)):
        await give_up(north, debt.id)
        row = await stands(north, debt.id)
        assert row["written_off_minor"] == left + 10 * 50_500, "nothing for the days between"


async def test_payments_of_a_debt_that_is_written_off_are_split_anew(home: House) -> None:
    north, debt = home.north, await make_debt(home.north, home.bank, PARTS)
    async with db.transaction(north) as tx:
        policy = {"grouping": "HORIZONTAL", "reprocess": True}
        await tx.execute("UPDATE mandate SET allocation_policy = $1", policy)
    first = await pay(north, debt.id, 25_000, date(2026, 4, 1))
    await give_up(north, debt.id)
    late = await pay(north, debt.id, 10_000, date(2026, 2, 15))
    await run_jobs(db.current())
    found = await rows(
        north,
        "SELECT status, after_write_off, COALESCE(replaces_id, id) AS first_id FROM payment WHERE debt_id = $1",
        debt.id,
    )
    standing = {row["first_id"]: row["after_write_off"] for row in found if row["status"] != "REVERSED"}
    assert standing == {first.payment_id: False, late.payment_id: True}, "a new split is no new recovery"
    row = await stands(north, debt.id)
    assert (row["written_off_minor"], row["recovered_minor"], row["balance_minor"]) == (85_000, 35_000, 0)
    assert not await rows(north, "SELECT 1 FROM job WHERE state <> 'DONE'")


async def test_a_recovery_earns_what_the_schedule_says_of_debts_that_are_charged_off(home: House) -> None:
    """It is one for good: what the debt becomes later changes nothing."""
    tiers = [{"values": ["CHARGED_OFF"], "rate": "0.4"}, {"rate": "0.2"}]
    desk = await make_desk(home.north, {"tiers_by": "CHARGE_OFF", "mode": "WHOLE", "tiers": tiers})
    debt = await desk.debt()
    before = await desk.pay(debt, 10_000, date(2026, 5, 1))
    await give_up(home.north, debt.id)
    after = await desk.pay(debt, 10_000, date(2026, 5, 11))
    await reinstate_debt(home.north, ReinstateDebt(debt_id=debt.id, reason="found"))
    last = await desk.pay(debt, 10_000, date(2026, 5, 12))
    await desk.assess()
    sql = "SELECT payment_id, amount_minor FROM fee_line WHERE kind = 'COMMISSION'"
    assert {row["payment_id"]: row["amount_minor"] for row in await rows(home.north, sql)} == {
        before: 2_000, after: 4_000, last: 2_000,
    }  # fmt: skip

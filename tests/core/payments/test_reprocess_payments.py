"""What is dated before recorded payments has them split anew: by reversals, once, and without moving any money."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.debts.add_charge import AddCharge, add_charge
from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.ledger.verify import verify
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.refund_surplus import RefundSurplus, refund_surplus
from core.payments.reprocess_payments import MAX_PAYMENTS, ReprocessPayments, reprocess_payments
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, assert_books, house, make_agency, make_debt, recall
from tests.helpers_jobs import run_jobs

K = ComponentKind
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
PARTS = [
    (K.PRINCIPAL, 100, date(2026, 2, 1)),
    (K.PRINCIPAL, 100, date(2026, 3, 1)),
    (K.INTEREST_DEFAULT, 20, date(2026, 2, 15)),
]


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        furnished = await house(database)
        await agree(furnished, grouping="HORIZONTAL", reprocess=True)
        yield furnished


async def agree(home: House, **policy: Any) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET allocation_policy = $2 WHERE id = $1", home.bank.mandate_id, policy)


async def pay(home: House, debt: DebtRow, minor: int, day: int, **changes: Any) -> PaymentRecorded:
    """On a day of March."""
    given: dict[str, Any] = {
        "method": PaymentMethod.TRANSFER, "received_by": ReceivedBy.AGENCY, "idempotency_key": str(new_id()), **changes,
    }  # fmt: skip
    command = RecordPayment(debt_id=debt.id, amount=Money(minor, "COP"), paid_on=date(2026, 3, day), **given)
    return await record_payment(home.north, command)


async def splits(home: House, debt: DebtRow) -> dict[UUID, dict[int, int]]:
    """What each payment that stands pays of the components, by position; by the id as which it was first recorded."""
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT COALESCE(p.replaces_id, p.id) AS id, c.position, a.amount_minor FROM payment p "
            "JOIN payment_allocation a ON a.payment_id = p.id JOIN debt_component c ON c.id = a.component_id "
            "WHERE p.debt_id = $1 AND p.status <> 'REVERSED'", debt.id,
        )  # fmt: skip
    found = dict[UUID, dict[int, int]]()
    for row in rows:
        found.setdefault(row["id"], {})[row["position"]] = row["amount_minor"]
    return found


async def assert_sound(home: House, debt: DebtRow) -> None:
    await assert_books(home.north, debt.id)
    assert {check.name: check.samples for check in (await verify(home.north)).checks if not check.holds} == {}


async def test_an_earlier_payment_has_later_ones_split_anew(home: House, database: Database) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    late = await pay(home, debt, 110, 10, reference="slip", purpose="RENT", designation=(K.INTEREST_DEFAULT,))
    assert (await splits(home, debt))[late.payment_id] == {3: 20, 1: 90}
    early = await pay(home, debt, 60, 5)
    await run_jobs(database)

    assert await splits(home, debt) == {early.payment_id: {1: 60}, late.payment_id: {3: 20, 1: 40, 2: 50}}
    await assert_sound(home, debt)
    async with db.transaction(home.north) as tx:
        old = await tx.fetchrow("SELECT * FROM payment WHERE id = $1", late.payment_id)
        new = await tx.fetchrow("SELECT * FROM payment WHERE replaces_id = $1", late.payment_id)
        kept = await tx.fetchrow("SELECT * FROM payment WHERE id = $1", early.payment_id)
    assert old is not None and new is not None and kept is not None
    # The earlier one found less than was there on its day, and was recorded anew as well.
    assert {(one["status"], one["reversed_on"]) for one in (old, kept)} == {
        ("REVERSED", date(2026, 3, 10)), ("REVERSED", date(2026, 3, 5)),
    }  # fmt: skip
    same = ("amount_minor", "paid_on", "method", "received_by", "reference", "purpose", "designation", "cleared_on")
    assert [new[name] for name in same] == [old[name] for name in same]
    # A payment of the same day as the last one comes after it, and changes nothing.
    await pay(home, debt, 10, 10)
    assert await run_jobs(database) == 0


async def test_without_it_what_was_stored_stays(home: House, database: Database) -> None:
    await agree(home, grouping="HORIZONTAL")
    debt = await make_debt(home.north, home.bank, PARTS)
    late = await pay(home, debt, 110, 10)
    early = await pay(home, debt, 60, 5)
    done = await reverse_payment(
        home.north, ReversePayment(payment_id=early.payment_id, reason="x", reversed_on=date(2026, 3, 6))
    )
    assert {part.component_id: part.minor for part in done.restored} == {
        part.component_id: part.minor for part in early.allocations
    }
    assert await run_jobs(database) == 0
    assert (await splits(home, debt)).keys() == {late.payment_id}


async def test_a_reversal_has_later_payments_move_up_and_finds_what_replaced_a_payment(
    home: House, database: Database
) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    first, second, third = [await pay(home, debt, minor, day) for minor, day in ((100, 5), (30, 6), (40, 7))]
    await reverse_payment(
        home.north, ReversePayment(payment_id=first.payment_id, reason="R01", reversed_on=date(2026, 3, 12))
    )
    await run_jobs(database)
    assert await splits(home, debt) == {second.payment_id: {1: 30}, third.payment_id: {1: 40}}

    done = await reverse_payment(
        home.north, ReversePayment(payment_id=second.payment_id, reason="R01", reversed_on=date(2026, 3, 12))
    )
    await run_jobs(database)
    assert done.payment_id != second.payment_id
    assert await splits(home, debt) == {third.payment_id: {1: 40}}
    with pytest.raises(Conflict) as refused:
        await reverse_payment(
            home.north, ReversePayment(payment_id=second.payment_id, reason="R01", reversed_on=date(2026, 3, 12))
        )
    assert refused.value.code == "PAYMENT_ALREADY_REVERSED"
    await assert_sound(home, debt)


async def test_money_that_was_refunded_pays_nothing_any_more(home: House, database: Database) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    first, second = await pay(home, debt, 250, 5), await pay(home, debt, 40, 6)
    assert (first.unapplied_minor, second.unapplied_minor) == (30, 40)
    refund = RefundSurplus(
        debt_id=debt.id, amount=Money(50, "COP"), refunded_on=date(2026, 3, 7), reason="x", idempotency_key="r"
    )
    await refund_surplus(home.north, refund)
    await _charge(home, debt, 45, date(2026, 3, 1))
    await run_jobs(database)
    # Of the 70 that were too much 20 are left, all of them of the second payment.
    for more in (0, 5):
        if more:
            await _charge(home, debt, more, date(2026, 3, 1))
            assert await run_jobs(database) == 1
        paid = await splits(home, debt)
        assert sum(paid[first.payment_id].values()) == 220
        assert sum(paid[second.payment_id].values()) == 20
        await assert_sound(home, debt)


async def _charge(home: House, debt: DebtRow, minor: int, effective_on: date, kind: ComponentKind = K.PENALTY) -> None:
    command = AddCharge(
        debt_id=debt.id, kind=kind, amount=Money(minor, "COP"), reason="late", idempotency_key=str(new_id()),
        due_on=date(2026, 1, 5), effective_on=effective_on,
    )  # fmt: skip
    await add_charge(home.north, command)


async def test_a_charge_counts_for_payments_of_later_days(home: House, database: Database) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    before, after = await pay(home, debt, 10, 5), await pay(home, debt, 10, 9)
    await _charge(home, debt, 7, date(2026, 3, 5))
    await run_jobs(database)
    assert await splits(home, debt) == {before.payment_id: {1: 10}, after.payment_id: {4: 7, 1: 3}}
    await assert_sound(home, debt)


async def test_money_left_over_pays_what_is_charged_later(home: House, database: Database) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    paid = await pay(home, debt, 230, 5)
    assert paid.unapplied_minor == 10
    await _charge(home, debt, 7, date(2026, 3, 15))
    await run_jobs(database)
    assert (await splits(home, debt))[paid.payment_id] == {1: 100, 2: 100, 3: 20, 4: 7}
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow("SELECT status, closed_reason, recovered_minor FROM debt WHERE id = $1", debt.id)
    assert row is not None and tuple(row.values()) == ("CLOSED", "PAID", 227)
    await assert_sound(home, debt)


@pytest.mark.parametrize("at_once", [False, True])
async def test_money_left_over_pays_the_first_of_two_charges(home: House, database: Database, at_once: bool) -> None:
    """That of the earlier day, though it came when the money was gone; of one day that which was entered first, though
    principal comes before penalties. Whether or not the payment was split anew in between."""
    by_day, by_entry = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    first, second = await pay(home, by_day, 250, 2), await pay(home, by_entry, 250, 2)
    for debt, kind, minor, day in (
        (by_day, K.PENALTY, 30, 10), (by_day, K.PENALTY, 25, 5), (by_entry, K.PENALTY, 20, 7),
        (by_entry, K.PRINCIPAL, 15, 7),
    ):  # fmt: skip
        await _charge(home, debt, minor, date(2026, 3, day), kind)
        if not at_once:
            await run_jobs(database)
    await run_jobs(database)
    everything = {1: 100, 2: 100, 3: 20}
    assert (await splits(home, by_day))[first.payment_id] == {**everything, 5: 25, 4: 5}
    assert (await splits(home, by_entry))[second.payment_id] == {**everything, 4: 20, 5: 10}
    await assert_sound(home, by_day)
    await assert_sound(home, by_entry)


async def test_money_that_was_remitted_is_not_laid_out_again(home: House, database: Database) -> None:
    """The creditor's account is empty, and a new split of what it was paid leaves it so: nothing bounced."""
    debt = await make_debt(home.north, home.bank, PARTS)
    late = await pay(home, debt, 110, 10)
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, "
            "effective_on, source_id, actor) VALUES ($1, recobro_uuid7(), $2, 'REMITTANCE', 'CLIENT', 'TRUST_BANK', "
            "'COP', 110, '2026-03-11', recobro_uuid7(), 'system:test')",
            home.north.agency, home.bank.creditor_id,
        )  # fmt: skip
    await pay(home, debt, 60, 5, received_by=ReceivedBy.CREDITOR)
    await run_jobs(database)
    assert (await splits(home, debt))[late.payment_id] == {1: 40, 2: 50, 3: 20}
    async with db.transaction(home.north) as tx:
        accounts = await tx.fetch("SELECT DISTINCT unnest(ARRAY[debit, credit]) AS name FROM ledger_posting")
    assert {row["name"] for row in accounts} == {"TRUST_BANK", "CLIENT"}
    await assert_sound(home, debt)


async def test_a_cheque_that_has_not_cleared_still_has_not(home: House, database: Database) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 30})
    debt = await make_debt(home.north, home.bank, PARTS)
    late = await pay(home, debt, 110, 10, method=PaymentMethod.CHEQUE)
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = '{}'")
    await pay(home, debt, 60, 5)
    await run_jobs(database)
    async with db.transaction(home.north) as tx:
        new = await tx.fetchrow("SELECT * FROM payment WHERE replaces_id = $1", late.payment_id)
    assert new is not None and (new["status"], new["clears_on"]) == ("PENDING", date(2026, 4, 9))
    await assert_sound(home, debt)


async def test_asked_for_by_hand(home: House) -> None:
    await agree(home, grouping="HORIZONTAL")
    debt, gone = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    late, _ = await pay(home, debt, 110, 10), await pay(home, debt, 60, 5)
    command = ReprocessPayments(debt_id=debt.id, first_day=date(2026, 3, 1), reason="agreed with the creditor")
    done = await reprocess_payments(home.north, command)
    assert late.payment_id in {old for old, _ in done.replaced}
    assert (await reprocess_payments(home.north, command)).replaced == ()
    await assert_sound(home, debt)

    await recall(home.north, gone, date(2026, 3, 5))
    with pytest.raises(Conflict) as refused:
        await reprocess_payments(home.north, ReprocessPayments(debt_id=gone.id, first_day=date(2026, 3, 1), reason="x"))
    assert refused.value.code == "DEBT_CLOSED"
    with pytest.raises(NotFound):
        await reprocess_payments(home.south, command)
    recorder = await make_agency("plain", permissions=["payment:record"])
    for scope in (home.bank_scope, recorder):
        with pytest.raises(Forbidden):
            await reprocess_payments(scope, command)
    assert MAX_PAYMENTS > 0


def _by_kind(split: dict[int, int]) -> dict[int, int]:
    """The penalties, which have other positions where they were entered in another order, as one."""
    found = dict[int, int]()
    for position, minor in split.items():
        found[min(position, 4)] = found.get(min(position, 4), 0) + minor
    return found


steps = st.lists(
    st.tuples(st.just("pay"), st.integers(1, 90), st.integers(1, 20))
    | st.tuples(st.just("charge"), st.integers(1, 30), st.integers(1, 20))
    | st.tuples(st.just("back"), st.integers(0, 9), st.just(0)),
    min_size=2, max_size=9,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=steps)
async def test_whatever_the_order_of_entry_the_splits_are_those_of_the_days(
    home: House, database: Database, sequence: list[tuple[str, int, int]]
) -> None:
    """What is entered in any order comes out as if entered by day, and on one day in the order of entry."""
    debt, by_day = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    standing, charges = dict[UUID, tuple[int, int, int]](), list[tuple[int, int, int]]()
    for place, (kind, number, day) in enumerate(sequence):
        if kind == "pay":
            standing[(await pay(home, debt, number, day)).payment_id] = (day, place, number)
        elif kind == "charge":
            await _charge(home, debt, number, date(2026, 3, day))
            charges.append((day, place, number))
        elif standing:
            payment_id = list(standing)[number % len(standing)]
            await reverse_payment(
                home.north, ReversePayment(payment_id=payment_id, reason="R01", reversed_on=date(2026, 3, 20))
            )
            del standing[payment_id]
        await run_jobs(database)
    again = dict[tuple[int, int, int], UUID]()
    for entry in sorted([*standing.values(), *charges]):
        day, _, minor = entry
        if entry in charges:
            await _charge(home, by_day, minor, date(2026, 3, day))
        else:
            again[entry] = (await pay(home, by_day, minor, day)).payment_id
        await run_jobs(database)

    mixed, ordered = await splits(home, debt), await splits(home, by_day)
    for payment_id, entry in standing.items():
        assert _by_kind(mixed.get(payment_id, {})) == _by_kind(ordered.get(again[entry], {}))
    await assert_books(home.north, debt.id)

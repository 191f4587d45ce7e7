"""What was paid too much goes back to the debtor, once, and never more than is there."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from core.debts.kinds import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, InvalidInput, NotFound
from core.kit.money import Money
from core.ledger.verify import verify
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.refund_surplus import RefundSurplus, SurplusRefunded, refund_surplus
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import DebtRow, House, assert_books, events, house, make_debt

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def overpaid(home: House, method: PaymentMethod = PaymentMethod.TRANSFER) -> tuple[DebtRow, PaymentRecorded]:
    debt = await make_debt(home.north, home.bank, [(ComponentKind.PRINCIPAL, 100_00, None)])
    command = RecordPayment(
        debt_id=debt.id, amount=Money(150_00, "COP"), paid_on=TODAY, method=method, received_by=ReceivedBy.AGENCY,
        idempotency_key=f"pay-{debt.id}",
    )  # fmt: skip
    return debt, await record_payment(home.north, command)


def refund(debt: DebtRow, minor: int, key: str = "r", **changes: object) -> RefundSurplus:
    given = {"amount": Money(minor, "COP"), "refunded_on": TODAY, "reason": "paid twice"} | changes
    return RefundSurplus(debt_id=debt.id, idempotency_key=key, **given)  # pyright: ignore[reportArgumentType]


async def assert_holds(home: House, debt: DebtRow) -> None:
    await assert_books(home.north, debt.id)
    proof = await verify(home.north)
    assert proof.holds, [check.samples for check in proof.checks if not check.holds]


async def test_the_surplus_goes_back_once_a_key(home: House) -> None:
    debt, _ = await overpaid(home)
    done = await refund_surplus(home.north, refund(debt, 30_00))
    again = await refund_surplus(home.north, refund(debt, 30_00))
    assert (done.surplus, done.replayed) == (Money(20_00, "COP"), False)
    assert again == SurplusRefunded(
        refund_id=done.refund_id, debt_id=debt.id, surplus=Money(20_00, "COP"), replayed=True
    )
    with pytest.raises(Conflict, match="20.00"):
        await refund_surplus(home.north, refund(debt, 20_01, "more"))
    with pytest.raises(Conflict) as reused:
        await refund_surplus(home.north, refund(debt, 5_00))
    assert reused.value.code == "IDEMPOTENCY_KEY_REUSED"
    await refund_surplus(home.north, refund(debt, 20_00, "rest"))
    assert len(await events(home.north, "payment.refunded")) == 2
    await assert_holds(home, debt)


async def test_what_may_still_bounce_is_not_given_back(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 5})
    debt, _ = await overpaid(home, PaymentMethod.CHEQUE)
    with pytest.raises(Conflict) as early:
        await refund_surplus(home.north, refund(debt, 1))
    assert early.value.code == "SURPLUS_TOO_SMALL"
    await assert_holds(home, debt)


async def test_what_bounces_after_the_refund_the_agency_lays_out(home: House) -> None:
    debt, paid = await overpaid(home)
    await refund_surplus(home.north, refund(debt, 30_00))
    await reverse_payment(home.north, ReversePayment(payment_id=paid.payment_id, reason="R01", reversed_on=TODAY))
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT debit, credit, amount_minor FROM ledger_posting WHERE kind = 'REVERSAL' ORDER BY debit"
        )
    assert [tuple(row) for row in rows] == [
        ("CLIENT", "TRUST_BANK", 100_00),
        ("NSF_RECEIVABLE", "TRUST_BANK", 30_00),
        ("TRUST_BANK", "OPERATING_BANK", 30_00),
        ("UNAPPLIED", "TRUST_BANK", 20_00),
    ]
    await assert_holds(home, debt)


@pytest.mark.parametrize(
    ("minor", "changes", "code"),
    [(0, {}, "REFUND_AMOUNT"), (1, {"amount": Money(1, "USD")}, "CURRENCY_MISMATCH"), (1, {"reason": " "}, "INVALID_TEXT"),
     (1, {"refunded_on": date(2026, 3, 11)}, "REFUNDED_ON"), (1, {"refunded_on": date(2025, 3, 11)}, "REFUNDED_ON")],
)  # fmt: skip
async def test_what_cannot_be_refunded(home: House, minor: int, changes: dict[str, object], code: str) -> None:
    debt, _ = await overpaid(home)
    with pytest.raises(InvalidInput) as problem:
        await refund_surplus(home.north, refund(debt, minor, **changes))
    assert problem.value.code == code


async def test_another_agencys_debt_is_none(home: House) -> None:
    debt, _ = await overpaid(home)
    with pytest.raises(NotFound):
        await refund_surplus(home.south, refund(debt, 1))

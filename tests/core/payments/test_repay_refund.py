"""A refund whose payment bounced is the agency's loss, until the debtor gives it back: to the agency, and no more."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.debts.kinds import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.money import Money
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.reads import refunds_owed
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.refund_surplus import RefundSurplus, refund_surplus
from core.payments.repay_refund import RefundRepaid, RepayRefund, repay_refund
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.permissions import Permission
from tests.core.house import DebtRow, House, assert_books, events, house, make_debt
from tests.money.proofs import wrongs

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def bounced(home: House) -> DebtRow:
    """COP 150.00 came for a debt of 100.00, 30.00 were refunded, and all of it bounced."""
    debt = await make_debt(home.north, home.bank, [(ComponentKind.PRINCIPAL, 100_00, None)])
    command = RecordPayment(
        debt_id=debt.id, amount=Money(150_00, "COP"), paid_on=TODAY, method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY, idempotency_key=f"pay-{debt.id}",
    )  # fmt: skip
    paid = await record_payment(home.north, command)
    back = RefundSurplus(
        debt_id=debt.id, amount=Money(30_00, "COP"), refunded_on=TODAY, reason="too much", idempotency_key="r"
    )
    await refund_surplus(home.north, back)
    await reverse_payment(home.north, ReversePayment(payment_id=paid.payment_id, reason="R01", reversed_on=TODAY))
    return debt


def repaid(debt: DebtRow, minor: int, key: str = "k") -> RepayRefund:
    return RepayRefund(
        debt_id=debt.id, amount=Money(minor, "COP"), repaid_on=TODAY, reference="TRX 1", idempotency_key=key
    )


async def held(home: House) -> dict[str, int]:
    async with db.transaction(home.north, read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT account, sum(sign * amount_minor)::bigint AS minor FROM ledger_posting, "
            "LATERAL (VALUES (debit, 1), (credit, -1)) AS v (account, sign) GROUP BY 1"
        )
    return {row["account"]: row["minor"] for row in rows if row["minor"]}


async def test_what_is_repaid_is_the_agencys_once_a_key(home: House) -> None:
    debt = await bounced(home)
    assert await held(home) == {"NSF_RECEIVABLE": 30_00, "OPERATING_BANK": -30_00}
    assert await refunds_owed(home.north, [debt.id]) == {debt.id: Money(30_00, "COP")}

    done = await repay_refund(home.north, repaid(debt, 20_00))
    again = await repay_refund(home.north, repaid(debt, 20_00))

    assert (done.owed, done.replayed) == (Money(10_00, "COP"), False)
    assert again == RefundRepaid(
        repayment_id=done.repayment_id, debt_id=debt.id, owed=Money(10_00, "COP"), replayed=True
    )
    assert await held(home) == {"NSF_RECEIVABLE": 10_00, "OPERATING_BANK": -10_00}
    with pytest.raises(Conflict, match="10.00 is owed") as more:
        await repay_refund(home.north, repaid(debt, 10_01, "more"))
    assert more.value.code == "NOT_OWED"
    with pytest.raises(Conflict) as reused:
        await repay_refund(home.north, repaid(debt, 5_00))
    assert reused.value.code == "IDEMPOTENCY_KEY_REUSED"
    await repay_refund(home.north, repaid(debt, 10_00, "rest"))
    assert (await held(home), await refunds_owed(home.north, [debt.id])) == ({}, {})
    assert [event["data"]["owed_minor"] for event in await events(home.north, "payment.refund_repaid")] == [10_00, 0]
    await assert_books(home.north, debt.id)
    assert await wrongs(home.north) == {}


async def test_what_goes_away_again_is_owed_again(home: House) -> None:
    debt = await bounced(home)
    await repay_refund(home.north, repaid(debt, 20_00))
    away = replace(repaid(debt, 20_01, "away"), returned=True)
    with pytest.raises(Conflict, match="20.00 was repaid"):
        await repay_refund(home.north, away)
    done = await repay_refund(home.north, replace(away, amount=Money(20_00, "COP")))
    assert done.owed == Money(30_00, "COP")
    assert await held(home) == {"NSF_RECEIVABLE": 30_00, "OPERATING_BANK": -30_00}
    assert await wrongs(home.north) == {}


async def test_two_at_once_do_not_repay_more_than_is_owed(home: House) -> None:
    debt = await bounced(home)
    done = await asyncio.gather(
        *(repay_refund(home.north, repaid(debt, 20_00, key)) for key in "ab"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "RefundRepaid"]
    assert await held(home) == {"NSF_RECEIVABLE": 10_00, "OPERATING_BANK": -10_00}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"amount": Money(0, "COP")}, "REPAYMENT_AMOUNT"), ({"amount": Money(1, "USD")}, "CURRENCY_MISMATCH"),
     ({"reference": " "}, "INVALID_TEXT"), ({"repaid_on": date(2026, 3, 11)}, "REPAID_ON"),
     ({"repaid_on": date(2025, 3, 11)}, "REPAID_ON")],
)  # fmt: skip
async def test_what_cannot_be_repaid(home: House, changes: dict[str, object], code: str) -> None:
    debt = await bounced(home)
    with pytest.raises(InvalidInput) as problem:
        await repay_refund(home.north, replace(repaid(debt, 1), **changes))
    assert problem.value.code == code


async def test_another_agencys_debt_is_none_and_not_everybody_may(home: House) -> None:
    debt = await bounced(home)
    with pytest.raises(NotFound):
        await repay_refund(home.south, repaid(debt, 1))
    with pytest.raises(Forbidden):
        await repay_refund(replace(home.north, permissions=frozenset({Permission.PAYMENT_RECORD})), repaid(debt, 1))
    assert await refunds_owed(home.south, [debt.id]) == {}

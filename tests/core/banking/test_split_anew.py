"""A receipt's payment may be split anew, and has another in its place: what the bank or a person undoes is that one."""

from datetime import date

import pytest

from core.banking.release_entry import release_entry
from core.debts.kinds import ComponentKind
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments import reprocess_payments  # noqa: F401 - it registers its job
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import camt, entry, part
from tests.core.house import DebtRow, books, make_debt
from tests.helpers_jobs import run_jobs


async def split_anew(counter: Counter) -> DebtRow:
    """A debt whose receipt of EUR 10.00 has been split anew, because the creditor told of an earlier payment."""
    await counter.fetch("UPDATE mandate SET allocation_policy = '{\"reprocess\": true}' WHERE name = 'euro'")
    parts = [
        (ComponentKind.INTEREST_DEFAULT, 1500, date(2026, 2, 1)),
        (ComponentKind.PRINCIPAL, 9000, date(2026, 2, 1)),
    ]
    debt = await make_debt(counter.scope, counter.client, parts, currency="EUR", reference="ACC-1")
    await counter.give(camt(entry("10.00", ref="A", parts=part(e2e="e1", text="ACC-1")), opening="0", closing="10.00"))
    command = RecordPayment(
        debt_id=debt.id, amount=Money(1000, "EUR"), paid_on=date(2026, 2, 20), method=PaymentMethod.CASH,
        received_by=ReceivedBy.CREDITOR, idempotency_key=str(new_id()),
    )  # fmt: skip
    await record_payment(counter.scope, command)
    await run_jobs(counter.database)
    (receipt,) = await counter.entries()
    replaced = await counter.fetch(
        "SELECT 1 FROM payment WHERE replaces_id = $1 AND status = 'CLEARED'", receipt["payment_id"]
    )
    assert len(replaced) == 1
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}
    return debt


async def test_the_bank_returns_what_was_split_anew(counter: Counter) -> None:
    debt = await split_anew(counter)
    back = entry("10.00", cd="DBIT", ref="B", day="2026-03-04", parts=part(e2e="e1", returned="AC04"))
    await counter.give(camt(back, opening="10.00", closing="0", number="S2"))
    assert [one["state"] for one in await counter.entries()] == ["MATCHED", "MATCHED"]
    assert (await books(counter.scope, debt.id))[0] == 9500
    assert await counter.balances() == {}


@pytest.mark.parametrize("times", [1, 2])
async def test_what_was_split_anew_is_released(counter: Counter, times: int) -> None:
    debt = await split_anew(counter)
    (receipt,) = await counter.entries()
    await release_entry(counter.scope, receipt["id"], "his brother's")
    if times == 2:  # the process had died before the entry was written
        await counter.fetch(
            "UPDATE bank_entry SET state = 'MATCHED', payment_id = $1, debt_id = $2, attempt = 0",
            receipt["payment_id"], debt.id,
        )  # fmt: skip
        await release_entry(counter.scope, receipt["id"], "his brother's")
    (receipt,) = await counter.entries()
    assert (receipt["state"], receipt["payment_id"]) == ("UNMATCHED", None)
    assert (await books(counter.scope, debt.id))[0] == 9500
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}

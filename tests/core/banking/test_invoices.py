"""What creditors pay of invoices, on the agency's own account: only what is certain is posted, and once."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from core.banking.kinds import AccountKind
from core.banking.match_entries import Matched, match_entries
from core.banking.open_account import OpenAccount, open_account
from core.banking.release_entry import release_entry
from core.kit.errors import Conflict, Forbidden
from core.kit.money import Money
from core.kit.scope import agency_scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.remittance.agree import AgreeRemittance, agree_remittance
from core.remittance.pay_invoice import PayInvoice, pay_invoice
from core.remittance.reads import open_invoices
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import IBAN, part
from tests.core.banking.sending import TODAY, Bank, charge, issue
from tests.core.house import COLLECTOR

OWN = "DE99000000000000000001"
MINOR = 29_750


async def invoiced(counter: Counter, means: str = "GROSS", direct: int = 0) -> tuple[Bank, UUID]:
    """The agency's own bank, and the statement BANK-1, which invoices EUR 297.50."""
    await charge(counter)
    await agree_remittance(
        counter.scope, AgreeRemittance(creditor_id=counter.client.creditor_id, means=means, shortfall="INVOICE")
    )
    await open_account(counter.scope, OpenAccount(name="own", kind=AccountKind.OPERATING, number=OWN, currency="EUR"))
    debt = await counter.debt(500_000, reference="ACC-1")
    await Bank(counter).tell((100_000, "A", {"parts": part(text="ACC-1")}), day="2026-03-02")
    if direct:
        command = RecordPayment(
            debt_id=debt.id, amount=Money(direct, "EUR"), paid_on=date(2026, 3, 2), method=PaymentMethod.CASH,
            received_by=ReceivedBy.CREDITOR, idempotency_key="direct",
        )  # fmt: skip
        await record_payment(counter.scope, command)
    await issue(counter)
    (statement,) = await counter.fetch("SELECT id FROM remittance_statement")
    return Bank(counter, account=OWN), statement["id"]


async def left(counter: Counter, statement_id: UUID) -> int:
    return (await open_invoices(counter.scope, [statement_id]))[statement_id].minor_units


@pytest.mark.parametrize(
    ("said", "minor", "paid"),
    [
        ({"text": "Invoice BANK-1, with thanks"}, MINOR, True),
        ({"text": "fees", "e2e": "bank 1"}, MINOR, True),
        ({"text": "Invoice BANK-1"}, MINOR - 1, False),
        ({"text": "Invoice BANK-1"}, MINOR + 1, False),
        ({"text": "Invoice BANK-11"}, MINOR, False),
        ({"text": "Invoice"}, MINOR, False),
        ({"text": "Invoice BANK-1", "account": IBAN}, MINOR, False),
    ],
)
async def test_by_what_a_payment_of_an_invoice_is_known(
    counter: Counter, said: dict[str, str], minor: int, paid: bool
) -> None:
    own, statement_id = await invoiced(counter)
    (line,) = await own.tell((minor, "P", {"parts": part(**said)}), day="2026-03-10")
    assert await left(counter, statement_id) == (0 if paid else MINOR), line["match_reason"]
    assert (line["state"], line["rung"], line["refund_id"]) == (
        ("MATCHED", "STATEMENT_NUMBER", statement_id) if paid else ("IGNORED", None, None)
    )
    posted = await counter.fetch("SELECT * FROM ledger_posting WHERE kind = 'INVOICE_PAYMENT'")
    assert [(one["debit"], one["credit"], one["amount_minor"], one["reason"]) for one in posted] == (
        [("OPERATING_BANK", "COMMISSION_RECEIVABLE", MINOR, "P")] if paid else []
    )
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'statement.invoice_paid'")) == paid
    # The job comes again, and finds nothing to do.
    assert (await match_entries(counter.scope, line["statement_id"])).invoices == 0
    assert await left(counter, statement_id) == (0 if paid else MINOR)


async def test_what_is_not_sure_is_for_a_person(counter: Counter) -> None:
    own, statement_id = await invoiced(counter)
    text = {"parts": part(text="BANK-1")}
    one, two, more = await own.tell((MINOR, "P", text), (MINOR, "Q", text), (MINOR + 5, "R", text), day="2026-03-10")
    assert {one["match_reason"], two["match_reason"]} == {"ambiguous: two lines for one invoice"}
    assert more["match_reason"] == "names a statement, of whose invoice another amount is open"
    assert await left(counter, statement_id) == MINOR
    out, back = await own.tell(
        (-MINOR, "S", text), (MINOR, "T", {"parts": part(text="BANK-1", returned="AC04")}), day="2026-03-10"
    )  # fmt: skip
    assert (out["state"], back["state"], await left(counter, statement_id)) == ("IGNORED", "IGNORED", MINOR)


async def test_what_was_swept_is_no_payment(counter: Counter) -> None:
    """As much is swept as is invoiced, and the number is in the words of both transfers."""
    own, statement_id = await invoiced(counter, "COMBINED", direct=100_000)
    swept = await counter.fetch("SELECT amount_minor FROM remittance_order WHERE kind = 'SWEEP'")
    assert [one["amount_minor"] for one in swept] == [MINOR] == [await left(counter, statement_id)]
    (line,) = await own.tell((MINOR, "P", {"parts": part(text="sweep of BANK-1")}), day="2026-03-10")
    assert (line["state"], line["match_reason"]) == (
        "IGNORED", "ambiguous: as much was swept by the statement that it names"
    )  # fmt: skip
    assert await left(counter, statement_id) == MINOR


async def test_what_a_person_recorded_before_is_not_paid_twice(counter: Counter) -> None:
    own, statement_id = await invoiced(counter)
    command = PayInvoice(
        statement_id=statement_id, amount=Money(9_750, "EUR"), paid_on=TODAY, reference="x", idempotency_key="x"
    )
    await pay_invoice(counter.scope, command)
    (all_of_it,) = await own.tell((MINOR, "P", {"parts": part(text="BANK-1")}), day="2026-03-10")
    assert (all_of_it["state"], await left(counter, statement_id)) == ("IGNORED", 20_000)
    (rest,) = await own.tell((20_000, "Q", {"parts": part(text="BANK-1")}), day="2026-03-10")
    assert (rest["state"], await left(counter, statement_id)) == ("MATCHED", 0)
    with pytest.raises(Conflict, match="0.00 is open"):
        await pay_invoice(counter.scope, replace(command, idempotency_key="y"))


async def test_matching_twice_at_once_pays_once(counter: Counter) -> None:
    own, statement_id = await invoiced(counter)
    (line,) = await own.tell((MINOR, "P", {"parts": part(text="BANK-2")}), day="2026-03-10")
    await counter.fetch("UPDATE bank_entry SET text = 'BANK-1' WHERE id = $1", line["id"])
    done = await asyncio.gather(*(match_entries(counter.scope, line["statement_id"]) for _ in range(3)))
    assert sum(one.invoices for one in done) == 1
    assert await left(counter, statement_id) == 0


async def test_what_was_taken_for_a_payment_is_released(counter: Counter) -> None:
    own, statement_id = await invoiced(counter)
    (line,) = await own.tell((MINOR, "P", {"parts": part(text="BANK-1")}), day="2026-03-10")
    scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {"remittance:issue"})
    with pytest.raises(Forbidden):
        await release_entry(scope, line["id"], "another one's")
    await release_entry(counter.scope, line["id"], "another one's")
    line = await own.entry("P", "CREDIT")
    assert (line["state"], line["refund_id"], line["match_reason"]) == ("IGNORED", None, "released: another one's")
    assert await left(counter, statement_id) == MINOR
    assert await match_entries(counter.scope, line["statement_id"]) == Matched()
    assert (await counter.balances())["COMMISSION_RECEIVABLE"] == MINOR
    (again,) = await own.tell((MINOR, "Q", {"parts": part(text="BANK-1")}), day="2026-03-10")
    assert (again["state"], await left(counter, statement_id)) == ("MATCHED", 0)


async def test_a_day_before_the_statement_is_no_payment_of_it(counter: Counter) -> None:
    own, statement_id = await invoiced(counter)
    lines: list[dict[str, Any]] = await own.tell((MINOR, "P", {"parts": part(text="BANK-1")}), day="2026-03-09")
    assert (lines[0]["booked_on"], await left(counter, statement_id)) == (date(2026, 3, 9), MINOR)

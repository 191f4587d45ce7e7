"""Each rung of the ladder, what is ambiguous, what a person decides, and what the bank takes back."""

from datetime import date
from typing import Any

import pytest

from core.banking.give_reference import GiveReference, give_reference
from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.banking.identify_return import identify_return
from core.banking.ignore_entry import ignore_entry
from core.banking.kinds import ReferenceKind
from core.banking.match_entries import Matched, match_entries
from core.banking.references import find_rf, make_rf
from core.banking.release_entry import release_entry
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import agency_scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.payments.write_payment import HELD
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import camt, entry, part
from tests.core.house import COLLECTOR, DebtRow, assert_books, books, make_debt, make_party, recall

K = ReferenceKind


async def give(counter: Counter, *details: str, **more: Any) -> list[dict[str, Any]]:
    """A statement with a receipt of EUR 10.00 for each of the details, which goes on where the one before ended; the
    entries as they are after matching."""
    lines = [entry("10.00", ref=f"r{n}", parts=one, **more) for n, one in enumerate(details)]
    before = sum(row["credit_minor"] for row in await counter.fetch("SELECT credit_minor FROM bank_statement")) // 100
    closing = f"{before + 10 * len(lines)}.00"
    await counter.give(camt(*lines, opening=f"{before}.00", closing=closing, number=str(new_id())))
    return await counter.entries()


async def assert_paid(counter: Counter, found: dict[str, Any], debt: DebtRow, rung: str) -> None:
    assert (found["state"], found["debt_id"], found["rung"]) == ("MATCHED", debt.id, rung), found["match_reason"]
    (payment,) = await counter.fetch("SELECT * FROM payment WHERE id = $1", found["payment_id"])
    assert (payment["debt_id"], payment["amount_minor"], payment["status"], payment["paid_on"]) == (
        debt.id, 1000, "CLEARED", found["booked_on"],
    )  # fmt: skip
    await assert_books(counter.scope, debt.id)


@pytest.mark.parametrize("kind", [K.MANDATE, K.PLAN])
async def test_mandate_and_plan(counter: Counter, kind: ReferenceKind) -> None:
    debt, other = await counter.debt(), await counter.debt(reference="ACC-2")
    await give_reference(counter.scope, GiveReference(debt_id=debt.id, kind=kind, reference="M-47/11"))
    said = part(mandate="m-4711", text="ACC-2") if kind is K.MANDATE else part(text="plan M-47/11 for ACC-2")
    (found,) = await give(counter, said)
    await assert_paid(counter, found, debt, "MANDATE_REFERENCE")
    assert "M4711" in found["match_reason"]
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}
    await assert_books(counter.scope, other.id)


@pytest.mark.parametrize("way", ["structured", "text", "grouped"])
async def test_creditor_reference(counter: Counter, way: str) -> None:
    debt = await counter.debt()
    await counter.debt(reference="ACC-2")
    rf = await give_reference(counter.scope, GiveReference(debt_id=debt.id, kind=K.RF))
    grouped = " ".join(rf[n : n + 4] for n in range(0, len(rf), 4))
    said = {"structured": part(rf=rf, text="ACC-2"), "text": part(text=f"for {rf.lower()}, ACC-2"),
            "grouped": part(text=f"{grouped} ACC-2")}[way]  # fmt: skip
    (found,) = await give(counter, said)
    await assert_paid(counter, found, debt, "CREDITOR_REFERENCE")


async def test_creditors_write_their_own_number_into_a_reference(counter: Counter) -> None:
    debt = await counter.debt(reference="4711")
    (found,) = await give(counter, part(rf=make_rf("00004711")))
    await assert_paid(counter, found, debt, "CREDITOR_REFERENCE")


@pytest.mark.parametrize(
    "text",
    ["ACC-100200", "Pago de (ACC-100200).", "acc-100200", "ACC- 100200 marzo", "ref:ACC-100200/2026", "x ACC-100 200"],
)
async def test_account_number_in_the_text(counter: Counter, text: str) -> None:
    debt = await counter.debt(reference="ACC-100200")
    (found,) = await give(counter, part(text=text))
    await assert_paid(counter, found, debt, "ACCOUNT_NUMBER")


async def test_numbers_are_the_same_in_whatever_writing(counter: Counter) -> None:
    lower, spaced = await counter.debt(reference="cr/77-a.1"), await counter.debt(reference="Lib 0042 B")
    for reference in ("QX-9.1", "q x91"):
        await counter.debt(reference=reference)
    said = ("CR77A1", "Cr-77 a1.", "LIB-0042-b", "lib0042b gracias", "QX91")
    *found, twice = sorted(
        await give(counter, *(part(text=one) for one in said)), key=lambda one: one["bank_reference"]
    )
    for one, debt in zip(found, (lower, lower, spaced, spaced), strict=True):
        await assert_paid(counter, one, debt, "ACCOUNT_NUMBER")
    assert (twice["state"], twice["match_reason"].split(",")[0][:18]) == ("UNMATCHED", "ambiguous: 2 debts")
    (written,) = [one for one in await give(counter, part(rf="QX 91"), day="2026-03-03") if one["text"] == "" != one["rf"]
                  or one["creditor_reference"] == "QX 91"]  # fmt: skip
    assert written["match_reason"].startswith("ambiguous: 2 debts")


@pytest.mark.parametrize("text", ["ACC-1002001", "xACC-100200", "2026", "ACC", ""])
async def test_what_is_no_account_number(counter: Counter, text: str) -> None:
    for reference in ("ACC-100200", "2026", "ACC"):
        await counter.debt(reference=reference)
    (found,) = await give(counter, part(text=text))
    assert (found["state"], found["match_reason"]) == ("UNMATCHED", "")


async def test_money_for_a_debt_that_is_written_off_is_a_recovery(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-100200")
    await write_off_debt(counter.scope, WriteOffDebt(debt_id=debt.id, reason="no assets"))
    (found,) = await give(counter, part(text="ACC-100200"))
    await assert_paid(counter, found, debt, "ACCOUNT_NUMBER")
    (row,) = await counter.fetch("SELECT written_off_minor, closed_reason FROM debt WHERE id = $1", debt.id)
    assert tuple(row.values()) == (99_000, "WRITTEN_OFF")
    (payment,) = await counter.fetch("SELECT after_write_off FROM payment WHERE id = $1", found["payment_id"])
    assert payment["after_write_off"]


async def test_debtors_identifier(counter: Counter) -> None:
    party = await make_party(counter.scope, "Ana", document="1020304050")
    debt = await counter.debt(party_id=party)
    (found,) = await give(counter, part(text="CC 1.020.304.050"))
    await assert_paid(counter, found, debt, "DEBTOR_IDENTIFIER")


@pytest.mark.parametrize(
    ("payer", "matches"),
    [
        ("PEREZ CARLOS", True),
        ("Carlos Andrés Pérez", True),
        ("", True),
        ("Maria Gomez", False),
        ("Carlos Gomez", False),
    ],
)
async def test_the_whole_balance(counter: Counter, payer: str, matches: bool) -> None:
    debt = await counter.debt(1000)
    await counter.debt(2000)
    (found,) = await give(counter, part(name=payer))
    if matches:
        await assert_paid(counter, found, debt, "AMOUNT")
    else:
        assert (found["state"], found["match_reason"]) == ("UNMATCHED", "")


async def test_two_debts_on_a_rung_are_for_a_person_and_no_lower_rung_is_asked(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    await counter.debt(reference="ACC-2")
    await counter.debt(1000)
    (found,) = await give(counter, part(text="ACC-1 ACC-2"))
    assert (found["state"], found["debt_id"], found["rung"]) == ("UNMATCHED", None, None)
    assert found["match_reason"].startswith("ambiguous: 2 debts")
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}


async def test_two_debtors_with_the_same_balance(counter: Counter) -> None:
    for _ in range(2):
        await counter.debt(1000)
    (found,) = await give(counter, part())
    assert found["match_reason"].startswith("ambiguous")


async def test_a_closed_debt_and_one_in_another_currency_take_nothing(counter: Counter) -> None:
    gone = await counter.debt(reference="ACC-1")
    await recall(counter.scope, gone, date(2026, 3, 1))
    await make_debt(counter.scope, counter.home.bank, [("PRINCIPAL", 5000, None)], reference="ACC-2")
    await counter.debt(1000)
    closed, other = await give(counter, part(text="ACC-1"), part(text="ACC-2"))
    assert closed["match_reason"].startswith("the debt is closed (RECALLED)")
    assert other["match_reason"].startswith("the debt is in COP")
    assert (await counter.balances())["UNIDENTIFIED"] == -2000


async def test_a_payment_before_the_debt_is_refused_and_the_receipt_stays(counter: Counter) -> None:
    await counter.debt(reference="ACC-1", opened_on=date(2026, 3, 5))
    (found,) = await give(counter, part(text="ACC-1"))
    assert (found["state"], found["debt_id"], found["payment_id"]) == ("UNMATCHED", None, None)
    assert found["match_reason"].startswith("PAID_ON_BEFORE_DEBT")
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}


async def test_more_than_the_balance_is_the_debtors(counter: Counter) -> None:
    debt = await counter.debt(400, reference="ACC-1")
    (found,) = await give(counter, part(text="ACC-1"))
    await assert_paid(counter, found, debt, "ACCOUNT_NUMBER")
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -400, "UNAPPLIED": -600}


async def test_bank_money_has_cleared_whatever_transfers_take(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-1")
    await counter.fetch("UPDATE mandate SET clearance_days = '{\"TRANSFER\": 30}'")
    (found,) = await give(counter, part(text="ACC-1"))
    await assert_paid(counter, found, debt, "ACCOUNT_NUMBER")


async def test_many_at_once_and_again(counter: Counter) -> None:
    debts = [await counter.debt(reference=f"ACC-{n:04}") for n in range(20)]
    found = await give(counter, *(part(text=f"pay ACC-{n:04}") for n in range(20)), part(text="no idea"))
    by_line = sorted(found, key=lambda one: int(one["bank_reference"][1:]))
    for one, debt in zip(by_line, debts, strict=False):
        await assert_paid(counter, one, debt, "ACCOUNT_NUMBER")
    assert by_line[-1]["state"] == "UNMATCHED"
    assert await match_entries(counter.scope, found[0]["statement_id"]) == Matched()
    assert (await counter.fetch("SELECT count(*) FROM payment"))[0]["count"] == 20


async def test_agencies_match_their_own_debts_alone(counter: Counter) -> None:
    home = counter.home
    await make_debt(home.south, home.bank_south, [("PRINCIPAL", 5000, None)], reference="ACC-1", currency="EUR")
    (found,) = await give(counter, part(text="ACC-1"))
    assert (found["state"], found["match_reason"]) == ("UNMATCHED", "")
    foreign = await make_debt(home.south, home.bank_south, [("PRINCIPAL", 5000, None)], currency="EUR")
    with pytest.raises(NotFound):
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=foreign.id))
    with pytest.raises(NotFound):
        await identify_entry(home.south, IdentifyEntry(entry_id=found["id"], debt_id=foreign.id))
    with pytest.raises(NotFound):
        await match_entries(home.south, found["statement_id"])


# A person decides


async def test_a_person_identifies_once(counter: Counter) -> None:
    debt, other = await counter.debt(), await counter.debt()
    (found,) = await give(counter, part(text="hello"))
    command = IdentifyEntry(entry_id=found["id"], debt_id=debt.id)
    first, again = await identify_entry(counter.scope, command), await identify_entry(counter.scope, command)
    assert (first.replayed, again.replayed, again.payment_id) == (False, True, first.payment_id)
    (found,) = await counter.entries()
    await assert_paid(counter, found, debt, "MANUAL")
    assert found["decided_by"] == str(COLLECTOR)
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}
    with pytest.raises(Conflict) as refused:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=other.id))
    assert refused.value.code == "ENTRY_DECIDED"
    assert len(await counter.fetch("SELECT 1 FROM event WHERE name = 'bank_entry.identified'")) == 1


async def record(counter: Counter, debt: DebtRow, minor: int = 1000, *, held: bool = False) -> PaymentRecorded:
    command = RecordPayment(
        debt_id=debt.id, amount=Money(minor, "EUR"), paid_on=date(2026, 3, 1), method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
    )  # fmt: skip
    return await record_payment(counter.scope, command, held=held)


async def test_what_lawyers_held_is_no_new_payment_and_is_here_with_the_line_that_it_is(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-1")
    paid, more = await record(counter, debt, held=True), await record(counter, debt, 1001, held=True)
    found, _ = await give(counter, part(text="ACC-1"), part(text="hello"), day="2026-03-28")  # long after it was paid
    assert found["match_reason"].startswith("lawyers hold money of this debt")
    assert await counter.balances() == {
        "TRUST_BANK": 2000, "UNIDENTIFIED": -2000, "TRUST_CLEARING": 2001, "CLIENT_UNCLEARED": -2001,
    }  # fmt: skip
    await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], payment_id=paid.payment_id))
    rows = await counter.fetch("SELECT id, status, clears_on FROM payment")
    assert {row["id"]: (row["status"], row["clears_on"]) for row in rows} == {
        paid.payment_id: ("PENDING", found["booked_on"]), more.payment_id: ("PENDING", HELD),
    }  # fmt: skip


async def test_a_payment_that_was_recorded_before_is_not_recorded_twice(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-1")
    paid = await record(counter, debt)
    (found,) = await give(counter, part(text="ACC-1"))
    assert found["match_reason"].startswith("a payment of this amount is recorded already")
    command = IdentifyEntry(entry_id=found["id"], payment_id=paid.payment_id)
    done, again = await identify_entry(counter.scope, command), await identify_entry(counter.scope, command)
    assert (done.debt_id, done.replayed, again.replayed) == (debt.id, False, True)
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}
    # Its money is one receipt's: the next one is not it.
    _, second = await give(counter, part(text="hello"), day="2026-03-03")
    with pytest.raises(Conflict) as refused:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=second["id"], payment_id=paid.payment_id))
    assert refused.value.code == "PAYMENT_TAKEN"
    await release_entry(counter.scope, found["id"], "two of them after all")
    assert await counter.balances() == {"TRUST_BANK": 3000, "CLIENT": -1000, "UNIDENTIFIED": -2000}


async def test_a_payment_of_another_amount_is_not_this_receipt(counter: Counter) -> None:
    paid = await record(counter, await counter.debt(), 999)
    (found,) = await give(counter, part())
    with pytest.raises(InvalidInput) as refused:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], payment_id=paid.payment_id))
    assert refused.value.code == "PAYMENT_DIFFERS"


async def test_what_was_identified_wrongly_is_released_and_not_found_again(counter: Counter) -> None:
    wrong, right = await counter.debt(reference="ACC-1"), await counter.debt()
    (found,) = await give(counter, part(text="ACC-1"))
    await release_entry(counter.scope, found["id"], "for his brother")
    (found,) = await counter.entries()
    assert (found["state"], found["debt_id"], found["payment_id"]) == ("UNMATCHED", None, None)
    assert await counter.balances() == {"TRUST_BANK": 1000, "UNIDENTIFIED": -1000}
    assert (await books(counter.scope, wrong.id))[0] == 100_000
    assert await match_entries(counter.scope, found["statement_id"]) == Matched()
    await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], debt_id=right.id))
    (found,) = await counter.entries()
    await assert_paid(counter, found, right, "MANUAL")
    assert await counter.balances() == {"TRUST_BANK": 1000, "CLIENT": -1000}


async def test_money_that_was_paid_on_is_not_released(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    (found,) = await give(counter, part(text="ACC-1"))
    await counter.fetch(
        "INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, "
        "effective_on, source_id, actor) SELECT agency_id, recobro_uuid7(), creditor_id, 'REMITTANCE', 'CLIENT', "
        "'TRUST_BANK', 'EUR', 1, '2026-03-03', id, 'x' FROM payment"
    )
    counter.wrong = ["bank"]
    with pytest.raises(Conflict) as refused:
        await release_entry(counter.scope, found["id"], "wrong")
    assert refused.value.code == "MONEY_REMITTED"
    assert (await counter.entries())[0]["state"] == "MATCHED"


async def test_a_receipt_that_was_reversed_elsewhere_is_not_released(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    (found,) = await give(counter, part(text="ACC-1"))
    await reverse_payment(
        counter.scope, ReversePayment(payment_id=found["payment_id"], reason="gone", reversed_on=date(2026, 3, 3))
    )
    with pytest.raises(Conflict) as refused:
        await release_entry(counter.scope, found["id"], "wrong")
    assert refused.value.code == "PAYMENT_ALREADY_REVERSED"


async def test_a_debit_is_put_aside_and_a_receipt_is_not(counter: Counter) -> None:
    await counter.give(camt(entry("10.00", ref="A"), entry("2.00", ref="B", cd="DBIT"), opening="0", closing="8.00"))
    receipt, fee = await counter.entries()
    await ignore_entry(counter.scope, fee["id"], "the bank's fee")
    assert [one["state"] for one in await counter.entries()] == ["UNMATCHED", "IGNORED"]
    for entry_id, code in (
        (receipt["id"], "RECEIPT_IS_SOMEBODYS"),
        (fee["id"], "ENTRY_DECIDED"),
        (new_id(), "NOT_FOUND"),
    ):
        with pytest.raises(DomainError) as refused:
            await ignore_entry(counter.scope, entry_id, "why not")
        assert refused.value.code == code
    debt = await counter.debt()
    with pytest.raises(InvalidInput) as no_receipt:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=fee["id"], debt_id=debt.id))
    assert no_receipt.value.code == "NOT_A_RECEIPT"


async def test_who_may_not_identify(counter: Counter) -> None:
    debt = await counter.debt()
    (found,) = await give(counter, part())
    for missing in ("banking:manage", "payment:record"):
        scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {missing})
        with pytest.raises(Forbidden):
            await identify_entry(scope, IdentifyEntry(entry_id=found["id"], debt_id=debt.id))
    with pytest.raises(InvalidInput):
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"]))


# The bank takes back


def returned(e2e: str = "e1", *, ref: str = "x", reason: str = "AC04", reversal: bool = False) -> str:
    return entry("10.00", cd="DBIT", ref=ref, day="2026-03-04", reversal=reversal, parts=part(e2e=e2e, returned=reason))


async def test_a_return_reverses_its_payment_also_on_the_same_statement(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-1")
    lines = (entry("10.00", ref="A", parts=part(e2e="e1", text="ACC-1")), returned())
    await counter.give(camt(*lines, opening="0", closing="0"))
    receipt, back = await counter.entries()
    assert (back["state"], back["rung"], back["payment_id"]) == ("MATCHED", "RETURN", receipt["payment_id"])
    (payment,) = await counter.fetch("SELECT * FROM payment")
    assert (payment["status"], payment["reversed_on"]) == ("REVERSED", date(2026, 3, 4))
    assert payment["reversal_reason"] == "returned by the bank: AC04"
    assert (await books(counter.scope, debt.id))[0] == 100_000
    assert await counter.balances() == {}


async def test_a_reversal_is_found_by_the_banks_reference(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    await counter.give(camt(entry("10.00", ref="A", parts=part(text="ACC-1")), opening="0", closing="10.00"))
    await counter.give(camt(returned("", ref="A", reason="", reversal=True), opening="10.00", closing="0", number="S2"))
    assert [one["status"] for one in await counter.fetch("SELECT status FROM payment")] == ["REVERSED"]
    assert await counter.balances() == {}


async def test_a_return_of_money_that_nobody_had_identified(counter: Counter) -> None:
    await counter.give(camt(entry("10.00", ref="A", parts=part(e2e="e1")), returned(), opening="0", closing="0"))
    assert [one["state"] for one in await counter.entries()] == ["IGNORED", "IGNORED"]
    assert await counter.balances() == {}


async def test_a_return_of_a_payment_that_was_reversed_before(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    await counter.give(camt(entry("10.00", ref="A", parts=part(e2e="e1", text="ACC-1")), opening="0", closing="10.00"))
    (found,) = await counter.entries()
    await reverse_payment(
        counter.scope, ReversePayment(payment_id=found["payment_id"], reason="call", reversed_on=date(2026, 3, 3))
    )
    await counter.give(camt(returned(), opening="10.00", closing="0", number="S2"))
    assert [one["state"] for one in await counter.entries()] == ["MATCHED", "MATCHED"]
    assert await counter.balances() == {}


async def test_a_return_that_fits_two_receipts_or_none_is_for_a_person(counter: Counter) -> None:
    debt = await counter.debt(reference="ACC-1")
    twice = [entry("10.00", ref=ref, parts=part(e2e="e1", text="ACC-1")) for ref in "AB"]
    await counter.give(camt(*twice, returned(), returned("e9", ref="y"), opening="0", closing="0"))
    first, second, back, strange = await counter.entries()
    assert (back["state"], back["match_reason"].split(":")[0], strange["match_reason"]) == (
        "UNMATCHED",
        "ambiguous",
        "",
    )
    assert (await counter.balances())["TRUST_BANK"] == 2000
    command = (counter.scope, back["id"], second["payment_id"])
    assert [(await identify_return(*command)).replayed for _ in range(2)] == [False, True]
    with pytest.raises(Conflict) as refused:
        await identify_return(counter.scope, strange["id"], second["payment_id"])
    assert refused.value.code == "PAYMENT_TAKEN"
    await identify_return(counter.scope, strange["id"], first["payment_id"])
    assert (await books(counter.scope, debt.id))[0] == 100_000
    assert await counter.balances() == {}


async def test_a_debit_of_ours_takes_nothing_back(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    lines = (
        entry("10.00", ref="A", parts=part(e2e="e1", text="ACC-1")),
        entry("10.00", cd="DBIT", ref="B", parts=part(e2e="e1")),
    )
    await counter.give(camt(*lines, opening="0", closing="0"))
    assert [one["state"] for one in await counter.entries()] == ["MATCHED", "UNMATCHED"]


async def test_money_of_ours_that_comes_back_is_nobodys_payment(counter: Counter) -> None:
    """A remittance that could not be delivered: a credit, and none of the debtors paid it."""
    await counter.debt(reference="ACC-1")
    await counter.give(camt(entry("10.00", reversal=True, parts=part(text="ACC-1")), opening="0", closing="10.00"))
    assert [one["state"] for one in await counter.entries()] == ["UNMATCHED"]


# References


async def test_a_reference_is_one_debts(counter: Counter) -> None:
    debt, other = await counter.debt(), await counter.debt()
    command = GiveReference(debt_id=debt.id, kind=K.RF, reference="RF18 5390 0754 7034")
    assert [await give_reference(counter.scope, command) for _ in range(2)] == ["RF18539007547034"] * 2
    for changed, code in (
        ({"debt_id": other.id}, "REFERENCE_TAKEN"), ({"debt_id": new_id(), "reference": "RF712348231"}, "NOT_FOUND"),
        ({"reference": "RF19539007547034"}, "INVALID_REFERENCE"), ({"kind": K.PLAN, "reference": " "}, "INVALID_REFERENCE"),
    ):  # fmt: skip
        given: dict[str, Any] = {"debt_id": debt.id, "kind": K.RF, "reference": "RF18539007547034"} | changed
        with pytest.raises(DomainError) as refused:
            await give_reference(counter.scope, GiveReference(**given))
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RF18539007547034", "RF18539007547034"),
        ("rf18 5390 0754 7034", "RF18539007547034"),
        ("pay RF18-5390-0754-7034 and thanks 2026", "RF18539007547034"),
        ("RF19539007547034", ""),
        ("RF712348231 RF18539007547034", "RF712348231"),
        ("nothing", ""),
    ],
)
def test_a_reference_in_a_text(text: str, found: str) -> None:
    assert find_rf(text) == found

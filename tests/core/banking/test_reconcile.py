"""A month at the bank: at the end of each day the bank, the books and those whose money it is agree, or it is said why
not; and whoever changes one of them is found out."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from core.banking import reconcile_sql as sql
from core.banking.camt import read_camt
from core.banking.faults import StatementFault
from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.banking.identify_transfer import IdentifyTransfer, identify_transfer
from core.banking.ignore_entry import ignore_entry
from core.banking.kinds import AccountKind, ItemClass
from core.banking.open_account import OpenAccount, open_account
from core.banking.prove import prove
from core.banking.reconcile import reconcile, reconcile_currency
from core.banking.statement import compact_account
from core.banking.transfers import refund_reference
from core.kit import clock, db
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import agency_scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.refund_surplus import RefundSurplus, refund_surplus
from core.payments.reverse_payment import ReversePayment, reverse_payment
from recobro.cli.ledger import show_reconciliation
from tests.conftest import SHARED_DATA
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import part
from tests.core.banking.sending import TODAY, Bank, charge, issue, items, order, reconciled
from tests.core.house import COLLECTOR


def day(number: int, month: int = 3) -> date:
    return date(2026, month, number)


async def by_hand(counter: Counter, debt_id: UUID, minor: int, on: date, method: PaymentMethod) -> UUID:
    command = RecordPayment(
        debt_id=debt_id, amount=Money(minor, "EUR"), paid_on=on, method=method, received_by=ReceivedBy.AGENCY,
        idempotency_key=str(new_id()),
    )  # fmt: skip
    return (await record_payment(counter.scope, command)).payment_id


async def test_a_month_of_statements(counter: Counter) -> None:
    await charge(counter)
    await counter.debt(500_000, reference="ACC-1")
    second = await counter.debt(40_000, reference="ACC-2")
    bank = Bank(counter, balance=7_700)

    # What was there before is nobody's that we know of; receipts are booked as they are told.
    await bank.tell(
        (100_000, "A", {"parts": part(text="ACC-1")}), (30_000, "B", {"parts": part(text="?")}), day="2026-02-10"
    )
    assert await items(counter, day(10, 2)) == {"OPENING": -7_700}
    found = await reconciled(counter, day(10, 2))
    assert (found.bank, found.books, dict(found.owed)) == (
        137_700,
        130_000,
        {"CLIENT": 100_000, "UNIDENTIFIED": 30_000},
    )
    assert await items(counter, day(9, 2)) == {}

    # Cash is in the books before it is at the bank, and a transfer that clears later, too.
    paid = await by_hand(counter, second.id, 20_000, day(12, 2), PaymentMethod.CASH)
    assert await items(counter, day(13, 2)) == {"OPENING": -7_700, "IN_TRANSIT": 20_000}
    (cash,) = await bank.tell((20_000, "C", {}), day="2026-02-14")
    await identify_entry(counter.scope, IdentifyEntry(entry_id=cash["id"], payment_id=paid))
    assert await items(counter, day(13, 2)) == {"OPENING": -7_700, "IN_TRANSIT": 20_000}
    assert await items(counter, day(14, 2)) == {"OPENING": -7_700}

    # What was paid too much goes back: first in the books, then at the bank.
    await bank.tell((50_000, "D", {"parts": part(text="acc 2")}), day="2026-02-16")
    refund = RefundSurplus(
        debt_id=second.id, amount=Money(30_000, "EUR"), refunded_on=day(18, 2), reason="twice", idempotency_key="r"
    )
    refunded = await refund_surplus(counter.scope, refund)
    assert await items(counter, day(19, 2)) == {"OPENING": -7_700, "REFUND": -30_000}
    sent = {"parts": part(e2e=refund_reference(refunded.refund_id))}
    back, fee, unknown = await bank.tell(
        (-30_000, "E", sent), (-500, "F", {"code": "CHRG"}), (-123, "G", {}), day="2026-02-20"
    )
    assert (back["state"], back["rung"], back["refund_id"]) == ("MATCHED", "END_TO_END", refunded.refund_id)
    assert (fee["state"], fee["rung"], unknown["state"]) == ("IGNORED", "CHARGE", "UNMATCHED")
    assert await items(counter, day(20, 2)) == {"OPENING": -7_700, "CHARGE": 500, "UNBOOKED": 123}
    await ignore_entry(counter.scope, unknown["id"], "the courier of the bank")
    assert await items(counter, day(20, 2)) == {"OPENING": -7_700, "CHARGE": 623}

    # A receipt bounces: known to us by a call, then by the bank.
    (good,) = await bank.tell((25_000, "H", {"parts": part(e2e="h1", text="ACC-1")}), day="2026-02-24")
    await reverse_payment(
        counter.scope, ReversePayment(payment_id=good["payment_id"], reason="call", reversed_on=day(25, 2))
    )
    assert (await items(counter, day(25, 2)))["TAKEN_BACK"] == -25_000
    await bank.tell((-25_000, "I", {"parts": part(e2e="h1", returned="AC04")}), day="2026-02-26")
    assert await items(counter, day(26, 2)) == {"OPENING": -7_700, "CHARGE": 623}

    # The creditor is paid what is its own, and so is the agency: ordered, debited, and one of them comes back.
    orders = await issue(counter)
    remit, sweep = orders["REMIT"], orders["SWEEP"]
    assert (await items(counter))["ORDER"] == -remit["amount_minor"] - sweep["amount_minor"]
    with clock.at(datetime(2026, 3, 16, 12, tzinfo=UTC)):
        first_line, second_line = await bank.tell(
            (-remit["amount_minor"], "J", {"parts": part(text="Liquidacion bank 1", paid="Bank")}),
            (-sweep["amount_minor"], "K", {"parts": part(e2e=sweep["e2e"].lower())}), day="2026-03-12",
        )  # fmt: skip
        assert [one["rung"] for one in (first_line, second_line)] == ["STATEMENT_NUMBER", "END_TO_END"]
        assert (await order(counter, remit["id"]))["status"] == "EXECUTED"
        assert await items(counter, day(12)) == {"OPENING": -7_700, "CHARGE": 623}
        (returned,) = await bank.tell((remit["amount_minor"], "L", {"parts": part(e2e=remit["e2e"])}), day="2026-03-14")
        assert (returned["state"], returned["order_id"]) == ("MATCHED", remit["id"])
        assert (await order(counter, remit["id"]))["status"] == "RETURNED"
        assert await items(counter, day(14)) == {"OPENING": -7_700, "CHARGE": 623}
        found = await reconciled(counter, day(14))
        assert dict(found.owed) == {"CLIENT": remit["amount_minor"], "UNIDENTIFIED": 30_000}
        assert (await prove(counter.scope)).holds


async def test_what_the_agency_laid_out_is_said_until_it_is_there(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    bank = Bank(counter)
    await bank.tell((100_000, "A", {"parts": part(e2e="a", text="ACC-1")}), day="2026-03-02")
    orders = await issue(counter)
    assert set(orders) == {"REMIT"}
    await bank.tell(
        (-100_000, "B", {"parts": part(e2e=orders["REMIT"]["e2e"])}),
        (-100_000, "C", {"parts": part(e2e="a", returned="AC04")}), day="2026-03-10",
    )  # fmt: skip
    assert await items(counter) == {"FUNDING": 100_000}
    assert (await reconciled(counter)).bank == -100_000


async def test_whoever_changes_one_of_the_legs_is_found(counter: Counter) -> None:
    await counter.debt(reference="ACC-1")
    bank = Bank(counter)
    await bank.tell((10_000, "A", {"parts": part(text="ACC-1")}), (2_000, "B", {}), day="2026-03-02")
    await bank.tell((5_000, "C", {}), (-700, "D", {}), day="2026-03-04")
    assert await items(counter) == {"UNBOOKED": 700}
    for change, undo, said in (
        ("UPDATE bank_entry SET amount_minor = 9999 WHERE bank_reference = 'A'",
         "UPDATE bank_entry SET amount_minor = 10000 WHERE bank_reference = 'A'", "moved by EUR 0.01"),
        ("UPDATE bank_entry SET payment_id = NULL, state = 'UNMATCHED' WHERE bank_reference = 'A'",
         "UPDATE bank_entry SET payment_id = (SELECT id FROM payment), state = 'MATCHED' WHERE bank_reference = 'A'", ""),
        ("UPDATE bank_entry SET direction = 'DEBIT' WHERE bank_reference = 'B'",
         "UPDATE bank_entry SET direction = 'CREDIT' WHERE bank_reference = 'B'", "is unexplained"),
        ("UPDATE bank_statement SET closing_minor = 16301 WHERE closing_minor = 16300",
         "UPDATE bank_statement SET closing_minor = 16300 WHERE closing_minor = 16301", "moved by EUR 0.01"),
        ("UPDATE bank_statement SET closing_minor = 12001 WHERE closing_minor = 12000",
         "UPDATE bank_statement SET closing_minor = 12000 WHERE closing_minor = 12001", "opens with EUR 120.00"),
    ):  # fmt: skip
        await counter.fetch(change)
        (check,) = [one for one in (await prove(counter.scope)).checks if one.name == "bank"]
        assert check.holds is (said == ""), (change, check)
        assert not said or any(said in sample for sample in check.samples), (change, check.samples)
        await counter.fetch(undo)
        assert (await prove(counter.scope)).holds
    posting = (
        "INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, "
        "source_id, actor) SELECT agency_id, recobro_uuid7(), 'RECEIPT', $1, $2, 'EUR', 1, '2026-03-03', agency_id, 'x' "
        "FROM payment"
    )
    await counter.fetch(posting, "TRUST_BANK", "UNIDENTIFIED")
    found = await reconciled(counter)
    assert (found.reconciled, found.difference, found.owed_total == found.books) == (False, 1, True)
    assert [check.name for check in (await prove(counter.scope)).checks if not check.holds] == ["bank"]
    await counter.fetch(posting, "UNIDENTIFIED", "TRUST_BANK")
    assert await items(counter) == {"UNBOOKED": 700}


async def test_a_day_that_is_missing_is_a_gap_until_it_comes(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    bank = Bank(counter)
    await bank.tell((10_000, "A", {}), day="2026-03-02")
    bank.balance += 2_500
    await bank.tell((1_000, "C", {}), day="2026-03-04")
    found = await reconciled(counter)
    assert (found.reconciled, found.difference, found.gap_count) == (False, -2_500, 1)
    (gap,) = found.gaps
    assert (gap.from_on, gap.opening_minor, gap.expected_minor) == (day(4), 12_500, 10_000)
    show_reconciliation("north", found)
    shown = capsys.readouterr().out
    assert "bank: trust" in shown and "EUR 135.00" in shown and "opens with EUR 125.00" in shown
    assert (await reconciled(counter, day(3))).reconciled
    (check,) = [one for one in (await prove(counter.scope)).checks if not one.holds]
    assert any("opens with EUR 125.00" in sample for sample in check.samples)
    bank.balance = 10_000
    await bank.tell((2_500, "B", {}), day="2026-03-03")
    assert await items(counter) == {}


async def test_whose_trust_account_it_is(counter: Counter) -> None:
    operating = await open_account(
        counter.scope, OpenAccount(name="own", kind=AccountKind.OPERATING, number="DE1234567890", currency="EUR")
    )
    for scope, account_id in ((counter.home.south, counter.account_id), (counter.scope, operating)):
        with pytest.raises(NotFound):
            await reconcile(scope, account_id, TODAY)
    for missing in ("banking:read", "ledger:read"):
        scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {missing})
        with pytest.raises(Forbidden):
            await reconcile(scope, counter.account_id, TODAY)
    with pytest.raises(NotFound):
        await identify_transfer(counter.home.south, IdentifyTransfer(entry_id=new_id(), order_id=new_id()))


async def test_what_real_banks_write_is_reconciled(counter: Counter) -> None:
    """Every statement of the samples of other people: imported or refused, what was imported is reconciled but for what
    the samples themselves leave out between two statements."""
    folder = SHARED_DATA / "camt"
    if not folder.is_dir():
        pytest.skip("the samples of camt are not on this machine")
    files = [path.read_bytes() for path in sorted(folder.glob("camt05*.xml"))]
    assert files
    imported = 0
    with clock.at(datetime(2030, 1, 1, tzinfo=UTC)):
        for content in files:
            known = {(row["number"], row["currency"]) for row in await counter.fetch("SELECT * FROM bank_account")}
            for number, currency in _accounts_of(content) - known:
                opened = OpenAccount(
                    name=f"{number} {currency}", kind=AccountKind.TRUST, number=number, currency=currency
                )
                await open_account(counter.scope, opened)
            imported += (await counter.give(content))["state"] == "IMPORTED"
        for account in await counter.fetch("SELECT id FROM bank_account WHERE kind = 'TRUST'"):
            found = await reconcile(counter.scope, account["id"], date(2030, 1, 1))
            assert not [one for one in found.classes if one.item_class.value == "UNEXPLAINED"]
            assert found.difference == -sum(one.untold_minor for one in found.accounts)
            counter.wrong = counter.wrong or ([] if found.reconciled else ["bank"])
        assert imported
        assert [one.name for one in (await prove(counter.scope)).checks if not one.holds] == counter.wrong
    counter.wrong = []


def _accounts_of(content: bytes) -> set[tuple[str, str]]:
    """Number and currency of the accounts in a file; none where it can not be read."""
    try:
        return {(compact_account(one.account), one.currency) for one in read_camt(content) if one.account}
    except StatementFault:
        return set()


async def test_it_does_not_wait_for_statistics(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of tables that were filled just now PostgreSQL expects next to nothing, and would take minutes for what takes
    seconds. What else the transaction does is planned as ever."""
    await Bank(counter).tell((-5_000, "A", {}), day="2026-03-02")
    how = "current_setting('enable_nestloop')"
    monkeypatch.setattr(sql, "ITEMS", f"SELECT * FROM ({sql.ITEMS}) AS i WHERE {how} = 'off'")
    async with db.transaction(counter.scope, read_only=True, snapshot=True) as tx:
        found = await reconcile_currency(tx, "EUR", TODAY)
        assert await tx.fetchval(f"SELECT {how}") == "on"
    assert [one.item_class for one in found.classes] == [ItemClass.UNBOOKED]

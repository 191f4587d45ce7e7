"""Two trust accounts in one currency, at two banks: each is reconciled by itself, and both with what is owed."""

import asyncio
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import pytest

from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.banking.identify_move import identify_move
from core.banking.identify_return import identify_return
from core.banking.ignore_entry import ignore_entry
from core.banking.kinds import AccountKind
from core.banking.open_account import OpenAccount, open_account
from core.banking.prove import prove
from core.banking.reconcile import Reconciliation, reconcile
from core.banking.release_entry import release_entry
from core.kit.errors import Conflict, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from recobro.cli.ledger import show_reconciliation
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import IBAN, part
from tests.core.banking.sending import TODAY, Bank, charge, issue, reconciled

OTHER = "ES9121000418450200051332"


def day(number: int, month: int = 3) -> date:
    return date(2026, month, number)


@pytest.fixture
async def second(counter: Counter) -> UUID:
    return await open_account(
        counter.scope, OpenAccount(name="second", kind=AccountKind.TRUST, number=OTHER, currency="EUR")
    )


async def legs(counter: Counter, on: date = TODAY) -> dict[str, tuple[int, int, Mapping[str, int]]]:
    """By account, what its bank has, what the books have in it, and what lies between; "" for what is in none yet. Of a
    day on which everything is reconciled."""
    found = await reconciled(counter, on)
    assert found.reconciled and all(one.reconciled for one in found.accounts), found
    by_name = {one.name: (one.balance_minor, one.books_minor, _items(found, one.account_id)) for one in found.accounts}
    return by_name | {"": (0, found.unplaced, _items(found, None))}


def _items(found: Reconciliation, account_id: UUID | None) -> Mapping[str, int]:
    return {one.item_class.value: one.minor for one in found.classes if one.account_id == account_id}


async def by_hand(counter: Counter, debt_id: UUID, minor: int, on: date) -> UUID:
    command = RecordPayment(
        debt_id=debt_id, amount=Money(minor, "EUR"), paid_on=on, method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
    )  # fmt: skip
    return (await record_payment(counter.scope, command)).payment_id


async def test_each_account_by_itself(counter: Counter, second: UUID) -> None:
    await charge(counter)
    await counter.debt(500_000, reference="ACC-1")
    other = await counter.debt(40_000, reference="ACC-2")
    one, two = Bank(counter, balance=7_700), Bank(counter, balance=900, account=OTHER)

    # What was there before, and what came, is each account's own.
    await one.tell((100_000, "A", {"parts": part(text="ACC-1")}), (30_000, "B", {}), day="2026-02-10")
    await two.tell((60_000, "C", {"parts": part(text="ACC-1")}), day="2026-02-10")
    assert await legs(counter, day(10, 2)) == {
        "trust": (137_700, 130_000, {"OPENING": -7_700}), "second": (60_900, 60_000, {"OPENING": -900}), "": (0, 0, {}),
    }  # fmt: skip

    # Cash is in no account until a bank tells of it; then it is known in which one it was on its way.
    paid = await by_hand(counter, other.id, 20_000, day(12, 2))
    assert (await legs(counter, day(13, 2)))[""] == (0, 20_000, {"IN_TRANSIT": 20_000})
    (cash,) = await two.tell((20_000, "D", {}), day="2026-02-14")
    await identify_entry(counter.scope, IdentifyEntry(entry_id=cash["id"], payment_id=paid))
    at = await legs(counter, day(13, 2))
    assert at["second"] == (60_900, 80_000, {"OPENING": -900, "IN_TRANSIT": 20_000}) and at[""] == (0, 0, {})
    assert (await legs(counter, day(14, 2)))["second"] == (80_900, 80_000, {"OPENING": -900})

    # It came into one account, and is taken back out of the other: it is the first one's until the bank has done so.
    await reverse_payment(counter.scope, ReversePayment(payment_id=paid, reason="false notes", reversed_on=day(16, 2)))
    assert (await legs(counter, day(16, 2)))["second"][2] == {"OPENING": -900, "TAKEN_BACK": -20_000}
    (back,) = await one.tell((-20_000, "E", {"parts": part(returned="AC04")}), day="2026-02-18")
    await identify_return(counter.scope, back["id"], paid)
    assert await legs(counter, day(13, 2)) == at
    at = await legs(counter, day(16, 2))
    assert (at["trust"], at["second"]) == (
        (137_700, 110_000, {"OPENING": -7_700, "TAKEN_BACK": -20_000}), (80_900, 80_000, {"OPENING": -900}),
    )  # fmt: skip
    assert await legs(counter, day(18, 2)) == {
        "trust": (117_700, 110_000, {"OPENING": -7_700}), "second": (80_900, 80_000, {"OPENING": -900}), "": (0, 0, {}),
    }  # fmt: skip

    # What is ordered is nobody knows where, until it leaves one of them.
    orders = await issue(counter)
    remit, sweep = orders["REMIT"]["amount_minor"], orders["SWEEP"]["amount_minor"]
    assert (await legs(counter))[""] == (0, -remit - sweep, {"ORDER": -remit - sweep})
    await one.tell((-remit, "F", {"parts": part(e2e=orders["REMIT"]["e2e"])}), day="2026-03-10")
    assert (await legs(counter))[""] == (0, -sweep, {"ORDER": -sweep})
    await two.tell((-sweep, "G", {"parts": part(e2e=orders["SWEEP"]["e2e"])}), day="2026-03-10")
    assert await legs(counter) == {
        "trust": (117_700 - remit, 110_000 - remit, {"OPENING": -7_700}),
        "second": (80_900 - sweep, 80_000 - sweep, {"OPENING": -900}), "": (0, 0, {}),
    }  # fmt: skip
    found = await reconcile(counter.scope, second, TODAY)
    assert found == await reconcile(counter.scope, counter.account_id, TODAY)
    assert (dict(found.owed), remit + sweep) == ({"UNIDENTIFIED": 30_000}, 160_000)
    assert (await prove(counter.scope)).holds


async def test_what_is_wrong_with_one_is_said_of_it_and_hides_nothing_of_the_other(
    counter: Counter, second: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    await counter.debt(reference="ACC-1")
    one, two = Bank(counter), Bank(counter, account=OTHER)
    await one.tell((10_000, "A", {"parts": part(text="ACC-1")}), day="2026-03-02")
    await two.tell((5_000, "B", {}), day="2026-03-02")
    two.balance += 2_500
    await two.tell((1_000, "C", {}), day="2026-03-04")
    found = await reconciled(counter)
    assert {account.name: account.reconciled for account in found.accounts} == {"trust": True, "second": False}
    assert {account.name: account.difference_minor for account in found.accounts} == {"trust": 0, "second": -2_500}
    show_reconciliation("north", found)
    shown = capsys.readouterr().out
    assert "✗ second: the statement from 2026-03-04 opens with EUR 75.00" in shown

    # As much is missing in one as is too much in the other: neither makes up for the other.
    one.balance -= 2_500
    await one.tell((700, "D", {}), day="2026-03-05")
    found = await reconciled(counter)
    assert (found.difference, found.reconciled) == (0, False)
    assert {account.name: account.difference_minor for account in found.accounts} == {"trust": 2_500, "second": -2_500}
    (check,) = [check for check in (await prove(counter.scope)).checks if not check.holds]
    for said in (
        "'trust' moved by EUR -25.00",
        "'second' moved by EUR 25.00",
        "'second': the statement from 2026-03-04",
    ):
        assert any(said in sample for sample in check.samples), (said, check.samples)

    # An entry that is put on the other account is missing there, and too much here.
    await counter.fetch("UPDATE bank_entry SET account_id = $1 WHERE bank_reference = 'A'", second)
    assert {one.name: one.untold_minor for one in (await reconciled(counter)).accounts} == {
        "trust": 7_500, "second": -7_500,
    }  # fmt: skip
    counter.wrong = ["bank"]


def _to(account: str) -> dict[str, str]:
    return {"parts": part(paid="Agency", paid_account=account)}


def _from(account: str) -> dict[str, str]:
    return {"parts": part(name="Agency", account=account)}


async def test_what_is_moved_from_one_to_the_other_is_nobodys_new_money(counter: Counter, second: UUID) -> None:
    await counter.debt(reference="ACC-1")
    one, two = Bank(counter), Bank(counter, account=OTHER)
    await one.tell((10_000, "A", {"parts": part(text="ACC-1")}), day="2026-03-02")
    await one.tell((-4_000, "B", _to(OTHER)), day="2026-03-03")
    assert (await legs(counter))["trust"] == (6_000, 10_000, {"UNBOOKED": 4_000})
    (came,) = await two.tell((4_000, "C", _from(IBAN)), day="2026-03-05")
    assert (came["state"], came["rung"], came["match_reason"]) == (
        "MATCHED", "OWN_ACCOUNT", "moved from the trust account 'trust'",
    )  # fmt: skip
    assert await counter.balances() == {"TRUST_BANK": 10_000, "CLIENT": -10_000}
    # Between the two banks' days it is on its way to the second.
    between = {"trust": (6_000, 6_000, {}), "second": (0, 4_000, {"IN_TRANSIT": 4_000}), "": (0, 0, {})}
    done = {"trust": (6_000, 6_000, {}), "second": (4_000, 4_000, {}), "": (0, 0, {})}
    assert (await legs(counter, day(4)), await legs(counter)) == (between, done)

    # The bank of the second is quicker: what it has is still the first one's, which has not sent it yet.
    await two.tell((1_500, "D", _from(IBAN)), day="2026-03-06")
    await one.tell((-1_500, "E", _to(OTHER)), day="2026-03-07")
    early = await legs(counter, day(6))
    assert (early["trust"], early["second"]) == ((6_000, 4_500, {"IN_TRANSIT": -1_500}), (5_500, 5_500, {}))
    assert await legs(counter) == {"trust": (4_500, 4_500, {}), "second": (5_500, 5_500, {}), "": (0, 0, {})}

    # A mistake is taken back from either side, and made good by a person.
    with_it = await legs(counter)
    await release_entry(counter.scope, came["id"], "another transfer")
    opened = await legs(counter)
    assert (opened["trust"][2], opened["second"][2]) == ({"UNBOOKED": 4_000}, {})
    assert (await counter.balances())["UNIDENTIFIED"] == -4_000
    went = await one.entry("B", "DEBIT")
    for replayed in (False, True):
        moved = await identify_move(counter.scope, went["id"], came["id"])
        assert moved.replayed is replayed
        assert (await identify_move(counter.scope, came["id"], went["id"])).replayed
    assert await legs(counter) == with_it
    told = await counter.fetch("SELECT subject_id, data FROM event WHERE name = 'bank_entry.identified'")
    assert {(row["subject_id"], row["data"]["counterpart_id"]) for row in told} == {
        (went["id"], str(came["id"])), (came["id"], str(went["id"])),
    }  # fmt: skip
    await release_entry(counter.scope, went["id"], "once more")
    # What a person had put aside is a move as well, once somebody says so.
    await ignore_entry(counter.scope, went["id"], "to our other bank")
    assert (await legs(counter))["trust"][2] == {"CHARGE": 4_000}
    await identify_move(counter.scope, came["id"], went["id"])
    assert await legs(counter) == with_it


async def test_what_is_no_move_or_in_doubt(counter: Counter, second: UUID) -> None:
    debt = await counter.debt(reference="ACC-1")
    one, two = Bank(counter, balance=50_000), Bank(counter, account=OTHER)
    # Another amount; a bank that names nobody; too late; and two of the same amount.
    lines = [(-4_000, "A", _to(OTHER)), (-500, "B", _to(OTHER)), (-600, "C", _to(OTHER))]
    await one.tell(*lines, (-700, "D", _to(OTHER)), (-700, "E", _to(OTHER)), day="2026-03-02")
    received = [(4_001, "F", _from(IBAN)), (500, "G", {}), (700, "H", _from(IBAN))]
    await two.tell(*received, (300, "I", {"parts": part(text="ACC-1")}), day="2026-03-03")
    await two.tell((600, "J", _from(IBAN)), day="2026-03-08")
    assert {row["bank_reference"] for row in await counter.entries() if row["state"] != "UNMATCHED"} == {"I"}
    ids = {row["bank_reference"]: row["id"] for row in await counter.entries()}
    for entry, other in (("A", "F"), ("A", "B"), ("F", "G"), ("A", "A")):
        with pytest.raises(InvalidInput) as refused:
            await identify_move(counter.scope, ids[entry], ids[other])
        assert refused.value.code == "NOT_A_MOVE"
    await identify_move(counter.scope, ids["D"], ids["H"])
    (paid,) = await one.tell((-300, "K", _to(OTHER)), day="2026-03-09")
    for entry, other in ((ids["E"], ids["H"]), (paid["id"], ids["I"])):
        with pytest.raises(Conflict) as decided:
            await identify_move(counter.scope, entry, other)
        assert decided.value.code == "ENTRY_DECIDED"
    with pytest.raises(NotFound):
        await identify_move(counter.home.south, ids["B"], ids["G"])
    with pytest.raises(Conflict):
        await identify_entry(counter.scope, IdentifyEntry(entry_id=ids["H"], debt_id=debt.id))
    await identify_move(counter.scope, ids["G"], ids["B"])
    assert (await reconciled(counter)).reconciled


async def test_both_sides_are_named_at_once_and_it_is_one_move(counter: Counter, second: UUID) -> None:
    one, two = Bank(counter, balance=1_000), Bank(counter, account=OTHER)
    (went,) = await one.tell((-400, "A", {}), day="2026-03-02")
    (came,) = await two.tell((400, "B", {}), day="2026-03-02")
    done = await asyncio.gather(
        identify_move(counter.scope, went["id"], came["id"]), identify_move(counter.scope, came["id"], went["id"])
    )
    assert sorted(one.replayed for one in done) == [False, True]
    assert (await legs(counter))["second"] == (400, 400, {})
    assert await counter.balances() == {}

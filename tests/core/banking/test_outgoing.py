"""What the agency sends: found on the statements by what identifies it, never guessed, and settled once."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.banking import book_transfer, match_entries, outgoing
from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.banking.identify_transfer import IdentifyTransfer, identify_transfer
from core.banking.kinds import AccountKind
from core.banking.match_entries import Matched
from core.banking.open_account import OpenAccount, open_account
from core.banking.release_entry import release_entry
from core.banking.transfers import advance_reference
from core.kit import clock, jobs
from core.kit.errors import DomainError, Forbidden, InvalidInput
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import agency_scope
from core.remittance.record_advance import AdvanceRecorded, RecordAdvance, record_advance
from core.remittance.settle_order import SettleOrder, settle_order
from tests.core.banking.conftest import Counter
from tests.core.banking.samples import camt, entry, part
from tests.core.banking.sending import TODAY, Bank, charge, issue, items, order, reconciled
from tests.core.banking.test_kill_points import Killed, dying
from tests.core.house import COLLECTOR
from tests.helpers_jobs import run_jobs

OWN = "DE99000000000000000001"


async def ordered(counter: Counter, minor: int = 100_000) -> tuple[Bank, dict[str, dict[str, Any]]]:
    """Money of one debt, and the orders of its statement: 70.25 % to the creditor, the rest to the agency."""
    await charge(counter)
    await open_account(counter.scope, OpenAccount(name="own", kind=AccountKind.OPERATING, number=OWN, currency="EUR"))
    await counter.debt(500_000, reference="ACC-1")
    bank = Bank(counter)
    await bank.tell((minor, "A", {"parts": part(text="ACC-1")}), day="2026-03-02")
    return bank, await issue(counter)


@pytest.mark.parametrize(
    ("kind", "said", "rung"),
    [
        ("REMIT", {"e2e": "{e2e}"}, "END_TO_END"),
        ("REMIT", {"text": "transfer {e2e} to them"}, "END_TO_END"),
        ("REMIT", {"text": "BANK No 1 / bank-1, thanks", "paid": "Somebody"}, "STATEMENT_NUMBER"),
        ("REMIT", {"paid": "BANK"}, "BENEFICIARY"),
        ("SWEEP", {"paid": "Whoever", "paid_account": "DE99 0000 0000 0000 0000 01"}, "BENEFICIARY"),
        ("SWEEP", {"text": "bank 1"}, "STATEMENT_NUMBER"),
        ("REMIT", {"paid": "Somebody Else"}, None),
    ],
)
async def test_by_what_a_transfer_is_known(counter: Counter, kind: str, said: dict[str, str], rung: str | None) -> None:
    bank, orders = await ordered(counter)
    sent = orders[kind]
    parts = part(**{name: value.format(e2e=sent["e2e"]) for name, value in said.items()})
    (found,) = await bank.tell((-sent["amount_minor"], "J", {"parts": parts}), day="2026-03-10")
    assert (found["rung"], found["order_id"]) == (rung, sent["id"] if rung else None), found["match_reason"]
    now = await order(counter, sent["id"])
    assert (now["status"], now["reference"], now["settled_on"]) == (
        ("EXECUTED", "J", TODAY) if rung else ("ORDERED", "", None)
    )  # fmt: skip
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'remittance_order.settled'")) == bool(rung)
    left = {"ORDER": -sum(one["amount_minor"] for one in orders.values() if one is not sent or not rung)}
    assert await items(counter) == left | ({} if rung else {"UNBOOKED": sent["amount_minor"]})


async def test_what_is_not_sure_is_for_a_person(counter: Counter) -> None:
    bank, orders = await ordered(counter)
    remit, sweep = orders["REMIT"], orders["SWEEP"]
    minor = remit["amount_minor"]
    more, one, two = await bank.tell(
        (-minor - 1, "J", {"parts": part(e2e=remit["e2e"])}),
        (-minor, "K", {"parts": part(text="bank 1")}), (-minor, "L", {"parts": part(text="bank 1")}), day="2026-03-10",
    )  # fmt: skip
    assert more["match_reason"].startswith("a transfer of another amount")
    assert {one["match_reason"], two["match_reason"]} == {"ambiguous: two lines for one transfer, by STATEMENT_NUMBER"}
    assert {one["state"] for one in (more, one, two)} == {"UNMATCHED"}
    for command, code in (
        (IdentifyTransfer(entry_id=more["id"], order_id=remit["id"]), "TRANSFER_DIFFERS"),
        (IdentifyTransfer(entry_id=one["id"], order_id=sweep["id"]), "TRANSFER_DIFFERS"),
        (IdentifyTransfer(entry_id=one["id"], refund_id=remit["id"]), "NOT_FOUND"),
        (IdentifyTransfer(entry_id=one["id"]), "ORDER_OR_REFUND"),
        (IdentifyTransfer(entry_id=(await bank.entry("A", "CREDIT"))["id"], order_id=remit["id"]), "ENTRY_DECIDED"),
    ):
        with pytest.raises(DomainError) as refused:
            await identify_transfer(counter.scope, command)
        assert refused.value.code == code
    for missing in ("banking:manage", "remittance:issue"):
        scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {missing})
        with pytest.raises(Forbidden):
            await identify_transfer(scope, IdentifyTransfer(entry_id=one["id"], order_id=remit["id"]))
    command = IdentifyTransfer(entry_id=two["id"], order_id=remit["id"])
    done = await asyncio.gather(*(identify_transfer(counter.scope, command) for _ in range(3)))
    assert sorted(each.replayed for each in done) == [False, True, True]
    with pytest.raises(DomainError) as taken:
        await identify_transfer(counter.scope, IdentifyTransfer(entry_id=one["id"], order_id=remit["id"]))
    assert taken.value.code == "TRANSFER_TAKEN"
    assert (await order(counter, remit["id"]))["reference"] == "L"
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'bank_entry.identified'")) == 1
    assert await items(counter) == {"ORDER": -sweep["amount_minor"], "UNBOOKED": 2 * minor + 1}


async def test_what_a_person_has_settled_stays_as_it_was_said(counter: Counter) -> None:
    bank, orders = await ordered(counter)
    remit = orders["REMIT"]
    await settle_order(counter.scope, SettleOrder(order_id=remit["id"], settled_on=TODAY, reference="ACH-7/1"))
    (found,) = await bank.tell((-remit["amount_minor"], "ach 71", {}), day="2026-03-10")
    assert (found["rung"], found["order_id"]) == ("END_TO_END", remit["id"])
    assert (await order(counter, remit["id"]))["reference"] == "ACH-7/1"
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'remittance_order.settled'")) == 1


async def test_what_was_taken_for_another_order_is_released(counter: Counter) -> None:
    bank, orders = await ordered(counter)
    remit = orders["REMIT"]
    (found,) = await bank.tell((-remit["amount_minor"], "J", {"parts": part(paid="Bank")}), day="2026-03-10")
    assert (found["rung"], (await order(counter, remit["id"]))["status"]) == ("BENEFICIARY", "EXECUTED")
    paid_id = (await counter.fetch("SELECT id FROM payment"))[0]["id"]
    with pytest.raises(DomainError) as decided:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=found["id"], payment_id=paid_id))
    assert decided.value.code == "NOT_A_RECEIPT"
    scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {"remittance:issue"})
    with pytest.raises(Forbidden):
        await release_entry(scope, found["id"], "the other bank")
    await release_entry(counter.scope, found["id"], "the other bank")
    found = await bank.entry("J", "DEBIT")
    assert (found["state"], found["order_id"], found["attempt"]) == ("UNMATCHED", None, 1)
    now = await order(counter, remit["id"])
    assert (now["status"], now["settled_on"], now["reference"]) == ("ORDERED", None, "")
    assert await match_entries.match_entries(counter.scope, found["statement_id"]) == Matched()
    await identify_transfer(counter.scope, IdentifyTransfer(entry_id=found["id"], order_id=remit["id"]))
    assert (await order(counter, remit["id"]))["status"] == "EXECUTED"
    (back,) = await bank.tell((remit["amount_minor"], "J", {}), day="2026-03-10")
    assert (await order(counter, remit["id"]))["status"] == "RETURNED"
    with pytest.raises(DomainError) as returned:
        await release_entry(counter.scope, back["id"], "no")
    assert returned.value.code == "TRANSFER_RETURNED"
    with pytest.raises(DomainError) as matched:
        await identify_entry(counter.scope, IdentifyEntry(entry_id=back["id"], payment_id=paid_id))
    assert matched.value.code == "ENTRY_DECIDED"
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'remittance_order.reopened'")) == 1
    assert set(await items(counter)) == {"ORDER"}


async def test_money_of_the_agency_that_comes_in_is_no_debtors(counter: Counter) -> None:
    """Commission is given back after its payment bounced: the agency pays it into the trust account."""
    bank, first = await ordered(counter)
    await bank.tell(
        *((-one["amount_minor"], kind, {"parts": part(e2e=one["e2e"])}) for kind, one in first.items()),
        day="2026-03-10",
    )
    with clock.at(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        await bank.tell((-100_000, "B", {"reversal": True}), day="2026-03-12")
        (gone,) = await bank.tell((-1, "X", {}), day="2026-03-13")
        assert gone["state"] == "UNMATCHED"
        with pytest.raises(InvalidInput) as refused:
            await identify_transfer(counter.scope, IdentifyTransfer(entry_id=gone["id"], order_id=first["REMIT"]["id"]))
        assert refused.value.code == "TRANSFER_DIFFERS"
        # Of the same amount and from a stranger it is a receipt; from the agency's own account it would be the FUND.
        (receipt,) = await bank.tell(
            (first["REMIT"]["amount_minor"], "C", {"parts": part(name="Bank")}), day="2026-03-13"
        )
        assert (receipt["state"], receipt["order_id"]) == ("UNMATCHED", None)
        (back,) = await bank.tell((first["REMIT"]["amount_minor"], "REMIT", {}), day="2026-03-14")
        assert (back["state"], back["order_id"]) == ("MATCHED", first["REMIT"]["id"])
    assert (await order(counter, first["REMIT"]["id"]))["status"] == "RETURNED"


POINTS: list[tuple[Any, str, bool, int]] = [
    (match_entries, "match_outgoing", False, 0),
    (match_entries, "match_outgoing", True, 0),
    (outgoing, "book", False, 1),
    (outgoing, "book", True, 0),
    (book_transfer, "settle", False, 0),
    (book_transfer, "settle", True, 1),
    (match_entries, "claim", True, 0),
    (jobs.Run, "finish", False, 1),
]


@pytest.mark.parametrize(("place", "name", "after", "at"), POINTS)
async def test_a_match_that_died_is_done_by_the_next_and_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool, at: int
) -> None:
    _, orders = await ordered(counter)
    lines = [
        entry(f"{one['amount_minor'] / 100:.2f}", cd="DBIT", ref=kind, day="2026-03-10", parts=part(e2e=one["e2e"]))
        for kind, one in orders.items()
    ]
    await counter.upload(camt(*lines, opening="1000.00", closing="0.00", number="S2"))
    with monkeypatch.context() as patch:
        patch.setattr(place, name, dying(getattr(place, name), after=after, at=at))
        with pytest.raises(Killed):
            await run_jobs(counter.database)
    await run_jobs(counter.database)
    found = await counter.fetch("SELECT state, order_id, statement_id FROM bank_entry WHERE direction = 'DEBIT'")
    assert [one["state"] for one in found] == ["MATCHED"] * 2
    for one in orders.values():
        assert (await order(counter, one["id"]))["status"] == "EXECUTED"
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'remittance_order.settled'")) == 2
    assert await items(counter) == {}
    await asyncio.gather(*(match_entries.match_entries(counter.scope, found[0]["statement_id"]) for _ in range(3)))
    assert await match_entries.match_entries(counter.scope, found[0]["statement_id"]) == Matched()
    assert len(await counter.fetch("SELECT FROM event WHERE name = 'remittance_order.settled'")) == 2


async def test_the_advance_of_a_creditor_comes_and_goes_back(counter: Counter) -> None:
    """In the books first, or at the bank: tied to its line it is explained, and a mistake is taken back."""
    bank, creditor = Bank(counter), counter.client.creditor_id
    with clock.at(datetime(2026, 3, 10, 12, tzinfo=UTC)):
        (line,) = await bank.tell((40_000, "A", {"parts": part(text="gastos judiciales")}), day="2026-03-02")
        command = RecordAdvance(
            creditor_id=creditor, amount=Money(40_000, "EUR"), moved_on=date(2026, 3, 2), reference="A",
            idempotency_key="a",
        )  # fmt: skip
        came = await record_advance(counter.scope, command)
        assert await items(counter) == {"IN_TRANSIT": 40_000}
        tie = IdentifyTransfer(entry_id=line["id"], advance_id=came.advance_id)
        for missing in ("banking:manage", "remittance:issue"):
            scope = agency_scope(counter.scope.agency, COLLECTOR, counter.scope.permissions - {missing})
            with pytest.raises(Forbidden):
                await identify_transfer(scope, tie)
        assert [(await identify_transfer(counter.scope, tie)).replayed for _ in range(2)] == [False, True]
        assert await items(counter) == {}
        assert dict((await reconciled(counter)).owed) == {"COURT_COST_ADVANCE": 40_000}

        back = await record_advance(
            counter.scope,
            replace(command, amount=Money(15_000, "EUR"), moved_on=TODAY, returned=True, idempotency_key="b"),
        )
        assert await items(counter) == {"REFUND": -15_000}
        wrong, gone = await bank.tell((15_000, "B", {}), (-15_000, "C", {}), day="2026-03-10")
        for entry_id, advance_id, code in (
            (wrong["id"], back.advance_id, "TRANSFER_DIFFERS"), (gone["id"], came.advance_id, "TRANSFER_DIFFERS"),
            (gone["id"], new_id(), "NOT_FOUND"),
        ):  # fmt: skip
            with pytest.raises(DomainError) as refused:
                await identify_transfer(counter.scope, IdentifyTransfer(entry_id=entry_id, advance_id=advance_id))
            assert refused.value.code == code
        await identify_transfer(counter.scope, IdentifyTransfer(entry_id=gone["id"], advance_id=back.advance_id))
        assert await items(counter) == {}
        await release_entry(counter.scope, gone["id"], "another transfer")
        assert await items(counter) == {"REFUND": -15_000, "UNBOOKED": 15_000}
        await release_entry(counter.scope, line["id"], "of another creditor")
        found = await reconciled(counter)
        assert (dict(found.owed), found.reconciled) == ({"COURT_COST_ADVANCE": 25_000, "UNIDENTIFIED": 55_000}, True)


async def advanced(counter: Counter, reference: str = "back to them") -> tuple[Bank, AdvanceRecorded]:
    """EUR 400.00 came in, and 150.00 go back."""
    bank = Bank(counter)
    command = RecordAdvance(
        creditor_id=counter.client.creditor_id, amount=Money(40_000, "EUR"), moved_on=date(2026, 3, 1), reference="A",
        idempotency_key="a",
    )  # fmt: skip
    came = await record_advance(counter.scope, command)
    (line,) = await bank.tell((40_000, "A", {}), day="2026-03-02")
    await identify_transfer(counter.scope, IdentifyTransfer(entry_id=line["id"], advance_id=came.advance_id))
    given = replace(command, amount=Money(15_000, "EUR"), returned=True, reference=reference, idempotency_key="b")
    return bank, await record_advance(counter.scope, given)


@pytest.mark.parametrize(
    ("said", "minor", "tied"),
    [
        ({"e2e": "{e2e}"}, 15_000, True),
        ({"text": "what you advanced {e2e} back"}, 15_000, True),
        ({"e2e": "BACK-TO-THEM"}, 15_000, True),
        ({"e2e": "{e2e}"}, 15_001, False),
        ({"paid": "Bank"}, 15_000, False),
        ({"text": "advance"}, 15_000, False),
    ],
)
async def test_an_advance_that_goes_back_is_known_by_its_reference_alone(
    counter: Counter, said: dict[str, str], minor: int, tied: bool
) -> None:
    bank, back = await advanced(counter)
    words = {name: text.format(e2e=advance_reference(back.advance_id)) for name, text in said.items()}
    (line,) = await bank.tell((-minor, "J", {"parts": part(**words)}), day="2026-03-10")
    assert (line["refund_id"], line["rung"]) == ((back.advance_id, "END_TO_END") if tied else (None, None)), line
    assert line["state"] == ("MATCHED" if tied else "UNMATCHED")
    assert await items(counter) == ({} if tied else {"REFUND": -15_000, "UNBOOKED": minor})
    if tied:
        (again,) = await bank.tell((-15_000, "K", {"parts": part(**words)}), day="2026-03-10")
        assert (again["state"], again["refund_id"]) == ("UNMATCHED", None), "once"
        await release_entry(counter.scope, line["id"], "another transfer")
        assert await items(counter) == {"REFUND": -15_000, "UNBOOKED": 30_000}


async def test_an_advance_makes_an_order_of_its_amount_doubtful(counter: Counter) -> None:
    bank, orders = await ordered(counter)
    minor = orders["REMIT"]["amount_minor"]
    for returned in (False, True):
        command = RecordAdvance(
            creditor_id=counter.client.creditor_id, amount=Money(minor, "EUR"), moved_on=date(2026, 3, 2),
            reference="x", idempotency_key=f"{returned}", returned=returned,
        )  # fmt: skip
        await record_advance(counter.scope, command)
    (line,) = await bank.tell((-minor, "J", {"parts": part(paid="Bank")}), day="2026-03-10")
    assert (line["state"], line["match_reason"]) == ("UNMATCHED", "ambiguous: 2 transfers, by BENEFICIARY")

"""One line of the bank that is several payments which lawyers held, less what they kept: tied at once or not at all,
by a person or by its number, and untied; the trust account is reconciled before and after."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.banking import share_out
from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.banking.identify_remittance import IdentifyRemittance, identify_remittance
from core.banking.reconcile import reconcile
from core.banking.release_entry import release_entry
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.legal.take_money import REMITTED_JOB
from core.payments.clear_payments import JOB as CLEAR
from core.permissions import Permission
from recobro_sdk import CaseMoneyKind as K
from tests.core.banking.lawyers import Firm, by_terms, firm_house, money
from tests.core.house import events
from tests.core.legal.case_house import TODAY

BEFORE = TODAY - timedelta(days=5)
HELD = (100_000_00, 60_000_00, 40_000_00)
NET = 75_000_00 + 54_000_00 + 40_000_00
KEPT = sum(HELD) - NET


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Firm]:
    async with firm_house(database) as made:
        yield made


async def tell_three(firm: Firm, ta: str = "", *, decided: bool = True) -> None:
    """What they held of three debts: one says what they kept, one what they remit, one neither."""
    first, second, third = HELD
    await firm.tell(
        "ana", money(K.RECEIVED, "a", first, on=BEFORE, ta=ta), money(K.FEE, "a-fee", 20_000_00, of="a"),
        money(K.COST, "a-cost", 5_000_00, of="a"), decided=decided,
    )  # fmt: skip
    await firm.tell(
        "bob", money(K.RECEIVED, "b", second, on=BEFORE, ta=ta), money(K.REMITTED, "b-r", 54_000_00, of="b"),
        decided=decided,
    )  # fmt: skip
    await firm.tell("eva", money(K.RECEIVED, "e", third, on=BEFORE, ta=ta), decided=decided)


async def test_one_line_is_three_payments_less_what_was_kept(firm: Firm) -> None:
    await tell_three(firm)
    assert await firm.items() == {"IN_TRANSIT": sum(HELD)}
    (line,) = await firm.bank((NET, "L1", "transferencia"))
    assert (line["state"], line["match_reason"]) == ("UNMATCHED", "")
    assert await firm.items() == {"IN_TRANSIT": sum(HELD)}
    assert await firm.owed() == {"CLIENT_UNCLEARED": sum(HELD), "UNIDENTIFIED": NET}

    done = await asyncio.gather(*(firm.share("L1", "a", "b", "e") for _ in range(3)))
    assert sorted(one.replayed for one in done) == [False, True, True]
    assert {(one.payments, one.kept_minor) for one in done} == {(3, KEPT)}
    line = await firm.line("L1")
    assert (line["state"], line["rung"], line["shares"], line["decided_by"]) == (
        "MATCHED", "MANUAL", 3, str(firm.scope.actor),
    )  # fmt: skip
    await firm.do(CLEAR)
    assert await firm.paid() == dict.fromkeys(("a", "b", "e"), ("CLEARED", TODAY))
    assert await firm.items() == {"KEPT": KEPT}
    assert await firm.items(TODAY - timedelta(days=1)) == {"IN_TRANSIT": sum(HELD)}
    assert await firm.owed() == {"CLIENT": sum(HELD)}, "the creditor has the whole: the fee is the agency's to ask for"
    assert (await firm.money())["b-r"]["state"] == "BOOKED", "that they have sent it waits for nobody now"
    told = await events(firm.scope, "legal.money_arrived")
    assert len(told) == 3
    (identified,) = await events(firm.scope, "bank_entry.identified")
    assert identified["data"] == {"channel": "firm", "remittance": "", "payments": 3, "kept_minor": KEPT}
    found = await reconcile(firm.scope, firm.account_id, TODAY)
    assert {item.what.split(" of the ")[0] for one in found.classes for item in one.items} == {"kept by lawyers"}


async def test_what_was_kept_is_paid_in_by_a_line_of_its_own(firm: Firm) -> None:
    await tell_three(firm)
    await firm.bank((NET, "L1", "x"))
    await firm.share("L1", "a", "b", "e")
    await firm.do(CLEAR)
    await firm.bank((KEPT, "L2", "from our own account"))
    with pytest.raises(InvalidInput) as caught:
        await firm.share("L2", "a")
    assert caught.value.code == "AMOUNTS_DIFFER"
    done = await firm.share("L2", "a", "b")
    assert (done.payments, done.kept_minor) == (2, -KEPT)
    assert await firm.items() == {} and await firm.owed() == {"CLIENT": sum(HELD)}
    with pytest.raises(Conflict) as refused:
        await release_entry(firm.scope, (await firm.line("L1"))["id"], "wrong")
    assert refused.value.code == "SHARED_LATER" and refused.value.remedy
    await firm.bank((40_000_00, "L3", "x"))
    with pytest.raises(Conflict) as taken:
        await firm.share("L3", "e")
    assert taken.value.code == "PAYMENT_TAKEN"
    for ref in ("L2", "L1"):
        await release_entry(firm.scope, (await firm.line(ref))["id"], "wrong")
    assert await firm.items() == {"IN_TRANSIT": sum(HELD)}
    assert await firm.owed() == {"CLIENT": sum(HELD), "UNIDENTIFIED": NET + KEPT + 40_000_00}


async def test_a_line_of_another_amount_says_by_how_much_and_ties_nothing(firm: Firm) -> None:
    await tell_three(firm)
    await firm.bank((NET + 123_45, "L1", "x"))
    for references, difference in ((("a", "b", "e"), "COP 123.45"), (("a", "b"), "COP 40,123.45")):
        with pytest.raises(InvalidInput) as caught:
            await firm.share("L1", *references)
        assert (caught.value.code, caught.value.field) == ("AMOUNTS_DIFFER", "money_ids")
        assert difference in caught.value.message and caught.value.remedy
    assert (await firm.line("L1"))["state"] == "UNMATCHED" and await firm.case.rows("SELECT id FROM bank_share") == []
    assert {status for status, _ in (await firm.paid()).values()} == {"PENDING"}
    assert await firm.items() == {"IN_TRANSIT": sum(HELD)}


async def test_killed_in_the_middle_nothing_of_it_is_done(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    await tell_three(firm)
    await firm.bank((NET, "L1", "x"))

    async def dies(*_: Any, **__: Any) -> None:
        raise ConnectionError("the process is gone")

    with monkeypatch.context() as patched:
        patched.setattr(share_out, "emit", dies)
        with pytest.raises(ConnectionError):
            await firm.share("L1", "a", "b", "e")
    assert await firm.items() == {"IN_TRANSIT": sum(HELD)}
    assert await firm.case.rows("SELECT id FROM bank_share") == []
    assert not (await firm.share("L1", "a", "b", "e")).replayed
    assert await firm.items() == {"KEPT": KEPT}


async def test_a_line_that_names_the_number_is_that_remittance(firm: Firm) -> None:
    await by_terms(firm)
    await tell_three(firm, "TA-2026/17")
    stranger, line = await firm.bank((12_00, "L0", "x"), (NET, "L1", "pago TA 2026-17 bufete"))
    assert (line["state"], line["rung"], line["shares"]) == ("MATCHED", "REMITTANCE", 3)
    assert line["match_reason"] == "remittance TA-2026/17 of firm: 3 amounts" and stranger["state"] == "UNMATCHED"
    await firm.do(CLEAR)
    assert await firm.paid() == dict.fromkeys(("a", "b", "e"), ("CLEARED", TODAY))
    assert await firm.items() == {"KEPT": KEPT}


async def test_the_number_may_be_told_after_the_line(firm: Firm) -> None:
    await by_terms(firm)
    await tell_three(firm)
    await firm.bank((NET, "L1", "TA-2026-17"))
    assert (await firm.line("L1"))["state"] == "UNMATCHED"
    for name in ("ana", "bob", "eva"):
        again = tuple(replace(one, remittance="TA-2026-17") for one in firm.told.pop(name))
        await firm.tell(name, *again)
    await firm.do(REMITTED_JOB)
    line = await firm.line("L1")
    assert (line["state"], line["rung"], line["shares"]) == ("MATCHED", "REMITTANCE", 3)
    assert await firm.items() == {"KEPT": KEPT}


async def test_the_last_amount_that_is_booked_finds_the_line_that_waits(firm: Firm) -> None:
    await tell_three(firm, "TA-2026-17", decided=False)
    (line,) = await firm.bank((NET, "L1", "TA-2026-17"))
    assert (line["state"], line["match_reason"]) == (
        "UNMATCHED", "the remittance TA-2026-17 of firm adds up to just this, and 3 of its amounts are not booked",
    )  # fmt: skip
    await firm.tell("eva")
    await firm.do(REMITTED_JOB)
    assert (await firm.line("L1"))["shares"] == 3 and await firm.items() == {"KEPT": KEPT}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["x"], "the remittance TA-2026-17 of firm adds up to just this, and the line does not name it"),
        (["TA-2026-17", "TA-2026-17"], "ambiguous: 2 lines are this much, as is the remittance TA-2026-17 of firm"),
        # The debtor's number leads to the debt, and the amount to the lawyers: neither is done.
        (["DEBT-eva-7"], "the remittance TA-2026-17 of firm adds up to just this, and the line does not name it"),
    ],
)
async def test_what_is_not_sure_is_proposed_to_a_person(firm: Firm, lines: list[str], said: str) -> None:
    await tell_three(firm, "TA-2026-17")
    found = await firm.bank(*((NET, f"L{n}", text) for n, text in enumerate(lines)))
    assert {(one["state"], one["match_reason"], one["debt_id"]) for one in found} == {("UNMATCHED", said, None)}
    command = IdentifyRemittance(entry_id=found[0]["id"], channel="firm", remittance="TA-2026-17")
    assert [(await identify_remittance(firm.scope, command)).replayed for _ in range(2)] == [False, True]
    assert (await firm.line("L0"))["shares"] == 3
    assert await firm.items() == {"KEPT": KEPT}


async def test_two_remittances_of_one_amount_are_told_apart_only_by_their_number(firm: Firm) -> None:
    await firm.tell("ana", money(K.RECEIVED, "a", 50_00, on=BEFORE, ta="TA-0001"))
    await firm.tell("bob", money(K.RECEIVED, "b", 50_00, on=BEFORE, ta="TA-0002"))
    unknown, second = await firm.bank((50_00, "L1", "x"), (50_00, "L2", "TA-0002"))
    assert unknown["match_reason"] == "ambiguous: 2 remittances of lawyers are this much"
    assert (second["rung"], second["shares"]) == ("REMITTANCE", 1)
    assert await firm.items() == {"IN_TRANSIT": 50_00}


async def test_what_bounces_after_it_arrived_is_taken_off_the_next_remittance(firm: Firm) -> None:
    await by_terms(firm)
    await firm.tell("ana", money(K.RECEIVED, "a", 100_00, on=BEFORE), money(K.FEE, "f", 25_00, of="a", on=BEFORE))
    await firm.bank((75_00, "L1", "x"), on=TODAY - timedelta(days=2))
    await firm.share("L1", "a")
    await firm.do(CLEAR)
    await firm.tell("ana", money(K.REVERSED, "a-back", 100_00, of="a", on=TODAY, ta="TA-0009"))
    await firm.tell("bob", money(K.RECEIVED, "b", 300_00, on=BEFORE, ta="TA-0009"))
    assert await firm.items() == {"TAKEN_BACK": -75_00, "IN_TRANSIT": 300_00}
    (line,) = await firm.bank((225_00, "L2", "TA-0009"))
    assert (line["rung"], line["shares"]) == ("REMITTANCE", 2)
    await firm.do(CLEAR)
    assert await firm.items() == {} and await firm.owed() == {"CLIENT": 300_00}


async def test_what_cannot_be_of_a_line_is_refused(firm: Firm) -> None:
    await firm.tell("ana", money(K.RECEIVED, "a", 100_00), money(K.FEE, "a-fee", 100_01, of="a"))
    await firm.tell("bob", money(K.RECEIVED, "b", 50_00), money(K.REVERSED, "b-back", 50_00, of="b"))
    await firm.tell("eva", money(K.RECEIVED, "e", 70_00))
    await firm.tell("eva", money(K.RECEIVED, "e-2", 30_00), decided=False)
    await firm.bank((100_00, "L1", "x"), (-1_00, "L2", "x"), (70_00, "L4", "y"))
    await firm.bank((70_00, "L3", "x"), on=TODAY - timedelta(days=1))
    payment = (await firm.money())["e"]["payment_id"]
    taken = IdentifyEntry(entry_id=(await firm.line("L4"))["id"], payment_id=payment)
    for ref, references, error, code in (
        ("L1", ("a",), Conflict, "AMOUNT_DIFFERS"), ("L1", ("b",), Conflict, "MONEY_NOT_HELD"),
        ("L1", ("e-2",), Conflict, "MONEY_NOT_HELD"), ("L1", ("a-fee",), NotFound, "NOT_FOUND"),
        ("L2", ("e",), InvalidInput, "NOT_A_RECEIPT"), ("L3", ("e",), InvalidInput, "ARRIVED_ON"),
        ("L1", (), InvalidInput, "MONEY_OR_REMITTANCE"),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            await firm.share(ref, *references)
        assert caught.value.code == code and (caught.value.remedy or error is NotFound), code
    await identify_entry(firm.scope, taken)
    for ref, code in (("L1", "PAYMENT_TAKEN"), ("L4", "ENTRY_DECIDED")):
        with pytest.raises(Conflict) as refused:
            await firm.share(ref, "e")
        assert refused.value.code == code
    assert await firm.case.rows("SELECT id FROM bank_share") == []


async def test_a_payment_that_a_line_brought_with_others_is_no_other_line(firm: Firm) -> None:
    await tell_three(firm)
    await firm.bank((NET, "L1", "x"), (100_000_00, "L2", "x"))
    await firm.share("L1", "a", "b", "e")
    payment = (await firm.money())["a"]["payment_id"]
    with pytest.raises(DomainError) as caught:
        await identify_entry(firm.scope, IdentifyEntry(entry_id=(await firm.line("L2"))["id"], payment_id=payment))
    assert caught.value.code == "PAYMENT_TAKEN"
    with pytest.raises(DomainError) as decided:
        await identify_entry(firm.scope, IdentifyEntry(entry_id=(await firm.line("L1"))["id"], payment_id=payment))
    assert decided.value.code == "ENTRY_DECIDED"


async def test_other_tenants_and_the_unpermitted_share_nothing_out(firm: Firm) -> None:
    await tell_three(firm)
    (line,) = await firm.bank((NET, "L1", "x"))
    house = firm.case.house
    for missing in (Permission.BANKING_MANAGE, Permission.PAYMENT_RECORD):
        with pytest.raises(Forbidden):
            await firm.share("L1", "a", scope=replace(firm.scope, permissions=frozenset(Permission) - {missing}))
    with pytest.raises(Forbidden):
        await firm.share("L1", "a", scope=house.bank_scope)
    with pytest.raises(NotFound):
        await firm.share("L1", "a", "b", "e", scope=house.south)
    for command, field in (
        (IdentifyRemittance(entry_id=line["id"], money_ids=(new_id(),)), "money_ids"),
        (IdentifyRemittance(entry_id=line["id"], channel="firm", remittance="TA-0"), "remittance"),
    ):
        with pytest.raises(NotFound) as caught:
            await identify_remittance(firm.scope, command)
        assert caught.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bank_share SET amount_minor = amount_minor - 1 WHERE kept_minor = 0 RETURNING id",
        "UPDATE bank_share SET kept_minor = kept_minor + 1 WHERE kept_minor > 0 RETURNING id",
        "DELETE FROM bank_share WHERE kept_minor = 0 RETURNING id",
    ],
)
async def test_whoever_changes_a_share_is_found(firm: Firm, change: str) -> None:
    await tell_three(firm)
    await firm.bank((NET, "L1", "x"))
    await firm.share("L1", "a", "b", "e")
    assert await firm.case.rows(change)
    found = await reconcile(firm.scope, firm.account_id, TODAY)
    assert not found.reconciled and "UNEXPLAINED" in {one.item_class.value for one in found.classes}


async def test_what_somebody_posts_of_such_a_line_is_found_once(firm: Firm) -> None:
    await tell_three(firm)
    (line,) = await firm.bank((NET, "L1", "x"))
    await firm.share("L1", "a", "b", "e")
    assert await firm.case.rows(
        "INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, "
        "recorded_at, source_id, actor) SELECT $1, $2, 'RECEIPT', 'TRUST_BANK', 'UNIDENTIFIED', 'COP', 7, $3, now(), "
        "$4, 'somebody' RETURNING id", firm.scope.agency, new_id(), TODAY, line["id"],
    )  # fmt: skip
    found = await reconcile(firm.scope, firm.account_id, TODAY)
    assert {one.item_class.value: one.minor for one in found.classes} == {"KEPT": KEPT, "UNEXPLAINED": 7}

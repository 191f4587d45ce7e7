"""What the firm's records become: stages, events, money that is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ygc_cases import COMPLETE, dossier
from ygc_firms import DAY, FIRM, FORWARDER, GatewayFirm

from recobro_sdk import (
    CaseEvent,
    CaseEventKind,
    CaseMoney,
    CaseNews,
    CaseStanding,
    DocumentKind,
    DomainEvent,
    Failed,
    HandoffRef,
    LegalStage,
    Money,
    Pending,
    ProviderUnavailable,
    Settled,
)
from recobro_sdk.layouts import Record
from recobro_sdk.testing import FakeClock, FakeContext, Fault
from recobro_ygc import Account, layout, read, record
from recobro_ygc.channel import YgcChannel, over_http
from recobro_ygc.direct import DirectPayments, Told, YgcPaymentsSettings
from recobro_ygc.kept import Kept
from recobro_ygc.news import news
from recobro_ygc.settings import YgcHttpSettings, YgcSettings

ACCOUNT = Account(file_number="F100", creditor_account="JUR-1", firm_file="M77", forwarder=FORWARDER, firm=FIRM)
SETTINGS = YgcSettings(
    forwarder_id=FORWARDER,
    firm_id=FIRM,
    meanings=("*CC:S101=acknowledged", "*CC:S102=accepted", "*CC:S900=refused", "*CC:L100=served", "*CC:C=terminated"),
)


def message(code: str, text: str = "", day: date = DAY, account: Account = ACCOUNT) -> Record:
    return record("message_in", account, PDATE=day, PCODE=code, PCMT=text or None)


def financial(code: int, gross: int, day: date = DAY, number: str = "1", account: Account = ACCOUNT) -> Record:
    return record("financial", account, RET_CODE=code, PAY_DATE=day, GROSS_PAY=gross, TA_NO=number)


def told(*records: Record, sent: tuple[Record, ...] = ()) -> CaseNews:
    found = news([Kept(one, date(2026, 4, 1)) for one in records], [Told(one) for one in sent], SETTINGS)
    assert found is not None
    return found


def lines(found: CaseNews) -> list[tuple[str, date, str]]:
    return [(event.kind.value, event.on, event.detail) for event in found.events]


def test_a_firm_that_says_nothing_is_no_news() -> None:
    assert news([], (), SETTINGS) is None


@pytest.mark.parametrize(
    ("codes", "stage", "reason"),
    [
        (["*CC:W122"], LegalStage.ACKNOWLEDGED, ""),
        (["*CC:S101", "*CC:S102"], LegalStage.ACCEPTED, ""),
        (["*CC:S102", "*CC:S101"], LegalStage.ACCEPTED, ""),
        (["*CC:S101", "*CC:S900"], LegalStage.REFUSED, "conflict"),
        (["*CC:L100", "*CC:S101"], LegalStage.SERVED, ""),
        (["*CC:L100", "*CC:C109"], LegalStage.CLOSED, ""),
    ],
)
def test_codes_are_stages_as_the_settings_say(codes: list[str], stage: LegalStage, reason: str) -> None:
    found = told(*(message(code, "conflict" if code == "*CC:S900" else "") for code in codes))
    assert (found.stage, found.reason) == (stage, reason)
    answered = {"*CC:S101", "*CC:S102", "*CC:S900"}
    assert len(found.events) == len([code for code in codes if code not in answered])


def test_suit_and_judgment_are_told_once_each_and_by_their_days() -> None:
    suit: dict[str, Any] = {
        "SUIT_AMT": 10_000_00, "SUIT_DATE": date(2026, 5, 4), "DOCKET_NO": "26-CV-17", "CRT_CITY": "Newark",
        "CRT_STATE": "NJ",
    }  # fmt: skip
    judgment = {"JUDG_PRIN": 9_000_00, "JDGMNT_DATE": date(2026, 9, 1), "JDG_COSTS": 250_00}
    first, second = record("suit", ACCOUNT, **suit), record("suit", ACCOUNT, **suit, **judgment)
    assert told(first).stage is LegalStage.FILED
    found = told(first, second)
    assert found.stage is LegalStage.EXECUTION_CONTINUES
    assert [(event.kind, event.on) for event in found.events] == [
        (CaseEventKind.FILED, date(2026, 5, 4)),
        (CaseEventKind.JUDGMENT, date(2026, 9, 1)),
    ]
    assert found.events[0].detail == "Suit, USD 10000.00, docket 26-CV-17, Newark, NJ"
    assert "JUDG_PRIN USD 9000.00" in found.events[1].detail and "JDG_COSTS USD 250.00" in found.events[1].detail


def test_money_is_told_once_and_taken_back_by_name() -> None:
    later = DAY + timedelta(days=3)
    records = [
        financial(1, 50_00), financial(1, 50_00), financial(6, 20_00, number="2"), financial(1, -50_00, later, "3"),
        financial(1, -70_00, later, "4"), financial(35, 15_00, number="5"), financial(3, 90_00, number="6"),
    ]  # fmt: skip
    sent = record("direct_payment", ACCOUNT, DP_DATE=DAY, DP_CASH=20_00)
    found = [detail.partition(":")[0] for _, _, detail in lines(told(*records, sent=(sent,)))]
    assert found == [
        "Payment of USD 50.00",
        "Takes back the payment of 2026-03-02, USD -50.00",
        "Takes back a payment that was never told, USD -70.00",
        "Cost of USD 15.00",
        "Settlement payment of USD 90.00",
    ]
    assert "Payment of USD 20.00" in [detail.partition(":")[0] for _, _, detail in lines(told(*records))]


def amounts(found: CaseNews) -> list[tuple[str, int, date, str]]:
    """Each amount: what it is, minor units, its day, and the amount that it is of."""
    by = {one.reference: one for one in found.money}
    assert len(by) == len(found.money)
    return [
        (
            one.kind.value,
            one.amount.minor_units,
            one.on,
            one.of and f"{by[one.of].kind.value} {by[one.of].amount.to_text()}",
        )
        for one in found.money
    ]


def test_money_is_told_with_what_was_kept_and_what_it_takes_back() -> None:
    later = DAY + timedelta(days=3)
    values = {"FEES": 12_00, "CHECK_AMT": 38_00, "NET_CLIENT": 50_00, "COST_RET": 3_00}
    paid = record("financial", ACCOUNT, RET_CODE=1, PAY_DATE=DAY, GROSS_PAY=50_00, TA_NO="1", **values)
    records = [
        paid, paid, financial(6, 20_00, number="2"), financial(1, -50_00, later, "3"), financial(1, -70_00, later, "4"),
        financial(35, 15_00, number="5"), financial(3, 90_00, number="6"), financial(35, -15_00, later, "7"),
        financial(1, 0, number="8"), financial(6, 25_00, number="9"), financial(6, -25_00, later, "10"),
    ]  # fmt: skip
    sent = record("direct_payment", ACCOUNT, DP_DATE=DAY, DP_CASH=20_00)
    found = told(*records, financial(6, -20_00, later, "11"), sent=(sent,))
    assert amounts(found) == [
        ("received", 50_00, DAY, ""),
        ("fee", 12_00, DAY, "received 50.00"),
        ("remitted", 38_00, DAY, "received 50.00"),
        ("reversed", 50_00, later, "received 50.00"),
        ("cost", 15_00, DAY, ""),
        ("received", 90_00, DAY, ""),
        ("reversed", 15_00, later, "cost 15.00"),
        ("direct", 25_00, DAY, ""),
        ("reversed", 25_00, later, "direct 25.00"),
    ]
    assert {one.amount.currency for one in found.money} == {"USD"}
    events = {event.reference: event for event in found.events}
    posted: list[CaseMoney] = [one for one in found.money if one.kind.value not in ("fee", "remitted")]
    assert all(events[one.reference].on == one.on for one in posted), "the event is known by the same reference"
    numbers = {one.remittance for one in found.money if one.kind.value == "received"}
    assert numbers == {"1", "6"}, "TA_NO is what a payment is paid over with"
    assert [one.remittance for one in found.money if one.kind.value == "reversed"] == ["3", "7", "10"]
    # Of our own payment, which the firm had only answered, a person hears by an event alone.
    assert "Takes back the payment of 2026-03-02, USD -20.00" in {event.detail for event in found.events}
    assert ("direct", 20_00, DAY, "") in amounts(told(*records)), "without our record 12 it is the firm's own news"


@settings(max_examples=60, deadline=None)
@given(random=st.integers(0, 2**32).map(Random))
def test_files_in_another_order_tell_the_same_money(random: Random) -> None:
    amounts_paid = random.sample(range(1_00, 90_00), 6)
    paid = [financial(random.choice([1, 3, 6]), one, number=str(one)) for one in amounts_paid]
    later = DAY + timedelta(days=4)
    backs = [
        financial(
            int(str(one.values["RET_CODE"])), -int(str(one.values["GROSS_PAY"])), later, f"{one.values['TA_NO']}-R"
        )
        for one in random.sample(paid, 3)
    ]
    found = told(*paid, *backs)
    shuffled = [*paid, *backs, random.choice(backs)]
    random.shuffle(shuffled)
    assert {(one.reference, one.kind, one.of) for one in told(*shuffled).money} == {
        (one.reference, one.kind, one.of) for one in found.money
    }
    assert len(found.money) == 9


def test_a_reversal_before_its_payment_waits_for_it_and_takes_back_no_later_one() -> None:
    back, paid = financial(1, -50_00, DAY, "2"), financial(1, 50_00, DAY - timedelta(days=1))
    assert amounts(told(back)) == amounts(told(back, financial(1, 50_00, DAY + timedelta(days=1))))[1:] == []
    assert amounts(told(back, paid))[-1] == ("reversed", 50_00, DAY, "received 50.00")
    assert "somebody has to look" in told(back, paid).events[0].detail


def test_plans_and_balances_are_told_as_they_are_now() -> None:
    plan = record(
        "payment_plan", ACCOUNT, PLAN_DATE=DAY, PAY_AMT=100_00, NO_PMTS=12, FREQUENCY="M", FIRST_DATE=date(2026, 4, 1)
    )
    old, new = (record("balances", ACCOUNT, PRIN_AMT=amount, RATES_PRE=Decimal("0.195")) for amount in (9_00, 8_00))
    account = record("reconciliation", ACCOUNT, DPLACED=DAY, DEBT_NAME="Doe/John", D1_BAL=8_00)
    found = lines(told(plan, old, account, new))
    assert [(kind, on) for kind, on, _ in found] == [("other", DAY), ("other", DAY), ("other", date(2026, 4, 1))]
    assert "PAY_AMT USD 100.00, NO_PMTS 12" in found[0][2] and "PRIN_AMT USD 8.00" in found[2][2]
    assert "Doe" not in found[1][2] and "D1_BAL USD 8.00" in found[1][2]


def test_the_last_balance_is_where_the_case_stands() -> None:
    reconciled = record("reconciliation", ACCOUNT, D1_BAL=80_00, IDUE=5_00, COST_BAL=1_50, PAID=20_00, IDATE=DAY)
    balances, empty = record("balances", ACCOUNT, DBAL=70_00), record("balances", ACCOUNT, PRIN_AMT=9_00)
    read_on = date(2026, 4, 1)
    for records, expected in (
        ((reconciled, empty), CaseStanding(on=DAY, balance=Money(86_50, "USD"), paid=Money(20_00, "USD"))),
        ((reconciled, balances), CaseStanding(on=read_on, balance=Money(70_00, "USD"))),
        ((empty, record("reconciliation", ACCOUNT, IDATE=DAY)), None),
        # No day has come yet until which interest could be in it.
        (
            (record("reconciliation", ACCOUNT, D1_BAL=1, IDATE=read_on + timedelta(days=1)),),
            CaseStanding(on=read_on, balance=Money(1, "USD")),
        ),
    ):
        assert told(*records).standing == expected


@settings(max_examples=60, deadline=None)
@given(random=st.integers(0, 2**32).map(Random), repeats=st.integers(1, 3))
def test_files_that_come_again_change_no_event(random: Random, repeats: int) -> None:
    records = [
        random.choice(
            [
                message(f"*CC:W{random.randint(100, 120)}", str(random.randint(0, 3))),
                financial(random.choice([1, 3, 6, 33]), random.choice([-10, 10, 20]), number=str(random.randint(0, 9))),
                record("suit", ACCOUNT, SUIT_DATE=DAY, DOCKET_NO=str(random.randint(0, 2))),
            ]
        )
        for _ in range(random.randint(1, 20))
    ]
    once, again = told(*records), told(*records * repeats)
    assert once == again
    references = [event.reference for event in once.events]
    assert len(set(references)) == len(references) and all(len(one) <= 200 for one in references)


@pytest.fixture
def firm() -> Iterator[GatewayFirm]:
    with GatewayFirm() as found:
        found.acknowledges = False
        yield found


def run(firm: GatewayFirm, work: Callable[[YgcChannel, FakeContext, Account], Awaitable[Any]]) -> Any:
    async def body() -> Any:
        async with FakeContext() as context:
            it = over_http(YgcHttpSettings.model_validate(firm.settings()), context)
            receipt = await it.submit(COMPLETE, idempotency_key="key")
            return await work(it, context, Account(file_number=receipt.number, forwarder=FORWARDER, firm=FIRM))

    return asyncio.run(body())


def test_files_are_read_once_and_only_what_is_ours(firm: GatewayFirm) -> None:
    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> list[Any]:
        ref = HandoffRef("key")
        found = [await it.news(ref)]
        stranger = Account(file_number="F999", forwarder=FORWARDER, firm=FIRM)
        elsewhere = Account(file_number=ours.file_number, forwarder="XX99", firm=FIRM)
        portfolio = Account(file_number=ours.file_number, forwarder="VA07.OTHER", firm=FIRM)
        mine = [message("*CC:S101", account=ours), message("*CC:W010", "called", account=portfolio)]
        other = [message("*CC:C109", account=stranger), message("*CC:C109", account=elsewhere)]
        # Written in the direction of the sender: the two ids stand the wrong way round.
        swapped = record("message_out", ours, PDATE=DAY, PCODE="*CC:C109")
        firm.says(layout().dump([*mine, *other, swapped]) + b"44 broken\r\n", "one")
        found.append(await it.news(ref))
        asked = len(context.wire.sent)
        found.append(await it.news(ref))
        assert [request.method for request in context.wire.sent[asked:]] == ["GET"], "it was read again"
        firm.says(layout().dump([message("*CC:W010", "called", account=ours), *mine]), "two")
        found.append(await it.news(ref))
        fields = [fields for _, event, fields in context.log.records if event == "file_read"]
        assert [(one["unreadable"], one["wrong_way"], one["of_others"], one["unknown"]) for one in fields] == [
            (1, 1, 1, 1),
            (0, 0, 0, 0),
        ]
        return found

    first, second, third, fourth = run(firm, work)
    assert first == Pending() and second == third and isinstance(second, Settled)
    assert [event.detail for event in second.value.events] == ["*CC:W010 called"]
    assert len(fourth.value.events) == 2 and fourth.value.stage is LegalStage.ACKNOWLEDGED


def test_two_readers_keep_everything_once(firm: GatewayFirm) -> None:
    async def work(_: YgcChannel, context: FakeContext, ours: Account) -> Any:
        for number in range(6):
            firm.says(layout().dump([financial(1, 10_00, number=str(number), account=ours)]), f"file-{number}")
        both = [over_http(YgcHttpSettings.model_validate(firm.settings()), context) for _ in range(3)]
        await asyncio.gather(*(one.news(HandoffRef("key")) for one in both))
        return await both[0].news(HandoffRef("key"))

    found = run(firm, work)
    assert [event.detail.partition(":")[0] for event in found.value.events] == ["Payment of USD 10.00"] * 6


def test_a_file_that_is_too_large_is_passed_over(firm: GatewayFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    from recobro_ygc import inbox

    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        firm.says(layout().dump([message("*CC:S101", account=ours)] * 2), "large")
        firm.says(layout().dump([message("*CC:S101", account=ours)]), "small")
        found = await it.status(HandoffRef("key"))
        assert [event for level, event, _ in context.log.records if level == "error"] == ["file_too_large"]
        return found

    monkeypatch.setattr(inbox, "LARGEST_FILE", 1500)
    assert run(firm, work) == Settled(LegalStage.ACKNOWLEDGED)


def test_anything_in_a_file_can_be_kept(firm: GatewayFirm) -> None:
    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        many = [message("*CC:W010", f"note {number}", account=ours) for number in range(1200)]
        nul = layout().dump([message("*CC:W011", "a#b", account=ours)]).replace(b"#", b"\0")
        firm.says(layout().dump(many) + nul, "many")
        found = await it.news(HandoffRef("key"))
        kept = [text for key, text in context.store.documents.items() if key.startswith("records.")]
        assert all(len(text) < 1 << 20 and "\\u0000" not in text for text in kept) and len(kept) == 4
        return found

    events = run(firm, work).value.events
    assert len(events) == 500 and events[-1].detail == "*CC:W011 a b" and events[-2].detail.endswith("note 1199")


def test_a_corrected_id_looks_at_the_files_anew(firm: GatewayFirm) -> None:
    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        other = Account(file_number=ours.file_number, forwarder=FORWARDER, firm="FL13")
        firm.says(layout().dump([message("*CC:S101", account=other)]), "one")
        before = await it.status(HandoffRef("key"))
        corrected = over_http(YgcHttpSettings.model_validate({**firm.settings(), "firm_id": "FL13"}), context)
        return before, await corrected.status(HandoffRef("key"))

    assert run(firm, work) == (Pending(), Settled(LegalStage.ACKNOWLEDGED))


def test_a_visit_that_breaks_off_has_come_further(firm: GatewayFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    from recobro_ygc import inbox

    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        for number in range(5):
            firm.says(layout().dump([financial(1, 10_00, number=str(number), account=ours)]), f"file-{number}")
        # The list, then two files; the third is lost.
        context.wire.next_faults.extend([None, None, None, Fault.CUT])  # type: ignore[list-item]
        with pytest.raises(ProviderUnavailable):
            await it.news(HandoffRef("key"))
        asked = len(context.wire.sent)
        found = await it.news(HandoffRef("key"))
        return len(context.wire.sent) - asked, len(found.value.events)

    monkeypatch.setattr(inbox, "_STEP", 1)
    assert run(firm, work) == (4, 5)


def test_two_handoffs_are_two_accounts(firm: GatewayFirm) -> None:
    async def work(it: YgcChannel, _: FakeContext, ours: Account) -> Any:
        second = await it.submit(dossier(DocumentKind.CONTRACT, reference="OTHER"), idempotency_key="key-2")
        assert second.number != ours.file_number and len(firm.taken) == 2
        firm.says(layout().dump([message("*CC:C109", account=ours)]), "one")
        return [await it.status(HandoffRef(key)) for key in ("key", "key-2", "key-3")]

    closed, waiting, unknown = run(firm, work)
    assert (closed, waiting) == (Settled(LegalStage.CLOSED), Pending())
    assert unknown == Failed("not_received", retryable=True)


def test_references_differ_where_records_do() -> None:
    events: tuple[CaseEvent, ...] = told(message("*CC:W1"), message("*CC:W2"), message("*CC:W1", "x")).events
    assert len({event.reference for event in events}) == 3


def event(number: int, name: str, **data: Any) -> DomainEvent:
    return DomainEvent(
        id=f"event-{number}", cursor=str(number), name=name, version=1, occurred_at=FakeClock().now(),
        data={"debt_id": "debt-1", **data},
    )  # fmt: skip


def test_payments_to_the_creditor_are_told_once_and_their_echo_is_no_news(firm: GatewayFirm) -> None:
    paid: dict[str, Any] = {"amount_minor": 20_00, "currency": "USD", "paid_on": "2026-03-02"}

    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        listener = DirectPayments(YgcPaymentsSettings(), context)
        events = [
            event(1, "legal.acknowledged", channel="ygc_http", receipt=ours.file_number),
            event(2, "payment.recorded", received_by="AGENCY", **paid),
            event(3, "payment.recorded", received_by="CREDITOR", **paid),
            event(4, "payment.recorded", received_by="CREDITOR", **{**paid, "debt_id": "debt-2"}),
            event(5, "payment.reversed", received_by="CREDITOR", amount_minor=20_00, reversed_on="2026-03-03"),
        ]
        assert await listener.handle(events) == "5" and await listener.handle(events[2:]) == "5"
        firm.says(layout().dump([financial(6, 20_00, account=ours), financial(1, 30_00, account=ours)]), "money")
        found = await it.news(HandoffRef("key"))
        assert await it.news(HandoffRef("key")) == found
        return found

    found = run(firm, work)
    sent = [item for content in firm.contents.values() for item in read(content) if isinstance(item, Record)]
    direct = [item.values for item in sent if item.type == "direct_payment"]
    assert [(one["DP_DATE"], one["DP_CASH"], one["DP_CMT"]) for one in direct] == [
        (date(2026, 3, 2), 20_00, "Payment"),
        (date(2026, 3, 3), -20_00, "REVERSAL/NSF"),
    ]
    assert {one["FORW_FILE"] for one in direct} == {"JUR-2026-00017"}
    assert [one.detail.partition(":")[0] for one in found.value.events] == ["Payment of USD 30.00"]


def test_what_the_firm_told_first_is_not_told_back_to_it(firm: GatewayFirm) -> None:
    paid: dict[str, Any] = {"amount_minor": 20_00, "currency": "USD", "paid_on": "2026-03-02"}

    async def work(it: YgcChannel, context: FakeContext, ours: Account) -> Any:
        ref, listener = HandoffRef("key"), DirectPayments(YgcPaymentsSettings(), context)
        await listener.handle([event(1, "legal.acknowledged", channel="ygc_http", receipt=ours.file_number)])
        firm.says(layout().dump([financial(6, 20_00, account=ours)]), "direct")
        found = [await it.news(ref)]
        # The host books it, and tells its subscribers; then the creditor gets another one that is just alike.
        await listener.handle([event(2, "payment.recorded", received_by="CREDITOR", **paid)])
        found.append(await it.news(ref))
        await listener.handle([event(3, "payment.recorded", received_by="CREDITOR", **paid)])
        found.append(await it.news(ref))
        firm.says(layout().dump([financial(6, 20_00, number="2", account=ours)]), "answer")
        found.append(await it.news(ref))
        bounced = DAY + timedelta(days=2)
        firm.says(layout().dump([financial(6, -20_00, bounced, "3", account=ours)]), "bounced")
        found.append(await it.news(ref))
        back = {"amount_minor": 20_00, "reversed_on": bounced.isoformat()}
        await listener.handle([event(4, "payment.reversed", received_by="CREDITOR", **back)])
        found.append(await it.news(ref))
        return [amounts(one.value) for one in found]

    first, second, third, fourth, fifth, sixth = run(firm, work)
    assert first == second == third == fourth == [("direct", 20_00, DAY, "")], "the answer to ours is no news"
    assert fifth == sixth
    sent = [item for content in firm.contents.values() for item in read(content) if isinstance(item, Record)]
    assert [item.values["DP_CASH"] for item in sent if item.type == "direct_payment"] == [20_00]

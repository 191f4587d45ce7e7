"""YGC records: ids by direction, amounts to the cent, and money that is posted once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pluggy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_sdk import HookSpecs
from recobro_sdk.layouts import Record, Reject
from recobro_sdk.layouts.testing import check_identity, check_round_trip
from recobro_ygc import Account, Effect, MoneyBook, account_of, check, layout, plugin, read, record, wrong_way

ACCOUNT = Account(file_number="F100", creditor_account="CRED-9", firm_file="M77", forwarder="VA07.CBANK", firm="FL12")
DAY = date(2026, 3, 2)


def financial(code: int, gross: int, day: date = DAY, account: Account = ACCOUNT, **more: Any) -> Record:
    return record("financial", account, RET_CODE=code, PAY_DATE=day, GROSS_PAY=gross, **more)


def direct(amount: int, day: date = DAY) -> Record:
    return record("direct_payment", ACCOUNT, DP_DATE=day, DP_CASH=amount)


@settings(max_examples=60, deadline=None)
@given(random=st.integers(0, 2**32).map(Random))
def test_reading_undoes_writing(random: Random) -> None:
    check_identity(layout(), random, records=8)


def test_every_record_of_the_format_is_there() -> None:
    codes = [next(f.value for f in part.fields if f.name == "RECORD_CODE") for part in layout().columns.values()]
    assert codes == ["01", "02", "03", "09", "12", "22", "24", "30", "38", "39", "41", "42", "43"]


def test_ids_change_places_with_the_direction() -> None:
    out = record("message_out", ACCOUNT, PDATE=DAY, PCODE="*CC:S101", PCMT="call")
    back = record("message_in", ACCOUNT, PDATE=DAY, PCODE="*CC:S101", PCMT="call")
    lines = layout().dump([out, back]).split(b"\r\n")
    assert (lines[0][47:57], lines[0][57:67]) == (b"VA07.CBANK", b"FL12      ")
    assert (lines[1][47:57], lines[1][57:67]) == (b"FL12      ", b"VA07.CBANK")
    assert (lines[0][:2], lines[1][:2], lines[0][2:47]) == (b"09", b"39", lines[1][2:47])
    items = [item for item in read(layout().dump([out, back])) if isinstance(item, Record)]
    assert [account_of(item) for item in items] == [ACCOUNT, ACCOUNT]
    assert (ACCOUNT.network_id, ACCOUNT.portfolio) == ("VA07", "CBANK")
    assert [(problem.number, problem.code) for problem in wrong_way(items, outbound=True)] == [(2, "wrong_direction")]


def test_amounts_rates_and_dates_are_written_as_the_network_writes_them() -> None:
    items = [
        financial(1, -20_05, NET_CLIENT=-20_05),
        record(
            "balances", ACCOUNT, RATES_PRE=Decimal("0.195"), RATES_POST=Decimal("1"), PER_DIEM=Decimal("0.53424658")
        ),
    ]
    first, second, _ = layout().dump(items).split(b"\r\n")
    assert first[67:69] + first[69:77] + first[77:91] == b" 120260302        -20.05"
    assert second[67:91] == b".19501.000    0.53424658"
    with pytest.raises(ValueError, match="RATES_POST"):
        layout().dump([record("balances", ACCOUNT, RATES_POST=Decimal("1.2345"))])


def test_a_line_may_end_early_and_stays_as_it_was() -> None:
    head = b"39F100      CRED-9              M77            FL12      VA07.CBANK20260302*CC:S101"
    data = head + b"Debtor called\r\n" + head + b"\n"
    records = check_round_trip(layout(), data)
    assert [item.values["PCMT"] for item in records] == ["Debtor called", None]
    assert list(check(records)) == []
    broken = list(read(head.replace(b"20260302", b"20261302") + b"\r\n44 what\r\n"))
    assert [item.problems[0].field if isinstance(item, Reject) else "" for item in broken] == ["PDATE", None]


@pytest.mark.parametrize(
    ("item", "codes"),
    [
        (record("suit", ACCOUNT, SUIT_AMT=10_00, SUIT_DATE=DAY), []),
        (record("suit", ACCOUNT, JUDG_PRIN=10_00), ["judgment-date-missing"]),
        (record("suit", ACCOUNT, JDGMNT_DATE=DAY), ["judgment-principal-missing"]),
        (record("suit", ACCOUNT, JUDG_PRIN=1, JDGMNT_DATE=DAY, SUIT_DATE=date(2026, 3, 3)), ["suit-before-judgment"]),
        (financial(6, 10_00), []),
        (financial(45, 10_00), []),
        (financial(9, 10_00), ["return-code-unknown"]),
        (record("payment_plan", ACCOUNT, NO_PMTS=3, PAY_AMT=5_00), ["plan-frequency-missing"]),
        (
            record("payment_plan", ACCOUNT, NO_PMTS=3, FREQUENCY="M", FIRST_DATE=DAY, LAST_DATE=date(2026, 1, 1)),
            ["plan-in-order"],
        ),
        (record("direct_payment", ACCOUNT, DP_DATE=DAY), ["direct-payment-empty"]),
        (record("address_history", ACCOUNT, DBTR_NUM=4, VERIFY_STAT="X"), ["unknown_code", "unknown_code"]),
    ],
)
def test_rules(item: Record, codes: list[str]) -> None:
    assert [problem.code for problem in check([item])] == codes


def test_an_answer_to_our_direct_payment_is_not_posted_again() -> None:
    book = MoneyBook(told=[direct(50_00), direct(50_00, date(2026, 3, 20))])
    later = date(2026, 3, 22)
    effects = [
        book.decide(financial(6, 50_00, later, TA_NO="1")),
        book.decide(financial(6, 50_00, later, TA_NO="2")),
        book.decide(financial(6, 50_00, later, TA_NO="3")),
        book.decide(financial(1, 50_00, TA_NO="4")),
        book.decide(financial(1, 50_00, TA_NO="4")),
    ]
    assert [posting.effect for posting in effects] == [
        Effect.ANSWERS,
        Effect.ANSWERS,
        Effect.POST,
        Effect.POST,
        Effect.DUPLICATE,
    ]
    assert [posting.of.values["DP_DATE"] if posting.of else None for posting in effects[:2]] == [date(2026, 3, 20), DAY]
    elsewhere = MoneyBook(told=[direct(50_00)])
    other = Account(file_number="F101", forwarder="VA07.CBANK", firm="FL12")
    assert elsewhere.decide(financial(6, 50_00, account=other)).effect is Effect.POST
    assert elsewhere.decide(financial(6, 50_00, date(2026, 6, 1))).effect is Effect.POST


def test_negative_record_takes_one_of_the_same_code_back_once() -> None:
    paid = [financial(1, 30_00, date(2026, 3, day), TA_NO=str(day)) for day in (1, 9)]
    book = MoneyBook(seen=paid)
    back = [book.decide(financial(1, -30_00, date(2026, 3, 5 + number), TA_NO=f"R{number}")) for number in (0, 10, 11)]
    assert [posting.effect for posting in back] == [Effect.REVERSES, Effect.REVERSES, Effect.UNMATCHED]
    assert [posting.of for posting in back] == [paid[0], paid[1], None]
    assert book.decide(financial(3, -30_00)).effect is Effect.UNMATCHED
    with pytest.raises(ValueError, match="no financial"):
        book.decide(direct(1))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([1, 3, 6, 33]), st.sampled_from([-20, -10, 10, 20]), st.integers(1, 28)), max_size=25
    ),
    st.lists(st.sampled_from([10, 20]), max_size=5),
)
def test_no_money_is_taken_back_or_answered_twice(rows: list[tuple[int, int, int]], told: list[int]) -> None:
    records = [
        financial(code, amount, date(2026, 3, day), TA_NO=str(index)) for index, (code, amount, day) in enumerate(rows)
    ]
    book = MoneyBook(told=[direct(amount, date(2026, 3, 15)) for amount in told])
    postings = [book.decide(item) for item in [*records, *records]]
    assert {posting.effect for posting in postings[len(records) :]} <= {Effect.DUPLICATE}
    used = Counter(id(posting.of) for posting in postings[: len(records)] if posting.of is not None)
    assert all(count == 1 for count in used.values())
    counted = [
        posting.record.values
        for posting in postings
        if posting.effect in (Effect.POST, Effect.ANSWERS, Effect.REVERSES)
    ]
    for code in (1, 3, 6, 33):
        assert sum(int(str(values["GROSS_PAY"])) for values in counted if values["RET_CODE"] == code) >= 0


def test_plugin_and_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from recobro_ygc.__main__ import main

    manager = pluggy.PluginManager("recobro")
    manager.add_hookspecs(HookSpecs)
    manager.register(plugin)
    manager.check_pending()
    assert plugin.recobro_file_layouts()[0].read().startswith('name = "ygc"')
    assert plugin.recobro_manifest().name == "ygc"
    file = tmp_path / "in.ygc"
    file.write_bytes(layout().dump([financial(1, 5_00)]) + b"99\r\n")
    assert main(["read", str(file)]) == 1
    shown = capsys.readouterr()
    assert '"GROSS_PAY": 500' in shown.out and "record 2: it is none of the records" in shown.err
    assert main(["check", str(file)]) == 1 and main(["document"]) == 0 and main(["read", str(tmp_path / "no")]) == 2

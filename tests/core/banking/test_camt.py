"""camt of eight versions, against what another program (genkgo/camt) reads in the same files; and files made to harm."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.banking.camt import read_camt
from core.banking.faults import StatementFault
from core.banking.read_file import check, read_file
from core.banking.statement import BankEntry, BankStatement, Direction, EntryStatus
from core.kit.money import Money
from tests.core.banking.samples import camt, entry, part

AGAIN = "__RECURSIVITY__"
NAMES = [
    "camt052.v1", "camt052.v2", "camt052.v2.other-account", "camt052.v2.with-account-name", "camt052.v4",
    "camt052.v6", "camt052.v6.Amt-zero", "camt052.v8", "camt053.v2.all-balance-types", "camt053.v2.five.decimals",
    "camt053.v2.minimal", "camt053.v2.minimal.ultimate", "camt053.v2.multi.statement", "camt053.v2.with-account-name",
    "camt053.v2.with-party-ids", "camt053.v3", "camt053.v4", "camt053.v8", "camt054.v2", "camt054.v2.with-account-name",
    "camt054.v4", "camt054.v8", "camt054.v8-with-UETR", "camt054.v8-with-financial-institution",
    "camt53.only-Dt-with-DtTm",
]  # fmt: skip


@pytest.fixture
def folder(shared_data: Path) -> Path:
    found = shared_data / "camt"
    if not found.is_dir():
        pytest.skip("the folder of camt files is not here")
    return found


def minor(money: Any) -> tuple[int, str]:
    return int(money["getAmount"]), money["getCurrency"]["getCode"]


def day(moment: Any) -> date | None:
    return date.fromisoformat(moment["0"][:10]) if moment else None


def told(money: Money) -> tuple[int, str]:
    return money.minor_units, money.currency


@pytest.mark.parametrize("name", NAMES)
def test_reads_what_another_program_reads(folder: Path, name: str) -> None:
    statements = read_camt((folder / f"{name}.xml").read_bytes())
    expected = json.loads((folder / f"{name}.json").read_text())
    if name == "camt053.v2.multi.statement":  # of several statements its dump has the last one's entries
        assert [len(one.entries) for one in statements] == [1, 1]
        statements = statements[-1:]
    entries = [one for statement in statements for one in statement.entries]
    assert len(entries) == len(expected["getEntries"])
    for found, wanted in zip(entries, expected["getEntries"], strict=True):
        same_entry(found, wanted)
    records = [one["getRecord"] for one in expected["getEntries"]] or expected["getRecords"]
    assert len(statements) == len(records)
    for statement, record in zip(statements, records, strict=True):
        same_statement(statement, record)


def same_entry(found: BankEntry, wanted: Any) -> None:
    assert (found.signed_minor, found.amount.currency) == minor(wanted["getAmount"])
    assert found.direction == {"CRDT": Direction.CREDIT, "DBIT": Direction.DEBIT}[wanted["getCreditDebitIndicator"]]
    assert found.status == {"BOOK": EntryStatus.BOOKED, "PDNG": EntryStatus.PENDING}[wanted["getStatus"]]
    assert found.reversal == wanted["getReversalIndicator"]
    assert found.value_on == day(wanted["getValueDate"])
    assert found.booked_on == day(wanted["getBookingDate"]) or not wanted["getBookingDate"]
    assert found.bank_reference == (wanted["getAccountServicerReference"] or "")
    assert sum(one.amount.minor_units for one in found.parts) == found.amount.minor_units
    detail = wanted["getTransactionDetail"]
    if len(wanted["getTransactionDetails"]) != 1 or not detail:
        return
    (one,) = found.parts
    assert one.end_to_end_id == (detail["getReference"] or {}).get("getEndToEndId", "") or not one.end_to_end_id
    remittance = detail["getRemittanceInformation"] or {}
    reference = remittance.get("getCreditorReferenceInformation")
    if isinstance(reference, dict):
        assert one.creditor_reference == reference["getRef"]
    elif remittance.get("getMessage"):
        assert one.text == remittance["getMessage"]


def same_statement(found: BankStatement, record: Any) -> None:
    assert found.account == record["getAccount"]["getIdentification"]
    assert found.reference == record["getId"]
    for kind, balance in (("opening", found.opening), ("closing", found.closing)):
        wanted = [minor(one["getAmount"]) for one in record.get("getBalances", ()) if one["getType"] == kind]
        # It takes the balance of the day before (PRCD) for another opening one.
        assert wanted[:1] == ([told(balance)] if balance else [])


def test_a_file_without_a_statement_is_refused(folder: Path) -> None:
    with pytest.raises(StatementFault) as refused:
        read_camt((folder / "camt053.v2.wrong.xml").read_bytes())
    assert refused.value.code == "NO_STATEMENT"


def test_which_of_the_real_statements_add_up(folder: Path) -> None:
    """The samples are put together: most of the balances are of three currencies. Each is refused by its own name."""
    codes = dict[str, str]()
    for name in NAMES:
        if name.startswith("camt053"):
            for statement in read_camt((folder / f"{name}.xml").read_bytes()):
                try:
                    check(statement)
                except StatementFault as fault:
                    codes[name] = fault.code
    assert codes == {
        "camt053.v2.all-balance-types": "STATEMENT_DOES_NOT_ADD_UP",
        "camt053.v2.five.decimals": "STATEMENT_DOES_NOT_ADD_UP",
        "camt053.v2.minimal": "CURRENCY_MISMATCH",
        "camt053.v2.minimal.ultimate": "CURRENCY_MISMATCH",
        "camt053.v2.with-account-name": "BALANCE_MISSING",
        "camt053.v2.with-party-ids": "CURRENCY_MISMATCH",
        "camt053.v3": "CURRENCY_MISMATCH",
        "camt053.v4": "CURRENCY_MISMATCH",
        "camt053.v8": "CURRENCY_MISMATCH",
    }


def test_a_batch_is_split_into_parts_that_add_up() -> None:
    batch = entry("60.00", ref="B1", parts=part("10.00", e2e="a", text="one") + part("50.00", e2e="b", mandate="M-1"))
    (statement,) = read_camt(camt(batch, opening="0", closing="60.00"))
    check(statement)
    (found,) = statement.entries
    assert [(one.amount.minor_units, one.end_to_end_id, one.mandate_reference, one.text) for one in found.parts] == [
        (1000, "a", "", "one"),
        (5000, "b", "M-1", ""),
    ]


def test_a_batch_that_does_not_add_up_stays_one_and_says_so() -> None:
    batch = entry("60.00", ref="B1", parts=part("10.00", text="one") + part("49.00", text="two"))
    (statement,) = read_camt(camt(batch, opening="0", closing="60.00"))
    (found,) = statement.entries
    assert [(one.amount.minor_units, one.text) for one in found.parts] == [(6000, "one two")]
    assert statement.warnings[0].startswith("BATCH_NOT_SPLIT")


def test_a_batch_may_hold_what_was_returned_of_it() -> None:
    batch = entry("40.00", ref="B1", parts=part("50.00", e2e="a") + part("10.00", e2e="b", cd="DBIT", returned="AC04"))
    (statement,) = read_camt(camt(batch, opening="0", closing="40.00"))
    assert [(one.direction, one.return_reason) for one in statement.entries[0].parts] == [
        (Direction.CREDIT, ""),
        (Direction.DEBIT, "AC04"),
    ]


def test_a_return_names_its_reason_and_who_had_paid() -> None:
    back = entry("10.00", cd="DBIT", ref="R1", reversal=True, parts=part(e2e="a", name="Ana Ruiz", returned="MS03"))
    (statement,) = read_camt(camt(back, opening="10.00", closing="0"))
    (found,) = statement.entries
    assert (found.reversal, found.parts[0].return_reason, found.parts[0].counterparty_name) == (
        True,
        "MS03",
        "Ana Ruiz",
    )


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (camt(entry("10.005"), opening="0", closing="10.00"), "AMOUNT_TOO_PRECISE", "line"),
        (camt(entry("10.00", ccy="XQX"), opening="0", closing="10.00"), "UNKNOWN_CURRENCY", "XQX"),
        (camt(entry("1e3"), opening="0", closing="10.00"), "INVALID_AMOUNT", "1e3"),
        (camt(entry("10.00", cd="UP"), opening="0", closing="10.00"), "ENTRY_INCOMPLETE", "line"),
        (camt(entry("10.00", day="2026-02-30"), opening="0", closing="10.00"), "INVALID_DATE", "2026-02-30"),
        (camt(entry("10.00"), opening="0", closing="10.00")[:-40], "INVALID_XML", "line"),
        (b"<?xml version='1.0'?><a/>", "NOT_CAMT", "'a'"),
        (b"  \n ", "EMPTY_FILE", "empty"),
        (b"%PDF-1.7 something", "UNKNOWN_FORMAT", "neither"),
    ],
)
def test_what_is_refused_while_it_is_read(content: bytes, code: str, words: str) -> None:
    with pytest.raises(StatementFault) as refused:
        read_file(content)
    assert refused.value.code == code
    assert words in refused.value.message
    assert refused.value.remedy


def test_a_statement_that_does_not_add_up_says_the_three_figures() -> None:
    (statement,) = read_camt(camt(entry("10.00"), entry("2.50", cd="DBIT", ref="2"), opening="5.00", closing="13.00"))
    with pytest.raises(StatementFault) as refused:
        check(statement)
    assert refused.value.code == "STATEMENT_DOES_NOT_ADD_UP"
    for figure in ("EUR 5.00", "EUR 7.50", "EUR 13.00"):
        assert figure in refused.value.message


def test_entries_that_are_not_booked_count_nothing() -> None:
    (statement,) = read_camt(
        camt(entry("10.00"), entry("99.00", status="PDNG", ref="2"), opening="5.00", closing="15.00")
    )
    check(statement)
    assert [one.amount.minor_units for one in statement.booked] == [1000]


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">%s]>
"""


@pytest.mark.parametrize(
    "entities",
    [
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">',
        b'<!ENTITY d SYSTEM "file:///etc/hostname">',
        b'<!ENTITY d SYSTEM "http://127.0.0.1:9/x">',
    ],
)
def test_a_file_with_entities_is_refused_and_none_is_read(entities: bytes) -> None:
    body = camt(entry("10.00", parts=part(text="&d;")), opening="0", closing="10.00").split(b"?>", 1)[1]
    with pytest.raises(StatementFault) as refused:
        read_camt(BOMB % entities + body)
    assert refused.value.code == "XML_WITH_DTD"


def test_another_encoding_is_read() -> None:
    text = camt(entry("10.00", parts=part(name="José Ñandú")), opening="0", closing="10.00").decode()
    (statement,) = read_file(text.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert statement.entries[0].parts[0].counterparty_name == "José Ñandú"

"""What banks write beside the standard, in the shapes that files of real banks have."""

from datetime import date

import pytest

from core.banking.csv_layout import read_csv_layout
from core.banking.faults import StatementFault
from core.banking.read_file import check, read_file
from core.banking.statement import BankStatement, EntryStatus
from core.kit.errors import InvalidInput
from tests.core.banking.samples import camt, entry, mt940, part
from tests.core.banking.test_other_formats import ofx


def read(content: bytes) -> BankStatement:
    (statement,) = read_file(content)
    check(statement)
    return statement


def refused(content: bytes) -> StatementFault:
    with pytest.raises(StatementFault) as raised:
        read(content)
    return raised.value


def test_an_amount_of_mt940_with_a_decimal_point_keeps_its_cents() -> None:
    statement = read(
        mt940(
            "260302C000000000300.25NMSCREF-1|paid",
            "260302C000000000000.25NMSCREF-2|paid",
            opening="C260301EUR000000000100.25",
            closing="C260302EUR000000000400.75",
        )
    )
    assert [(one.signed_minor, one.parts[0].end_to_end_id) for one in statement.entries] == [
        (30025, "REF-1"),
        (25, "REF-2"),
    ]
    assert statement.opening and statement.closing
    assert (statement.opening.minor_units, statement.closing.minor_units) == (10025, 40075)


def test_an_amount_of_mt940_with_many_zeros_in_front_keeps_its_end() -> None:
    statement = read(mt940("260302C0000000000000300,05NMSCX", closing="C260302EUR00000000000000300,05"))
    assert [one.signed_minor for one in statement.entries] == [30005]


@pytest.mark.parametrize("amount", ["1.500", "1.500,00", "1,500.00"])
def test_an_amount_of_mt940_that_may_be_two_is_refused(amount: str) -> None:
    found = refused(mt940(f"260302C{amount}NTRFX", closing="C260302EUR1500,00"))
    assert (found.code, "(line 5)" in found.message) == ("AMBIGUOUS_AMOUNT", True)


def test_a_balance_of_mt940_that_is_no_amount_is_refused() -> None:
    found = refused(mt940("260302C5,00NTRFX", closing="C260302EUR5 00,00"))
    assert (found.code, "(line 6)" in found.message) == ("INVALID_AMOUNT", True)


def test_balances_of_mt940_in_two_currencies_are_refused() -> None:
    found = refused(mt940(opening="C260301EUR5,00", closing="C260301USD5,00"))
    assert (found.code, "'USD'" in found.message) == ("CURRENCY_MISMATCH", True)


@pytest.mark.parametrize(
    ("line", "closing", "day"),
    [("260431C5,00NTRFX", "C260430EUR5,", "260431"), ("260302C5,NTRFX", "C261302EUR5,", "261302")],
)
def test_a_day_of_mt940_that_there_is_not_is_named(line: str, closing: str, day: str) -> None:
    found = refused(mt940(line, closing=closing))
    assert (found.code, day in found.message, "(line " in found.message) == ("INVALID_DATE", True, True)


def test_the_thirtieth_of_february_is_its_last_day() -> None:
    statement = read(mt940("2602300227C5,00NTRFX", closing="C260227EUR5,00"))
    assert [(one.value_on, one.booked_on) for one in statement.entries] == [(date(2026, 2, 28), date(2026, 2, 27))]


def test_an_entry_of_mt940_without_a_transaction_type_is_not_lost() -> None:
    lines = ("260302CN20,00//BANK-1|one", "260302DN5,00//BANK-2|two", "260302D1,00NONREF|three")
    statement = read(mt940(*lines, closing="C260302EUR14,00"))
    assert [(one.signed_minor, one.bank_reference, one.parts[0].end_to_end_id) for one in statement.entries] == [
        (2000, "BANK-1", ""),
        (-500, "BANK-2", ""),
        (-100, "", ""),
    ]


def test_a_field_of_mt940_that_nobody_needs_spoils_nothing() -> None:
    content = mt940("260302C5,00NTRFX|paid", closing="C260302EUR5,00", number=" /1")
    content = content.replace(b"\r\n-\r\n", b"\r\n:64:C260302EUR5,00\r\n:65:Dnullnull,5\r\n:86:SUM/1/0\r\n-}\r\n")
    statement = read(content)
    assert [one.parts[0].text for one in statement.entries] == ["paid"]


def test_what_a_bank_says_of_the_statement_is_not_put_into_its_last_entry() -> None:
    content = mt940("260302C5,00NTRFEREF|/REMI/invoice 7/EREF/E2E-7", closing="C260302EUR5,00")
    (found,) = read(content.replace(b"\r\n-\r\n", b"\r\n:86:/SUM/1/0/5,00/0,00/\r\n-}")).entries
    assert (found.parts[0].end_to_end_id, found.parts[0].text) == ("E2E-7", "invoice 7")


@pytest.mark.parametrize("reference", ["KREF+", "EREF", "MARF", "PREF            "])
def test_a_word_for_a_reference_elsewhere_is_none(reference: str) -> None:
    (found,) = read(mt940(f"260302C5,00NTRF{reference}//B1|paid", closing="C260302EUR5,00")).entries
    assert (found.parts[0].end_to_end_id, found.bank_reference) == ("", "B1")


@pytest.mark.parametrize(
    ("line", "said", "account", "name", "text"),
    [
        (
            "NTRFEREF", "/EREF/E-1//CNTP/NL91ABNA0417164300/ABNANL2A/J. Doe///REMI/USTD//invoice 7/",
            "NL91ABNA0417164300", "J. Doe", "invoice 7",
        ),
        (
            "N944NONREF", "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J. Doe/REMI/invoice 7/EREF/E-1",
            "NL91ABNA0417164300", "J. Doe", "invoice 7",
        ),
        ("NTRFNONREF", "/IBAN/NL91ABNA0417164300/NAME/J. Doe/REMI/", "NL91ABNA0417164300", "J. Doe", ""),
        ("NIOBNL91ABNA0417164300", "j doe\r\ninvoice 7", "NL91ABNA0417164300", "", "j doe invoice 7"),
        ("N102EREF\r\nNL91ABNA0417164300", "/EREF/E-1/REMI/invoice 7", "NL91ABNA0417164300", "", "invoice 7"),
    ],
)  # fmt: skip
def test_who_paid_as_dutch_banks_write_it(line: str, said: str, account: str, name: str, text: str) -> None:
    (found,) = read(mt940(f"260302C5,00{line}|{said}", closing="C260302EUR5,00")).entries
    (one,) = found.parts
    assert (one.counterparty_account, one.counterparty_name, one.text) == (account, name, text)
    assert one.end_to_end_id == ("E-1" if "/EREF/" in said else "")


def test_a_structured_reference_of_mt940_is_the_creditor_reference() -> None:
    said = "/CDTRREFTP//CD/SCOR/ISSUER/CUR/CDTRREF/9000000012/"
    (found,) = read(mt940(f"260302C5,00NTRFNONREF|{said}", closing="C260302EUR5,00")).entries
    assert found.parts[0].creditor_reference == "9000000012"


def test_an_interim_report_is_told_from_a_statement_that_lacks_its_balances() -> None:
    content = (
        b":20:MT942\r\n:25:12345678/1\r\n:28C:1/1\r\n:34F:EURC0,\r\n:13D:2603021200+0100\r\n:61:2603020302C5,00NTRFX\r\n"
        b":90C:1EUR5,00\r\n-\r\n"
    )
    assert refused(content).code == "INTERIM_REPORT"


@pytest.mark.parametrize("before", ["", "<?xml version='1.0'?><Envelope xmlns='urn:swift:xsd:envelope'><AppHdr/>"])
def test_camt_in_an_envelope_or_without_a_namespace(before: str) -> None:
    plain = camt(entry("10.00"), opening="0", closing="10.00").decode().split("?>", 1)[1]
    if before:
        content = f"{before}{plain}</Envelope>"
    else:
        content = plain.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', "")
        assert content != plain
    assert [one.signed_minor for one in read(content.encode()).entries] == [1000]


def test_another_message_in_an_envelope_is_none_of_camt() -> None:
    content = "<Envelope><Document xmlns='urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09'><Ntry/></Document></Envelope>"
    assert refused(content.encode()).code == "NOT_CAMT"


def _without(content: bytes, *gone: str) -> bytes:
    text = content.decode()
    for piece in gone:
        assert piece in text
        text = text.replace(piece, "")
    return text.encode()


DATES = ("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", "<ValDt><Dt>2026-03-02</Dt></ValDt>")
STATUS = "<Sts><Cd>BOOK</Cd></Sts>"


def test_an_entry_of_a_statement_of_one_day_was_booked_on_it() -> None:
    (found,) = read(_without(camt(entry("10.00"), opening="0", closing="10.00"), STATUS, *DATES)).entries
    assert (found.status, found.booked_on) == (EntryStatus.BOOKED, date(2026, 3, 2))


def test_no_day_is_guessed_where_a_statement_has_two() -> None:
    content = _without(camt(entry("10.00"), opening="0", closing="10.00"), *DATES)
    assert refused(content.replace(b"<Dt>2026-03-02</Dt>", b"<Dt>2026-03-01</Dt>", 1)).code == "ENTRY_INCOMPLETE"


def test_no_status_is_guessed_in_a_report() -> None:
    content = _without(camt(entry("10.00"), opening="0", closing="10.00"), STATUS)
    report = (
        content.replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt").replace(b"Stmt>", b"Rpt>").replace(b".053.", b".052.")
    )
    assert refused(report).code == "ENTRY_INCOMPLETE"


@pytest.mark.parametrize("status", ["INFO", "FUTR", "PDNG"])
def test_what_is_not_booked_may_lack_its_day(status: str) -> None:
    content = camt(entry("10.00", status=status), opening="5.00", closing="5.00")
    content = content.replace(b"<Dt>2026-03-02</Dt>", b"<Dt>2026-03-01</Dt>", 1)
    assert read(_without(content, *DATES)).booked == ()


def test_what_the_bank_wrote_beside_an_entry_is_its_text_where_the_payer_wrote_none() -> None:
    content = camt(
        entry("10.00", parts=part(e2e="a")),
        entry("5.00", ref="2", parts=part(text="mine")),
        opening="0",
        closing="15.00",
    )
    content = content.replace(b"</NtryDtls>", b"</NtryDtls><AddtlNtryInf>beside</AddtlNtryInf>")
    assert [one.parts[0].text for one in read(content).entries] == ["beside", "mine"]


def test_of_many_statements_the_one_that_does_not_add_up_is_named() -> None:
    good = mt940("260302C5,00NTRFX", closing="C260302EUR5,00", number="1/1")
    with pytest.raises(StatementFault, match="of 'STARTUMSE 2/1' EUR 5.00"):
        for statement in read_file(good + mt940(opening="C260302EUR5,00", closing="C260303EUR6,00", number="2/1")):
            check(statement)


def test_utf8_in_an_ofx_file_that_declares_something_else() -> None:
    named = ofx().replace(b"<FITID>A", b"<FITID>A<NAME>" + "José Crédito".encode())
    (found,) = read(named).entries
    assert found.parts[0].counterparty_name == "José Crédito"
    (found,) = read(ofx().replace(b"<FITID>A", b"<FITID>A<NAME>" + "José".encode("cp1252"))).entries
    assert found.parts[0].counterparty_name == "José"


def test_an_unreadable_entry_of_ofx_is_named_by_its_line() -> None:
    broken = b"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260116<TRNAMT>x<FITID>B</STMTTRN>\n</BANKTRANLIST>"
    found = refused(ofx().replace(b"</BANKTRANLIST>", broken))
    assert (found.code, "Of 2 entries, 1" in found.message, "(line 10)" in found.message) == (
        "ENTRY_UNREADABLE",
        True,
        True,
    )
    assert "(line 9)" in refused(ofx("2,000")).message
    assert [one.line for one in read(ofx()).entries] == [9]


def test_a_statement_without_a_currency_says_so() -> None:
    empty = ofx().replace(b"<CURDEF>USD", b"<CURDEF>")
    found = refused(empty[: empty.index(b"<STMTTRN>")] + empty[empty.index(b"</BANKTRANLIST>") :])
    assert (found.code, found.message) == ("ENTRY_INCOMPLETE", "An entry has no currency.")


def csv(layout: dict[str, object], *lines: str, currency: str = "EUR") -> BankStatement:
    content = "\n".join(lines).encode()
    (statement,) = read_file(content, layout=read_csv_layout(layout), account="1", currency=currency)
    return statement


def refused_csv(layout: dict[str, object], *lines: str) -> StatementFault:
    with pytest.raises(StatementFault) as raised:
        csv(layout, *lines)
    return raised.value


WORDS = {
    "columns": {"booked_on": "Datum", "amount": "Bedrag", "direction": "Af Bij"}, "delimiter": ";", "decimal": ",",
    "date_format": "YYYYMMDD", "debit_words": ["Af"], "credit_words": ["bij"],
}  # fmt: skip


def test_the_direction_of_csv_may_stand_in_a_column_of_its_own() -> None:
    statement = csv(WORDS, "Datum;Af Bij;Bedrag", "20260302;Af;1,25", "20260302; BIJ ;2,00")
    assert [one.signed_minor for one in statement.entries] == [-125, 200]


@pytest.mark.parametrize("line", ["20260302;;1,25", "20260302;X;1,25", "20260302;Af;-1,25", "20260302;Bij;1,25-"])
def test_no_direction_of_csv_is_guessed(line: str) -> None:
    found = refused_csv(WORDS, "Datum;Af Bij;Bedrag", line)
    assert (found.code, "(line 2)" in found.message) == ("INVALID_DIRECTION", True)


@pytest.mark.parametrize(
    "change",
    [
        {"debit_words": []},
        {"credit_words": ["AF"]},
        {"columns": {"booked_on": "a", "amount": "b"}},
        {"columns": {"booked_on": "a", "credit": "b", "debit": "c", "direction": "d"}},
        {"debit_words": [], "credit_words": []},
    ],
)
def test_a_direction_has_its_words(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_csv_layout(WORDS | change)
    assert raised.value.code == "INVALID_LAYOUT"


def test_a_line_of_csv_in_another_currency_is_refused() -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount", "currency": "Currency"}}
    assert csv(layout, "Date,Amount,Currency", "2026-03-02,1.00,eur").entries[0].signed_minor == 100
    found = refused_csv(layout, "Date,Amount,Currency", "2026-03-02,1.00,EUR", "2026-03-02,1.00,USD")
    assert (found.code, "line 3" in found.message) == ("CURRENCY_MISMATCH", True)


def test_csv_without_a_header_has_its_columns_by_number() -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "1", "amount": "3", "text": ["2"]}, "header": False}
    statement = csv(layout, "2026-03-02,first,1.00", "2026-03-03,second,-2.00")
    assert [(one.line, one.signed_minor, one.parts[0].text) for one in statement.entries] == [
        (1, 100, "first"),
        (2, -200, "second"),
    ]


def test_quotes_of_csv_may_stand_behind_a_blank() -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount", "text": ["Text"]}}
    (found,) = csv(layout, "Date,Amount,Text", '2026-03-02,1.00, "one, two"').entries
    assert found.parts[0].text == "one, two"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("12.50-", -1250), ("(12.50)", -1250), ("−12.50", -1250), ("+12.50", 1250), ("-.50", -50), ("EUR 12.50", 1250),
        ("12.50 EUR", 1250), ("€ 12.50", 1250), ("1'234.50", 123450), ("-1’234’567.00", -123456700),
    ],
)  # fmt: skip
def test_amounts_of_csv_as_banks_write_them(written: str, minor: int) -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount"}, "delimiter": ";"}
    assert csv(layout, "Date;Amount", f"2026-03-02;{written}").entries[0].signed_minor == minor


@pytest.mark.parametrize("written", ["-12.50-", "(-12.50)", "(12.50", "-", "()", "1'23.00", "USD 12.50", "1-2"])
def test_amounts_of_csv_that_are_none(written: str) -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount"}, "delimiter": ";"}
    assert refused_csv(layout, "Date;Amount", f"2026-03-02;{written}").code == "INVALID_AMOUNT"


@pytest.mark.parametrize(
    ("notation", "written"),
    [
        ("DD.MM.YY", "02.03.26"), ("YYYY/MM/DD", "2026/03/02"), ("YYYY.MM.DD", "2026.03.02."), ("MM/DD/YY", "03/02/26"),
        ("YYYY-MM-DD", "2026-03-02 12:34:56 +0000"), ("YYYY-MM-DD", "2026-03-02T23:59:00Z"), ("DD-MM-YY", "02-03-26"),
        ("DD/MM/YYYY", "2/3/2026 9:05"),
    ],
)  # fmt: skip
def test_days_of_csv_as_banks_write_them(notation: str, written: str) -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount"}, "date_format": notation}
    assert csv(layout, "Date,Amount", f"{written},1.00").entries[0].booked_on == date(2026, 3, 2)


@pytest.mark.parametrize(("notation", "written"), [("DD.MM.YYYY", "02.03.26"), ("DD.MM.YY", "02.03.2026")])
def test_a_year_of_csv_has_the_digits_of_the_layout(notation: str, written: str) -> None:
    layout: dict[str, object] = {"columns": {"booked_on": "Date", "amount": "Amount"}, "date_format": notation}
    assert refused_csv(layout, "Date,Amount", f"{written},1.00").code == "INVALID_DATE"

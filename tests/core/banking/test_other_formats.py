"""OFX as real banks write it, by the corpus's own reading rules; MT940 and CSV."""

from datetime import date
from pathlib import Path

import pytest

from core.banking.csv_layout import read_csv_layout
from core.banking.faults import StatementFault
from core.banking.read_file import check, read_file
from core.banking.statement import BankStatement, Direction, Format
from core.kit.errors import InvalidInput
from core.kit.money import Money
from tests.core.banking.samples import IBAN, csv_lines, mt940

# What the reading rules make of each file, where it is not what the template has.
TEMPLATE = {"amount": -1000, "name": "ANON MERCHANT", "text": "ANON MEMO", "closing": 9000, "reference": ""}
OFX: dict[str, dict[str, object]] = {
    "wells-fargo/header-on-one-line.qfx": {},
    "chase/blank-line-before-header-none-after.qfx": {},
    "chase/non-ascii-byte-declared-usascii.qfx": {"name": "ANON ¦ MERCHANT"},
    "etrade/charset-none-with-encoding-usascii.ofx": {},
    "hsbc-brasil/dtstart-ddmmyy.ofx": {},
    "lcl/check-without-payee.ofx": {"name": "", "text": "", "reference": "1090381"},
    "onpoint-community-credit-union/self-closing-memo-tag.ofx": {"text": ""},
    "unnamed-bank/charset-8859-1-without-iso-prefix.qfx": {},
    "unnamed-bank/character-outside-latin1.ofx": {"name": "ANON UPRAVA č"},
    "unnamed-bank/xml-declaration-ofx-2.ofx": {"name": "ANON ÉNERGIE"},
    "unnamed-bank/blank-line-before-header.ofx": {},
    "unnamed-bank/amount-comma-decimal.ofx": {"amount": -200000, "closing": 200000},
    "unnamed-bank/amount-plus-sign-and-space.ofx": {"amount": 100660},
    "unnamed-bank/zero-date.ofx": {},
    "unnamed-bank/chknum-instead-of-checknum.ofx": {"reference": "1932"},
    "unnamed-bank/mixed-case-trntype.ofx": {},
    "unnamed-bank/tags-outside-spec.ofx": {},
}


@pytest.fixture
def banks(shared_data: Path) -> Path:
    found = shared_data / "ofx_bankfile" / "banks"
    if not found.is_dir():
        pytest.skip("the corpus of OFX files is not here")
    return found


@pytest.mark.parametrize("name", OFX)
def test_ofx_of_a_real_bank(banks: Path, name: str) -> None:
    (statement,) = read_file((banks / name).read_bytes())
    check(statement)
    wanted = TEMPLATE | OFX[name]
    (entry,) = statement.entries
    (part,) = entry.parts
    assert (statement.format, statement.account, statement.currency) == (Format.OFX, "0000123456", "USD")
    assert (entry.booked_on, entry.bank_reference) == (date(2026, 1, 15), "T0001")
    assert (entry.signed_minor, statement.opening, statement.closing) == (
        wanted["amount"], None, Money(int(str(wanted["closing"])), "USD"),
    )  # fmt: skip
    assert (part.counterparty_name, part.text, part.end_to_end_id) == (
        wanted["name"], wanted["text"], wanted["reference"],
    )  # fmt: skip


def test_every_ofx_file_is_in_the_table(banks: Path) -> None:
    found = {str(path.relative_to(banks)) for path in banks.rglob("*.?fx")}
    assert found == {*OFX, "unnamed-bank/empty-tags-curdef-fitid-name.ofx"}


def test_ofx_without_a_currency_is_refused_and_none_is_guessed(banks: Path) -> None:
    with pytest.raises(StatementFault) as refused:
        read_file((banks / "unnamed-bank/empty-tags-curdef-fitid-name.ofx").read_bytes())
    assert (refused.value.code, "currency" in refused.value.message) == ("ENTRY_INCOMPLETE", True)


OFX_TEXT = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>{account}</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260101<DTEND>20260131
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260115<TRNAMT>{amount}<FITID>{fitid}</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS>{more}</BANKMSGSRSV1></OFX>
"""


def ofx(amount: str = "1.00", account: str = "111", fitid: str = "A", more: str = "") -> bytes:
    return OFX_TEXT.format(amount=amount, account=account, fitid=fitid, more=more).encode()


def test_each_statement_of_an_ofx_file_is_read_by_itself() -> None:
    second = ofx("2.00", "222", "B").decode().split("<BANKMSGSRSV1>")[1].split("</BANKMSGSRSV1>")[0]
    found = read_file(ofx(more=second))
    assert [(one.account, [entry.signed_minor for entry in one.entries], one.warnings) for one in found] == [
        ("111", [100], ()), ("222", [200], ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("2,000", "AMBIGUOUS_AMOUNT"),
        ("1.005", "AMOUNT_TOO_PRECISE"),
        ("", "ENTRY_UNREADABLE"),
        ("x", "ENTRY_UNREADABLE"),
    ],
)
def test_no_amount_of_ofx_is_guessed(amount: str, code: str) -> None:
    with pytest.raises(StatementFault) as refused:
        read_file(ofx(amount))
    assert refused.value.code == code


GERMAN = mt940(
    "2603020302CR150,25NTRFNONREF//B1|166?00GUTSCHRIFT?20EREF+E2E-77?21MREF+M-4711?22SVWZ+Rechnung ACC-100200"
    "?23 vom Maerz?30DEUTDEFF?31DE42100100100043921105?32Richter Renate",
    "2603030303RC20,00NTRFNONREF//B2|109?00RUECKLASTSCHRIFT?20EREF+E2E-12?22SVWZ+zurueck?32Muster",
    "2603040304C1,5NTRFREF 5//B3|/EREF/E2E-88/MARF/MM1/REMI/USTD//debt 5500 RF18539007547034/NAME/J. Doe"
    "/IBAN/NL91ABNA0417164300",
    opening="C260301EUR1000,00",
    closing="C260304EUR1131,75",
)


def test_mt940_german_and_swift_subfields_and_the_sign_of_reversals() -> None:
    (statement,) = read_file(GERMAN)
    check(statement)
    assert (statement.account, statement.currency, statement.reference) == (IBAN, "EUR", "STARTUMSE 1/1")
    assert (statement.from_on, statement.to_on) == (date(2026, 3, 1), date(2026, 3, 4))
    first, back, swift = statement.entries
    (part,) = first.parts
    assert (part.end_to_end_id, part.mandate_reference) == ("E2E-77", "M-4711")
    assert (part.counterparty_name, part.counterparty_account) == ("Richter Renate", IBAN)
    assert part.text == "Rechnung ACC-100200 vom Maerz"
    assert (back.signed_minor, back.reversal, back.parts[0].return_reason) == (-2000, True, "109")
    assert (swift.amount, swift.line) == (Money(150, "EUR"), 9)
    assert swift.parts[0].text == "debt 5500 RF18539007547034"
    assert (swift.parts[0].end_to_end_id, swift.parts[0].counterparty_name) == ("E2E-88", "J. Doe")


def test_mt940_blocks_are_statements_of_their_own() -> None:
    second = mt940("2603050305C9,NTRFX//C1", opening="C260305USD0,", closing="C260305USD9,", account="999")
    found = read_file(GERMAN + second)
    for one in found:
        check(one)
    assert [(one.account, one.currency, len(one.entries)) for one in found] == [(IBAN, "EUR", 3), ("999", "USD", 1)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (mt940("260302XX5,00NTRFX//C1", closing="C260302EUR5,00"), "ENTRY_UNREADABLE"),
        (mt940("2603020302C5,005NTRFX//C1", closing="C260302EUR5,00"), "AMOUNT_TOO_PRECISE"),
        (mt940("2603020302C5,00NTRFX//C1", closing="C260302EUR6,00"), "STATEMENT_DOES_NOT_ADD_UP"),
        (GERMAN.replace(b":62F:C260304EUR1131,75\r\n", b""), "BALANCE_MISSING"),
    ],
)
def test_mt940_that_loses_money_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(StatementFault) as refused:
        for statement in read_file(content):
            check(statement)
    assert refused.value.code == code


LAYOUT = read_csv_layout(
    {
        "columns": {
            "booked_on": "Fecha", "amount": "Valor", "text": ["Concepto"], "bank_reference": "Referencia",
            "balance": "Saldo",
        },
        "delimiter": ";", "decimal": ",", "date_format": "DD/MM/YYYY",
    }
)  # fmt: skip
ROWS = (
    ("02/03/2026", "$ 1.234.567,50", "abono ACC-1", "R1", "2.234.567,50"),
    ("03/03/2026", "-67,50", "comisión", "R2", "2.234.500,00"),
)


def read(content: bytes) -> BankStatement:
    (statement,) = read_file(content, layout=LAYOUT, account="123", currency="COP")
    check(statement)
    return statement


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]])
def test_csv_in_either_order_adds_up_by_its_balances(rows: tuple[tuple[str, ...], ...]) -> None:
    statement = read(csv_lines(*rows))
    assert (statement.opening, statement.closing) == (Money(100000000, "COP"), Money(223450000, "COP"))
    assert {(one.signed_minor, one.direction, one.booked_on) for one in statement.entries} == {
        (123456750, Direction.CREDIT, date(2026, 3, 2)), (-6750, Direction.DEBIT, date(2026, 3, 3)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_lines(("02/03/2026", "1,234", "x", "R", "")), "AMOUNT_TOO_PRECISE"),
        (csv_lines(("02/03/2026", "1,234.50", "x", "R", "")), "INVALID_AMOUNT"),
        (csv_lines(("02/03/2026", "12.34", "x", "R", "")), "INVALID_AMOUNT"),
        (csv_lines(("02/03/2026", "", "x", "R", "")), "ENTRY_INCOMPLETE"),
        (csv_lines(("31/02/2026", "1,00", "x", "R", "")), "INVALID_DATE"),
        (csv_lines(("02/03/2026", "1,00", "x")), "INVALID_CSV"),
        (csv_lines(("02/03/2026", "1,00", '"x', "R", "")), "INVALID_CSV"),
        (csv_lines(header="Fecha;Valor;Referencia;Saldo"), "COLUMN_MISSING"),
        (csv_lines(ROWS[0], ("03/03/2026", "-67,50", "x", "R2", "9,00")), "STATEMENT_DOES_NOT_ADD_UP"),
        ("Fecha;Valor;Concepto;Referencia;Saldo\n02/03/2026;1,00;ñ;R;".encode("cp1252"), "WRONG_ENCODING"),
    ],
)
def test_csv_that_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(StatementFault) as refused:
        read(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "columns",
    [
        {"booked_on": "a"},
        {"booked_on": "a", "amount": "b", "credit": "c", "debit": "d"},
        {"booked_on": "a", "credit": "c"},
        {"booked_on": "a", "amount": "b", "colour": "c"},
    ],
)
def test_a_layout_says_an_amount_in_one_way(columns: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_csv_layout({"columns": columns})
    assert refused.value.code == "INVALID_LAYOUT"

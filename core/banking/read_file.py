"""A bank's file, of whatever format: which one it is, read, and checked before anything is posted."""

import re

from core.banking.camt import read_camt
from core.banking.csv_file import read_csv
from core.banking.csv_layout import CsvLayout
from core.banking.faults import at_line, fault, incomplete, read_amount
from core.banking.mt940 import read_mt940
from core.banking.ofx import read_ofx
from core.banking.statement import BankStatement, Format
from core.kit.money import Money

_OFX = re.compile(rb"OFXHEADER|<OFX[>\s]|<\?OFX", re.IGNORECASE)
_MT940 = re.compile(rb"(?m)^:20:")
_HEAD = 8192


def format_of(data: bytes) -> Format | None:
    """The format that the file shows; None where it shows none, as CSV does."""
    head = data[:_HEAD]
    if _OFX.search(head):
        return Format.OFX
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if plain.startswith(b"<"):
        return Format.CAMT
    return Format.MT940 if _MT940.search(data.replace(b"\r", b"\n")) else None


def read_file(
    data: bytes, *, layout: CsvLayout | None = None, account: str = "", currency: str = ""
) -> tuple[BankStatement, ...]:
    """The statements of a file. CSV is read by the `layout` of the account that it was given for.

    Raises: StatementFault (EMPTY_FILE, UNKNOWN_FORMAT, what the formats refuse).
    """
    if not data.strip():
        raise fault("EMPTY_FILE", "The file is empty.", "Give it again; it may have been cut on the way.")
    found = format_of(data)
    if found is Format.CAMT:
        return read_camt(data)
    if found is Format.MT940:
        return read_mt940(data)
    if found is Format.OFX:
        return read_ofx(data)
    if layout is None:
        raise fault(
            "UNKNOWN_FORMAT",
            "The file is neither camt.053, MT940 nor OFX.",
            "For CSV, save the layout of the account and name the account with the file.",
        )
    return read_csv(data, layout, account, currency)


def check(statement: BankStatement) -> None:
    """What has to hold before a statement is posted.

    Raises: StatementFault (UNKNOWN_CURRENCY, BALANCE_MISSING, ENTRY_INCOMPLETE, CURRENCY_MISMATCH,
    STATEMENT_DOES_NOT_ADD_UP with the three figures).
    """
    if not statement.currency:
        raise incomplete("currency", None)
    read_amount("0", statement.currency)
    for balance in (statement.opening, statement.closing):
        if balance is None and statement.balances_due:
            raise fault(
                "BALANCE_MISSING",
                f"The statement '{statement.reference}' lacks its opening or closing booked balance.",
                "Ask the bank for the whole statement.",
            )
        _same_currency(statement, balance, None)
    for entry in statement.booked:
        _same_currency(statement, entry.amount, entry.line)
        if entry.booked_on is None:
            raise incomplete("date", entry.line)
    _adds_up(statement)


def _same_currency(statement: BankStatement, money: Money | None, line: int | None) -> None:
    if money is not None and money.currency != statement.currency:
        raise fault(
            "CURRENCY_MISMATCH",
            f"The account is in {statement.currency}, and an amount of it in {money.currency}{at_line(line)}.",
            "Ask the bank for a statement in the account's currency.",
        )


def _adds_up(statement: BankStatement) -> None:
    if statement.opening is None or statement.closing is None:
        return
    total = Money(sum(entry.signed_minor for entry in statement.booked), statement.currency)
    if statement.opening + total != statement.closing:
        which = f" of '{statement.reference}'" if statement.reference else ""
        raise fault(
            "STATEMENT_DOES_NOT_ADD_UP",
            f"Opening balance{which} {statement.opening.formatted()} and entries {total.formatted()} make "
            f"{(statement.opening + total).formatted()}, and the closing balance is {statement.closing.formatted()}.",
            "Entries are missing or doubled: ask the bank for the statement again. Nothing of it was posted.",
        )

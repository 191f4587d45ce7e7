"""OFX and QFX, by the library bankfile, which reads what banks really write (its reading rules have each case).

It reads one statement a file, so the file is cut at each. An amount that it calls ambiguous, or an entry that it leaves
out, would be a wrong figure here or money lost: such a file is refused. OFX has no opening balance.

It believes the encoding that the header declares. Banks declare US-ASCII or cp1252 and write UTF-8, which nothing else
can be by chance: what is UTF-8 is read as such, whatever is declared.
"""

import re
from itertools import accumulate

from bankfile import Transaction
from bankfile.ofx.reader import read_ofx as read_one
from bankfile.transaction_types import FEE

from core.banking.faults import at_line, fault, incomplete, line_numbers, no_statement, read_amount
from core.banking.statement import BankEntry, BankStatement, Direction, EntryPart, Format, given

_STATEMENT = re.compile(rb"(?i)(?=<(?:CC)?STMTRS>)")
_END = re.compile(rb"(?i)</(?:CC)?STMTRS>")
_ENTRY = re.compile(rb"(?i)<STMTTRN>")
_UTF8 = b"OFXHEADER:100\nENCODING:UTF-8\n\n"


def read_ofx(data: bytes) -> tuple[BankStatement, ...]:
    """Raises: StatementFault (NO_STATEMENT, ENTRY_UNREADABLE, AMBIGUOUS_AMOUNT, ENTRY_INCOMPLETE, those of amounts)."""
    unified = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    before, *sections = _STATEMENT.split(unified)
    if not sections:
        raise no_statement()
    header = before[: before.upper().find(b"<OFX>")] if b"<OFX>" in before.upper() else before
    if not data.isascii() and _is_utf8(data):
        header = _UTF8
    places = list(accumulate((len(section) for section in sections), initial=len(before)))
    return tuple(
        _statement(header + b"<OFX>\n", _END.split(section, maxsplit=1)[0], line)
        for section, line in zip(sections, line_numbers(unified, places[:-1]), strict=True)
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _statement(header: bytes, section: bytes, line: int) -> BankStatement:
    kind = b"CCSTMTRS" if section[1:3].upper() == b"CC" else b"STMTRS"
    found = read_one(header + section + b"</" + kind + b"></OFX>\n")
    places = [match.start() for match in _ENTRY.finditer(section)]
    lines = list(line_numbers(section, places, line))
    if len(found.transactions) != len(lines):
        pieces = [section[start:end] for start, end in zip(places, [*places[1:], None], strict=True)]
        raise fault(
            "ENTRY_UNREADABLE",
            f"Of {len(lines)} entries, {len(found.transactions)} have a day and an amount that can be read"
            f"{at_line(_first_unreadable(header, pieces, lines))}.",
            "Ask the bank for the file again, or for another format.",
        )
    doubt = next((one for one in found.warnings if one.rule == "amount" and one.field == "TRNAMT"), None)
    if doubt is not None:
        written = (at for one, at in zip(found.transactions, lines, strict=True) if one.raw["TRNAMT"] == doubt.value)
        message = f"{doubt.message[:300]}{at_line(next(written, None))}"
        raise fault("AMBIGUOUS_AMOUNT", message, "Ask the bank for the file with a decimal point.")
    currency, closing = found.currency or "", found.closing_balance
    days = [one.date for one in found.transactions]
    return BankStatement(
        format=Format.OFX,
        account=given(found.account),
        currency=currency,
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        closing=read_amount(format(closing, "f"), currency) if closing is not None and currency else None,
        entries=tuple(_entry(one, currency, at) for one, at in zip(found.transactions, lines, strict=True)),
        warnings=tuple(f"{warning.rule.upper()}: {warning.message}"[:300] for warning in found.warnings),
    )


def _first_unreadable(header: bytes, pieces: list[bytes], lines: list[int]) -> int | None:
    """The line of the first entry that the library leaves out also where it stands alone."""
    for piece, line in zip(pieces, lines, strict=True):
        if not read_one(header + b"<STMTRS><BANKTRANLIST>" + piece + b"</BANKTRANLIST></STMTRS></OFX>").transactions:
            return line
    return None


def _entry(one: Transaction, currency: str, line: int) -> BankEntry:
    known = one.currency or currency
    if not known:
        raise incomplete("currency", line)
    amount = read_amount(format(abs(one.amount), "f"), known, line)
    direction = Direction.DEBIT if one.amount < 0 else Direction.CREDIT
    part = EntryPart(
        amount=amount,
        direction=direction,
        end_to_end_id=given(one.reference or one.check_number),
        text=given(one.purpose, 1000),
        counterparty_name=given(one.counterparty_name),
        counterparty_account=given(one.counterparty_account),
    )
    return BankEntry(
        amount=amount,
        direction=direction,
        booked_on=one.date,
        value_on=one.booking_date,
        bank_reference=given(one.bank_reference),
        parts=(part,),
        line=line,
        charge=one.type_code == FEE,
    )

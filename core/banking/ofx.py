"""OFX and QFX, by the library bankfile, which reads what banks really write (its reading rules have each case).

It reads one statement a file, so the file is cut at each. An amount that it calls ambiguous, or an entry that it leaves
out, would be a wrong figure here or money lost: such a file is refused. OFX has no opening balance.
"""

import re

from bankfile import Transaction
from bankfile.ofx.reader import read_ofx as read_one
from bankfile.transaction_types import FEE

from core.banking.faults import fault, incomplete, no_statement, read_amount
from core.banking.statement import BankEntry, BankStatement, Direction, EntryPart, Format, given

_STATEMENT = re.compile(rb"(?i)(?=<(?:CC)?STMTRS>)")
_END = re.compile(rb"(?i)</(?:CC)?STMTRS>")
_ENTRY = re.compile(rb"(?i)<STMTTRN>")


def read_ofx(data: bytes) -> tuple[BankStatement, ...]:
    """Raises: StatementFault (NO_STATEMENT, ENTRY_UNREADABLE, AMBIGUOUS_AMOUNT, ENTRY_INCOMPLETE, those of amounts)."""
    before, *sections = _STATEMENT.split(data)
    if not sections:
        raise no_statement()
    header = before[: before.upper().find(b"<OFX>")] if b"<OFX>" in before.upper() else before
    return tuple(_statement(header + b"<OFX>\n", _END.split(section, maxsplit=1)[0]) for section in sections)


def _statement(header: bytes, section: bytes) -> BankStatement:
    kind = b"CCSTMTRS" if section[1:3].upper() == b"CC" else b"STMTRS"
    found = read_one(header + section + b"</" + kind + b"></OFX>\n")
    count = len(_ENTRY.findall(section))
    if len(found.transactions) != count:
        raise fault(
            "ENTRY_UNREADABLE",
            f"Of {count} entries, {len(found.transactions)} have a day and an amount that can be read.",
            "Ask the bank for the file again, or for another format.",
        )
    doubt = next((one for one in found.warnings if one.rule == "amount" and one.field == "TRNAMT"), None)
    if doubt is not None:
        raise fault("AMBIGUOUS_AMOUNT", doubt.message[:300], "Ask the bank for the file with a decimal point.")
    currency, closing = found.currency or "", found.closing_balance
    days = [one.date for one in found.transactions]
    return BankStatement(
        format=Format.OFX,
        account=given(found.account),
        currency=currency,
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        closing=read_amount(format(closing, "f"), currency) if closing is not None and currency else None,
        entries=tuple(_entry(one, currency) for one in found.transactions),
        warnings=tuple(f"{warning.rule.upper()}: {warning.message}"[:300] for warning in found.warnings),
    )


def _entry(one: Transaction, currency: str) -> BankEntry:
    known = one.currency or currency
    if not known:
        raise incomplete("currency", None)
    amount = read_amount(format(abs(one.amount), "f"), known)
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
        charge=one.type_code == FEE,
    )

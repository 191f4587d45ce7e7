"""SWIFT MT940, by the library bankfile (over mt-940): it knows the dialects of field 86 and the signs of reversals.

Each `:20:` block is read alone, so that its balances stay with its entries and no account gets another's. What the
library leaves aside with a warning would be money lost here: such a file is refused.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate

from bankfile import Statement, Transaction
from bankfile.mt940_adapter import read_mt940 as read_block
from bankfile.transaction_types import FEE

from core.banking.faults import fault, incomplete, line_numbers, no_statement, read_amount
from core.banking.mt940_block import needed
from core.banking.statement import BankEntry, BankStatement, Direction, EntryPart, Format, given
from core.kit.money import Money

_BLOCK = re.compile(rb"(?m)^(?=:20:)")
_ENTRY = re.compile(rb"(?m)^:\n?61:")
_NUMBER = re.compile(rb"(?m)^:28C?:\s*([^\n]*)")
_OPENED = re.compile(rb"(?m)^:60[FM]:[CD](\d{6})")
_CLOSED = re.compile(rb"(?m)^:62[FM]:[CD](\d{6})")
_REVERSALS = ("RC", "RD")
# SWIFT's own structure of field 86, for banks that do not write the German one: /EREF/…/MARF/…/REMI/…
_SUBFIELD = re.compile(
    "/(ACCW|ADDR|BENM|BIC|CDTRREF|CDTRREFTP|CHGS|CNTP|CSID|EREF|EXCH|IBAN|INIT|ISDT|KREF|MARF|NAME|OCMT|ORDP|PREF|PURP"
    "|REMI|RTRN|SVCL|TRCD|TRTP|UCRD|UDTR|ULTB|ULTC|ULTD)/"
)
_SEE_FIELD_86 = frozenset({"EREF", "KREF", "MARF", "PREF"})
"""What banks write for a reference that stands in field 86: it names none, and is the same in entry after entry."""
_RETURNS = ("RTI", "108", "109")
"""What says that a payment was returned: SWIFT's transaction type, and the German codes (GVC) of direct debits."""


def read_mt940(data: bytes) -> tuple[BankStatement, ...]:
    """Raises: StatementFault (NO_STATEMENT, INTERIM_REPORT, ENTRY_UNREADABLE, ENTRY_INCOMPLETE, INVALID_DATE, and those
    of amounts)."""
    unified = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    blocks = [block for block in _BLOCK.split(unified) if block.startswith(b":20:")]
    if not blocks:
        raise no_statement()
    places = list(accumulate((len(block) for block in blocks), initial=unified.index(blocks[0])))
    return tuple(
        _statement(block, line) for block, line in zip(blocks, line_numbers(unified, places[:-1]), strict=True)
    )


def _statement(block: bytes, line: int) -> BankStatement:
    found = read_block(needed(block, line))
    lines = list(line_numbers(block, (match.start() for match in _ENTRY.finditer(block)), line))
    if len(found.transactions) != len(lines):
        said = next((warning.message for warning in found.warnings if "could not" in warning.message), "")
        raise fault(
            "ENTRY_UNREADABLE",
            f"Of the {len(lines)} entries of the statement in line {line}, {len(found.transactions)} can be read. "
            f"{said[:200]}".rstrip(),
            "Ask the bank for the statement again, or for camt.053.",
        )
    number = _NUMBER.search(block)
    sequence = number.group(1).decode("ascii", "replace").strip() if number else ""
    reference = block[4:].split(b"\n", 1)[0].decode("ascii", "replace")
    return BankStatement(
        format=Format.MT940,
        balances_due=True,
        account=given(found.account),
        currency=found.currency or "",
        reference=given(f"{reference} {sequence}"),
        from_on=_balance_day(_OPENED, block),
        to_on=_balance_day(_CLOSED, block),
        opening=_money(found, found.opening_balance, line),
        closing=_money(found, found.closing_balance, line),
        entries=tuple(_entry(one, at) for one, at in zip(found.transactions, lines, strict=True)),
        warnings=tuple(f"{warning.rule.upper()}: {warning.message}"[:300] for warning in found.warnings),
    )


def _balance_day(pattern: re.Pattern[bytes], block: bytes) -> date | None:
    found = pattern.search(block)
    try:
        return datetime.strptime(found.group(1).decode(), "%y%m%d").date() if found else None  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _money(found: Statement, amount: Decimal | None, line: int) -> Money | None:
    return None if amount is None else read_amount(format(amount, "f"), found.currency or "", line)


def _entry(one: Transaction, line: int) -> BankEntry:
    if one.currency is None:
        raise incomplete("currency", line)
    amount = read_amount(format(abs(one.amount), "f"), one.currency, line)
    direction = Direction.DEBIT if one.amount < 0 else Direction.CREDIT
    raw = {name: value for name, value in one.raw.items() if isinstance(value, str)}
    reversal = raw.get("status") in _REVERSALS
    fields = _fields(raw.get("transaction_details", ""))
    codes = (raw.get("id", "")[1:], raw.get("transaction_code", ""))
    returned = fields.get("RTRN") or next((code for code in codes if code in _RETURNS), "")
    reference = raw.get("customer_reference") or ""
    if reference.rstrip("+ ") in _SEE_FIELD_86:
        reference = ""
    # An account in the place of the reference is longer than that, so that the library cuts it in two.
    written = (reference, raw.get("extra_details", ""), reference + raw.get("extra_details", ""))
    account = fields.get("IBAN") or one.counterparty_account or _iban(*written)
    part = EntryPart(
        amount=amount,
        direction=direction,
        end_to_end_id=given(
            fields.get("EREF") or raw.get("end_to_end_reference") or ("" if account in written[::2] else reference)
        ),
        mandate_reference=given(fields.get("MARF") or raw.get("additional_position_reference")),
        creditor_reference=given(fields.get("CDTRREF")),
        text=given(fields.get("REMI", one.purpose), 1000),
        counterparty_name=given(fields.get("NAME") or one.counterparty_name),
        counterparty_account=given(account),
        return_reason=given(returned),
    )
    return BankEntry(
        amount=amount,
        direction=direction,
        booked_on=one.booking_date or one.date,
        value_on=one.date,
        reversal=reversal,
        bank_reference=given(one.bank_reference),
        parts=(part,),
        line=line,
        charge=one.type_code == FEE,
    )


def _iban(*texts: str) -> str:
    """The payer's account where the bank wrote it beside the amount, as Dutch banks do, and not into field 86."""
    from stdnum import iban  # here, as what serves never looks for one

    return next((text.strip() for text in texts if iban.is_valid(text)), "")


def _fields(details: str) -> dict[str, str]:
    """The subfields of a SWIFT field 86; of REMI what follows its own label (USTD//, STRD/CUR/).

    CNTP, by which ING tells the other side, has account, BIC and name in it.
    """
    pieces = _SUBFIELD.split("".join(details.split("\n")))
    found = dict(zip(pieces[1::2], (piece.rstrip(" /").lstrip() for piece in pieces[2::2]), strict=True))
    if "REMI" in found:
        found["REMI"] = re.sub(r"^(USTD//|STRD/(CUR|ISO)/)", "", found["REMI"])
    account, _, name = (*found.pop("CNTP", "").split("/"), "", "", "")[:3]
    return {"IBAN": account, "NAME": name} | found

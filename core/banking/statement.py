"""What a bank statement says, whatever format it came in. Amounts are never negative: the direction says which way."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.kit.money import Money

ABSENT = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NONE", "NOREF"})
"""What banks write where there is no reference (SWIFT, ISO 20022 usage guidelines)."""


class Format(StrEnum):
    CAMT = "CAMT"
    MT940 = "MT940"
    OFX = "OFX"
    CSV = "CSV"


class Direction(StrEnum):
    """CREDIT: the account has more after it. Of a reversal too it is what the entry itself does."""

    CREDIT = "CREDIT"
    DEBIT = "DEBIT"


class EntryStatus(StrEnum):
    """Only BOOKED entries are money; the bank may still withdraw the others."""

    BOOKED = "BOOKED"
    PENDING = "PENDING"
    INFORMATION = "INFORMATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPart:
    """One payment inside an entry. The counterparty is who paid; of a plain debit, who was paid.

    `creditor_reference` is structured remittance (of ISO 11649 where it begins with RF), `text` the unstructured one.
    `return_reason` is the bank's code (ISO 20022 external code, NACHA R01, …); "" says that nothing was returned.
    """

    amount: Money
    direction: Direction
    end_to_end_id: str = ""
    mandate_reference: str = ""
    creditor_reference: str = ""
    text: str = ""
    counterparty_name: str = ""
    counterparty_account: str = ""
    return_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEntry:
    """One line of a statement. Its parts add up to it; an entry that the bank did not split has one part.

    `line` is where it stands in the file, as far as the format tells. `charge`: by its code it is a fee of the bank's,
    or a tax on the account.
    """

    amount: Money
    direction: Direction
    booked_on: date | None
    value_on: date | None
    status: EntryStatus = EntryStatus.BOOKED
    reversal: bool = False
    bank_reference: str = ""
    parts: tuple[EntryPart, ...]
    line: int | None = None
    charge: bool = False

    @property
    def signed_minor(self) -> int:
        return signed(self.amount.minor_units, self.direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """One account over one period. Balances are signed and None where the format or the bank gives none; `warnings` are
    what was odd and did not matter to the money. `balances_due`: the format has both balances, so that a statement
    without them is not whole (camt.053, MT940; not reports, notifications, OFX and CSV)."""

    format: Format
    balances_due: bool = False
    account: str
    currency: str
    reference: str = ""
    from_on: date | None = None
    to_on: date | None = None
    opening: Money | None = None
    closing: Money | None = None
    entries: tuple[BankEntry, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def booked(self) -> tuple[BankEntry, ...]:
        return tuple(entry for entry in self.entries if entry.status is EntryStatus.BOOKED)


def signed(minor: int, direction: Direction) -> int:
    return minor if direction is Direction.CREDIT else -minor


def opposite(direction: Direction) -> Direction:
    return Direction.DEBIT if direction is Direction.CREDIT else Direction.CREDIT


def given(text: str | None, most: int = 140) -> str:
    """A reference or a name without the words that stand for none, blanks folded, cut at `most` letters."""
    plain = " ".join((text or "").replace("\0", "").split())
    return "" if plain.upper() in ABSENT else plain[:most]


def compact_account(text: str) -> str:
    """An account's number without blanks and separators, in capitals: as IBANs are compared."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())

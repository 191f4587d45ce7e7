"""What bank accounts, files, entries and references may be."""

from enum import StrEnum


class AccountKind(StrEnum):
    """TRUST holds other people's money; OPERATING the agency's own."""

    TRUST = "TRUST"
    OPERATING = "OPERATING"


class FileState(StrEnum):
    """REJECTED: refused whole, with `error_code`; nothing of it was posted, and the file is kept."""

    UPLOADED = "UPLOADED"
    IMPORTED = "IMPORTED"
    REJECTED = "REJECTED"


class EntryState(StrEnum):
    """IGNORED: nothing is to be done about it, and `match_reason` says why."""

    UNMATCHED = "UNMATCHED"
    MATCHED = "MATCHED"
    IGNORED = "IGNORED"


class Rung(StrEnum):
    """By what an entry was matched, the surest first. RETURN: it takes back the payment of an earlier entry."""

    MANDATE_REFERENCE = "MANDATE_REFERENCE"
    CREDITOR_REFERENCE = "CREDITOR_REFERENCE"
    ACCOUNT_NUMBER = "ACCOUNT_NUMBER"
    DEBTOR_IDENTIFIER = "DEBTOR_IDENTIFIER"
    AMOUNT = "AMOUNT"
    RETURN = "RETURN"
    MANUAL = "MANUAL"


class ReferenceKind(StrEnum):
    """MANDATE of a direct debit, PLAN of payments, RF: a creditor reference of ISO 11649."""

    MANDATE = "MANDATE"
    PLAN = "PLAN"
    RF = "RF"

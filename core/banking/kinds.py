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
    """By what an entry was matched, the surest first. RETURN: it takes back the payment of an earlier entry.

    Of what the agency itself sends: END_TO_END, the reference that was written into the transfer; STATEMENT_NUMBER, the
    creditor's code and the number of its statement, also where its invoice is paid; BENEFICIARY, the amount and who was
    paid. CHARGE: the bank's own. OWN_ACCOUNT: each of two lines names the trust account of the other. REMITTANCE: it
    names what lawyers remit, which adds up to just this.
    """

    MANDATE_REFERENCE = "MANDATE_REFERENCE"
    CREDITOR_REFERENCE = "CREDITOR_REFERENCE"
    ACCOUNT_NUMBER = "ACCOUNT_NUMBER"
    DEBTOR_IDENTIFIER = "DEBTOR_IDENTIFIER"
    AMOUNT = "AMOUNT"
    RETURN = "RETURN"
    MANUAL = "MANUAL"
    END_TO_END = "END_TO_END"
    STATEMENT_NUMBER = "STATEMENT_NUMBER"
    BENEFICIARY = "BENEFICIARY"
    CHARGE = "CHARGE"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    REMITTANCE = "REMITTANCE"


class TransferKind(StrEnum):
    """What the agency sends: an ORDER of a remittance, or the REFUND of a surplus; and the ADVANCE of a creditor, which
    comes or goes back."""

    ORDER = "ORDER"
    REFUND = "REFUND"
    ADVANCE = "ADVANCE"


class ReferenceKind(StrEnum):
    """MANDATE of a direct debit, PLAN of payments, RF: a creditor reference of ISO 11649."""

    MANDATE = "MANDATE"
    PLAN = "PLAN"
    RF = "RF"


class ItemClass(StrEnum):
    """Why something is in the books and not at the bank, or the other way round.

    OPENING: the account held it before the first statement. IN_TRANSIT: received, and not on a statement yet, or on
    its way from one trust account to another. TAKEN_BACK: the books took a payment back, or have it on a later day, and
    the bank has its money still. ORDER: ordered (or come back) in the books, and not on a statement yet. REFUND:
    likewise of a surplus. FUNDING: what the agency laid out in the books for money that bounced, and owes the trust
    account. KEPT: what lawyers kept of what they remitted, which the agency owes it, too. CHARGE: taken by the bank or
    put aside by a person, and not in the books. UNBOOKED: a debit of which nobody knows yet what it is. UNEXPLAINED:
    none of these.
    """

    OPENING = "OPENING"
    IN_TRANSIT = "IN_TRANSIT"
    TAKEN_BACK = "TAKEN_BACK"
    ORDER = "ORDER"
    REFUND = "REFUND"
    FUNDING = "FUNDING"
    KEPT = "KEPT"
    CHARGE = "CHARGE"
    UNBOOKED = "UNBOOKED"
    UNEXPLAINED = "UNEXPLAINED"

"""The accounts of an agency's journal, and between which of them money moves."""

from enum import StrEnum


class Account(StrEnum):
    """The accounts of an agency's journal. `RECEIVABLE` and `CLAIM` are those of `debt_movement`, which is the other
    half of the journal: what debtors owe (one account a component), and the creditors whose it is."""

    RECEIVABLE = "RECEIVABLE"
    CLAIM = "CLAIM"
    TRUST_BANK = "TRUST_BANK"
    """The bank account that holds other people's money."""
    TRUST_CLEARING = "TRUST_CLEARING"
    """Received, and may still bounce."""
    CLIENT = "CLIENT"
    """Cleared money of one creditor, which the agency owes it."""
    CLIENT_UNCLEARED = "CLIENT_UNCLEARED"
    """Money of one creditor that may still bounce: not to be remitted."""
    UNIDENTIFIED = "UNIDENTIFIED"
    """Money of which nobody knows yet for what debt it is."""
    UNAPPLIED = "UNAPPLIED"
    """Money of one debtor that no component could take."""
    FEE_DUE = "FEE_DUE"
    """Money in the trust account that is the agency's: withheld from a creditor, not yet swept."""
    COURT_COST_ADVANCE = "COURT_COST_ADVANCE"
    """Money that a creditor advanced for the courts."""
    COMMISSION_RECEIVABLE = "COMMISSION_RECEIVABLE"
    """Commission and its tax that a creditor owes the agency."""
    COMMISSION = "COMMISSION"
    TAX_PAYABLE = "TAX_PAYABLE"
    CREDITOR_RECEIVABLE = "CREDITOR_RECEIVABLE"
    """What the agency paid for a creditor out of its own pocket: money that bounced after it was remitted, costs."""
    NSF_RECEIVABLE = "NSF_RECEIVABLE"
    """What a debtor owes the agency: a surplus that was refunded, of a payment that then bounced."""
    OPERATING_BANK = "OPERATING_BANK"
    """The bank account of the agency's own money."""


A = Account
OWED = (A.CLIENT, A.CLIENT_UNCLEARED, A.UNIDENTIFIED, A.UNAPPLIED, A.FEE_DUE, A.COURT_COST_ADVANCE)
"""Liabilities whose money is in the trust account: none may be overdrawn, and together they are what it holds."""


PAIRS = (
    # Money comes in, clears, finds its debt.
    (A.TRUST_BANK, A.CLIENT),
    (A.TRUST_BANK, A.UNAPPLIED),
    (A.TRUST_BANK, A.UNIDENTIFIED),
    (A.TRUST_CLEARING, A.CLIENT_UNCLEARED),
    (A.TRUST_CLEARING, A.UNAPPLIED),
    (A.TRUST_BANK, A.TRUST_CLEARING),
    (A.CLIENT_UNCLEARED, A.CLIENT),
    (A.UNIDENTIFIED, A.CLIENT),
    (A.UNIDENTIFIED, A.UNAPPLIED),
    (A.UNAPPLIED, A.CLIENT),
    # It goes out: bounced, returned, refunded, remitted.
    (A.CLIENT, A.TRUST_BANK),
    (A.UNAPPLIED, A.TRUST_BANK),
    (A.UNIDENTIFIED, A.TRUST_BANK),
    (A.CLIENT_UNCLEARED, A.TRUST_CLEARING),
    (A.UNAPPLIED, A.TRUST_CLEARING),
    (A.CLIENT, A.UNIDENTIFIED),
    (A.UNAPPLIED, A.UNIDENTIFIED),
    # It bounced after it was remitted: the agency makes the trust account whole, and the creditor owes it.
    (A.CREDITOR_RECEIVABLE, A.TRUST_BANK),
    (A.TRUST_BANK, A.OPERATING_BANK),
    (A.CLIENT, A.CREDITOR_RECEIVABLE),
    (A.OPERATING_BANK, A.TRUST_BANK),
    (A.OPERATING_BANK, A.CREDITOR_RECEIVABLE),
    (A.NSF_RECEIVABLE, A.TRUST_BANK),
    (A.OPERATING_BANK, A.NSF_RECEIVABLE),
    (A.NSF_RECEIVABLE, A.OPERATING_BANK),
    # Commission: earned, reversed, withheld, swept, paid on invoice.
    (A.COMMISSION_RECEIVABLE, A.COMMISSION),
    (A.COMMISSION_RECEIVABLE, A.TAX_PAYABLE),
    (A.COMMISSION, A.COMMISSION_RECEIVABLE),
    (A.TAX_PAYABLE, A.COMMISSION_RECEIVABLE),
    (A.CLIENT, A.FEE_DUE),
    (A.COURT_COST_ADVANCE, A.FEE_DUE),
    (A.FEE_DUE, A.CLIENT),
    (A.FEE_DUE, A.TRUST_BANK),
    (A.OPERATING_BANK, A.COMMISSION_RECEIVABLE),
    (A.COMMISSION_RECEIVABLE, A.OPERATING_BANK),
    # Costs advanced by the creditor, or by the agency.
    (A.TRUST_BANK, A.COURT_COST_ADVANCE),
    (A.COURT_COST_ADVANCE, A.TRUST_BANK),
    (A.CREDITOR_RECEIVABLE, A.OPERATING_BANK),
)
"""Which account may be debited with which credited. What is not here cannot be written: client money never goes to
the agency's own account but as a fee that was withheld before."""


class PostingKind(StrEnum):
    RECEIPT = "RECEIPT"
    CLEARING = "CLEARING"
    IDENTIFICATION = "IDENTIFICATION"
    APPLICATION = "APPLICATION"
    REVERSAL = "REVERSAL"
    REFUND = "REFUND"
    ADVANCE = "ADVANCE"
    COMMISSION = "COMMISSION"
    WITHHOLDING = "WITHHOLDING"
    SWEEP = "SWEEP"
    REMITTANCE = "REMITTANCE"
    INVOICE_PAYMENT = "INVOICE_PAYMENT"
    COURT_COST = "COURT_COST"

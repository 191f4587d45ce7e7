"""Which accounts a payment moves money between. Pure functions; a leg of 0 is none."""

from dataclasses import dataclass
from typing import TypeAlias

from core.ledger.kinds import Account

A = Account


@dataclass(frozen=True, slots=True)
class Leg:
    """`minor` of the transaction's currency moves from the account in `credit` to the one in `debit`."""

    debit: Account
    credit: Account
    minor: int

    @property
    def back(self) -> "Leg":
        return Leg(self.credit, self.debit, self.minor)


Legs: TypeAlias = tuple[Leg, ...]
Columns: TypeAlias = tuple[list[str], list[str], list[int]]


def received(applied: int, unapplied: int, *, cleared: bool, identified: bool = True) -> Legs:
    """Money for a debt: `applied` is the creditor's, `unapplied` the debtor's. Not `identified`: it was here already,
    and nobody knew for what debt."""
    bank, client = (A.TRUST_BANK, A.CLIENT) if cleared else (A.TRUST_CLEARING, A.CLIENT_UNCLEARED)
    source = bank if identified else A.UNIDENTIFIED
    return _some(Leg(source, client, applied), Leg(source, A.UNAPPLIED, unapplied))


def bounced(applied: int, unapplied: int, *, cleared: bool, available: int, surplus: int) -> Legs:
    """The same money is gone again. What the creditor has been paid of it already, beyond the `available`, the agency
    lays out: the trust account is whole, and the creditor owes it to the agency (never another creditor's money). So it
    does with what the debtor has been refunded beyond the `surplus` that is left."""
    if not cleared:
        return tuple(leg.back for leg in received(applied, unapplied, cleared=False))
    held, left = max(0, min(applied, available)), max(0, min(unapplied, surplus))
    return _some(
        Leg(A.CLIENT, A.TRUST_BANK, held),
        Leg(A.CREDITOR_RECEIVABLE, A.TRUST_BANK, applied - held),
        Leg(A.UNAPPLIED, A.TRUST_BANK, left),
        Leg(A.NSF_RECEIVABLE, A.TRUST_BANK, unapplied - left),
        Leg(A.TRUST_BANK, A.OPERATING_BANK, applied - held + unapplied - left),
    )


def columns(legs: Legs) -> Columns:
    """The legs as three arrays of one length: what a statement unnests."""
    return [leg.debit.value for leg in legs], [leg.credit.value for leg in legs], [leg.minor for leg in legs]


def _some(*legs: Leg) -> Legs:
    return tuple(leg for leg in legs if leg.minor)

"""Money that lawyers tell of: what a debtor paid them or the creditor, what they kept, what they paid over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from recobro_sdk.money import Money


class CaseMoneyKind(StrEnum):
    """What happened to the money."""

    RECEIVED = "received"
    """The debtor paid the lawyers, and it has cleared: they hold it. The whole of it, before anything was kept."""
    DIRECT = "direct"
    """The debtor paid the creditor, as the lawyers say, and nobody here told them of it."""
    REMITTED = "remitted"
    """What they held of a payment they have paid over to the agency, so much of it: of which, says `of`. That it has
    arrived a person sees at the bank."""
    FEE = "fee"
    """Their own fee, kept of what they received."""
    COST = "cost"
    """A cost of the lawsuit that they laid out, or kept of what they received. It is told, not asked for."""
    REVERSED = "reversed"
    """A payment is gone again, all of it (a cheque bounced): which, says `of`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMoney:
    """One amount, above 0 whichever way it went.

    `reference` is the channel's own and the same each time that it is told, in whatever order: the host books by it,
    and once. An event of the case that tells the same has the same reference. `on` is the legal day: when the funds had
    cleared, or were gone. `of` is the reference of the payment that is reversed or remitted, or that a fee was kept of.
    What only answers a payment that the agency has told the lawyers of is no news, and is not told. `remittance` is the
    channel's number (at most 200 characters) of what a payment is paid over with, and a reversal is taken off: the host
    looks for the one line of the bank that is all amounts of a number. It may be told later than the amount.

    Raises `ValueError` for an amount that is not above 0, and for what is reversed or remitted without `of`.
    """

    reference: str
    kind: CaseMoneyKind
    amount: Money
    on: date
    of: str = ""
    detail: str = field(default="", repr=False)
    remittance: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor_units <= 0:
            raise ValueError("money has a positive amount: what goes back is told as reversed")
        if self.kind in (CaseMoneyKind.REVERSED, CaseMoneyKind.REMITTED) and not self.of:
            raise ValueError(f"what is {self.kind.value} names the payment that it is of")
        if self.of == self.reference:
            raise ValueError("money is not of itself")

"""How a period is settled with one creditor in one currency. Pure; amounts are minor units.

Two sums meet. What the agency holds: receipts less what bounced, and what an earlier statement left open. And what the
creditor owes it: fees with their tax, costs. For each charge a list of means says, in order, where it is taken from
(CollectMax's matrix); net, gross and combined remittance are three of many matrices (domain vocabulary 5.7). Nothing is
ever taken from another creditor's money: what this one's does not cover is invoiced or carried forward.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.kit.errors import InvalidInput
from core.remittance.kinds import Preset


class Charge(StrEnum):
    """Fees with tax on what the agency received, on what the creditor received itself, and costs laid out for it."""

    RECEIVED = "RECEIVED"
    DIRECT = "DIRECT"
    COSTS = "COSTS"


class Means(StrEnum):
    """From the debtors' payments that are to be remitted, from what the creditor advanced, or by an invoice."""

    WITHHOLD = "WITHHOLD"
    ADVANCES = "ADVANCES"
    INVOICE = "INVOICE"


class Shortfall(StrEnum):
    """What becomes of that which no means covers, and of a negative result."""

    INVOICE = "INVOICE"
    CARRY = "CARRY"


@dataclass(frozen=True, slots=True)
class RemittanceTerms:
    means: Mapping[Charge, tuple[Means, ...]]
    shortfall: Shortfall

    def to_json(self) -> dict[str, object]:
        means = {charge.value: [one.value for one in self.means[charge]] for charge in Charge}
        return {"means": means, "shortfall": self.shortfall.value}


_WITHHOLD, _INVOICE = (Means.WITHHOLD,), (Means.INVOICE,)
PRESETS: Mapping[str, Mapping[Charge, tuple[Means, ...]]] = {
    Preset.NET: dict.fromkeys(Charge, _WITHHOLD),
    Preset.GROSS: dict.fromkeys(Charge, _INVOICE),
    Preset.COMBINED: {Charge.RECEIVED: _WITHHOLD, Charge.DIRECT: _INVOICE, Charge.COSTS: _INVOICE},
}
DEFAULT = RemittanceTerms(PRESETS[Preset.NET], Shortfall.CARRY)


def read_terms(means: str | Mapping[str, Sequence[str]], shortfall: str) -> RemittanceTerms:
    """Terms of a preset's name, or of the means of each charge.

    Raises: InvalidInput (REMITTANCE_TERMS).
    """
    try:
        kept = Shortfall(shortfall)
        if isinstance(means, str):
            return RemittanceTerms(PRESETS[means], kept)
        given = {Charge(charge): tuple(Means(one) for one in order) for charge, order in means.items()}
    except (KeyError, ValueError) as problem:
        raise _unfit("one of these names means nothing") from problem
    if len(given) < len(Charge) or any(not order or len(set(order)) < len(order) for order in given.values()):
        raise _unfit("each charge needs one means or more, each once")
    return RemittanceTerms(given, kept)


def _unfit(what: str) -> InvalidInput:
    return InvalidInput(
        f"Terms of remittance say for each charge where it is taken from; {what}.", code="REMITTANCE_TERMS",
        field="means", remedy=f"Give one of {', '.join(PRESETS)}, or an order of {', '.join(Means)} for each of "
        f"{', '.join(Charge)}.",
    )  # fmt: skip


def _nothing() -> dict[Charge, int]:
    return dict.fromkeys(Charge, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a statement leaves to the next. `client`, 0 or below: money that the creditor got and that bounced.
    `charges`: charges that nothing covered. `laid_out`: what of `client` the agency put into the trust account."""

    client: int = 0
    laid_out: int = 0
    charges: Mapping[Charge, int] = field(default_factory=_nothing)

    def to_json(self) -> dict[str, object]:
        charges = {charge.value: self.charges[charge] for charge in Charge}
        return {"client": self.client, "laid_out": self.laid_out, "charges": charges}

    @property
    def total(self) -> int:
        """What the creditor still owes out of this, as a negative amount."""
        return self.client - sum(self.charges.values())


def carried_of(data: Mapping[str, object]) -> Carried:
    """`Carried.to_json` read back."""
    client, laid_out, charges = data["client"], data["laid_out"], data["charges"]
    assert isinstance(client, int) and isinstance(laid_out, int) and isinstance(charges, dict)
    return Carried(client=client, laid_out=laid_out, charges={Charge(name): minor for name, minor in charges.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`received`: cleared money for the creditor; `adjustments`: what bounced of it, negative, and other corrections.
    `laid_out`: the part of what bounced that the agency had to put in, as the creditor had its money already.
    `charges` may be negative, where fees are given back. `advances`: what the creditor has advanced and is still there.
    """

    received: int
    adjustments: int = 0
    laid_out: int = 0
    charges: Mapping[Charge, int]
    advances: int = 0
    opening: Carried = field(default_factory=Carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """`remitted` goes to the creditor. `credited` are charges given back to it, `recovered` what the agency gets back
    of what it had laid out; `shortfall` is of that what is invoiced instead. An `invoiced` below 0 is a credit note."""

    remitted: int
    withheld: Mapping[Charge, int]
    advances: Mapping[Charge, int]
    invoiced: Mapping[Charge, int]
    credited: Mapping[Charge, int]
    recovered: int
    shortfall: int
    carried: Carried

    @property
    def taken(self) -> int:
        """By how much the creditor's money in the trust account is less afterwards."""
        return self.remitted + sum(self.withheld.values()) + self.recovered - sum(self.credited.values())

    @property
    def invoice(self) -> int:
        return sum(self.invoiced.values()) + self.shortfall


def settle(period: Period, terms: RemittanceTerms) -> Settlement:
    """Settle a period: what is given back is added to what is there, then each charge takes its means in order."""
    due = {charge: period.charges.get(charge, 0) + period.opening.charges[charge] for charge in Charge}
    credited, invoiced, withheld, advanced, left = (_nothing() for _ in range(5))
    for charge, minor in due.items():
        if minor < 0 and terms.means[charge][0] is Means.INVOICE:
            invoiced[charge] = minor
        elif minor < 0:
            credited[charge] = -minor
    there = period.received + period.adjustments + period.opening.client + sum(credited.values())
    free, advances = max(there, 0), period.advances
    for charge in Charge:
        rest = max(due[charge], 0)
        for means in terms.means[charge]:
            if means is Means.WITHHOLD:
                withheld[charge] = part = min(rest, free)
                free -= part
            elif means is Means.ADVANCES:
                advanced[charge] = part = min(rest, advances)
                advances -= part
            else:
                invoiced[charge] += (part := rest)
            rest -= part
        (invoiced if terms.shortfall is Shortfall.INVOICE else left)[charge] += rest
    laid_out = period.laid_out + period.opening.laid_out
    recovered = max(0, laid_out + min(there, 0))
    open_still = laid_out - recovered
    shortfall = open_still if terms.shortfall is Shortfall.INVOICE else 0
    carried = Carried(client=min(there, 0) + shortfall, laid_out=open_still - shortfall, charges=left)
    return Settlement(
        remitted=free, withheld=withheld, advances=advanced, invoiced=invoiced, credited=credited,
        recovered=recovered, shortfall=shortfall, carried=carried,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a statement invoices, minor units: `laid_out` by the agency (costs, and money that bounced), never below 0;
    `commission` with its tax, below 0 for a credit."""

    laid_out: int
    commission: int

    @property
    def total(self) -> int:
        return self.laid_out + self.commission

    def split(self, paid: int) -> tuple[int, int]:
        """How much of each is paid where `paid` of the total, from 0 to it, is: what was laid out first. Where one of
        them lowers the other, it does so with the first payment."""
        if not paid:
            return 0, 0
        if self.commission >= 0:
            return min(paid, self.laid_out), paid - min(paid, self.laid_out)
        return (paid - self.commission, self.commission) if self.total > 0 else (self.laid_out, paid - self.laid_out)


def invoice_of(total: int, charges: Mapping[str, Mapping[str, int]]) -> Invoice:
    """The invoice of a statement, of its `invoiced_minor` and the `charges` of its document."""
    commission = charges[Charge.RECEIVED]["invoiced"] + charges[Charge.DIRECT]["invoiced"]
    return Invoice(laid_out=total - commission, commission=commission)

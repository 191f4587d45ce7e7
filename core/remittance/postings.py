"""What a settlement moves between the accounts of the ledger, and which money banks are to move for it. Pure."""

from collections.abc import Iterator
from typing import TypeAlias

from core.ledger.kinds import Account as A
from core.ledger.kinds import PostingKind as P
from core.ledger.legs import Leg, Legs
from core.remittance.kinds import OrderKind
from core.remittance.rules import Charge, Invoice, Settlement

Moved: TypeAlias = tuple[P, Leg]
_OWED_AS = {
    Charge.RECEIVED: A.COMMISSION_RECEIVABLE,
    Charge.DIRECT: A.COMMISSION_RECEIVABLE,
    Charge.COSTS: A.CREDITOR_RECEIVABLE,
}


def movements(settled: Settlement) -> list[Moved]:
    """The postings of a statement. Fees leave the trust account by way of FEE_DUE, and nothing else does but what the
    agency had put in itself. What is invoiced moves nothing: it is owed until it is paid."""
    return [moved for moved in _movements(settled) if moved[1].minor]


def _movements(settled: Settlement) -> Iterator[Moved]:
    for charge, owed in _OWED_AS.items():
        back = settled.credited[charge]
        yield P.REFUND, Leg(A.TRUST_BANK, A.CLIENT, back)
        yield P.REFUND, Leg(owed, A.OPERATING_BANK, back)
        for source, minor in ((A.CLIENT, settled.withheld[charge]), (A.COURT_COST_ADVANCE, settled.advances[charge])):
            yield P.WITHHOLDING, Leg(source, A.FEE_DUE, minor)
            yield P.SWEEP, Leg(A.FEE_DUE, A.TRUST_BANK, minor)
            yield P.SWEEP, Leg(A.OPERATING_BANK, owed, minor)
    yield P.WITHHOLDING, Leg(A.CLIENT, A.CREDITOR_RECEIVABLE, settled.recovered)
    yield P.SWEEP, Leg(A.OPERATING_BANK, A.TRUST_BANK, settled.recovered)
    yield P.REMITTANCE, Leg(A.CLIENT, A.TRUST_BANK, settled.remitted)


def orders(settled: Settlement) -> dict[OrderKind, int]:
    """What is to be paid out of, or into, the trust account; nothing of 0."""
    swept = sum(settled.withheld.values()) + sum(settled.advances.values()) + settled.recovered
    own = swept - sum(settled.credited.values())
    found = {OrderKind.REMIT: settled.remitted, OrderKind.SWEEP: max(own, 0), OrderKind.FUND: max(-own, 0)}
    return {kind: minor for kind, minor in found.items() if minor}


def invoice_legs(invoice: Invoice, before: int, now: int) -> Legs:
    """What moves when of an invoice `now` is paid, and `before` was: what the creditor owes, against the agency's own
    account."""
    owed = (A.CREDITOR_RECEIVABLE, A.COMMISSION_RECEIVABLE)
    moved = zip(owed, invoice.split(before), invoice.split(now), strict=True)
    legs = (Leg(A.OPERATING_BANK, account, later - earlier) for account, earlier, later in moved)
    return tuple(leg if leg.minor > 0 else Leg(leg.credit, leg.debit, -leg.minor) for leg in legs if leg.minor)

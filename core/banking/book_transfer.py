"""A line of the bank is what the agency sent, or got back of it: the line, the order and the books say so at once."""

from dataclasses import dataclass
from uuid import UUID

from core.banking.identify_entry import post_back
from core.banking.kinds import Rung, TransferKind
from core.banking.statement import Direction
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.remittance.kinds import OrderKind, OrderStatus
from core.remittance.settle_order import SettleOrder, settle

_ORDER = """
SELECT o.kind, o.status, o.currency, o.amount_minor, o.ordered_on AS since, EXISTS (
    SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.order_id = o.id AND b.direction = $3 AND b.id <> $4) AS told
FROM remittance_order o WHERE o.agency_id = $1 AND o.id = $2 FOR NO KEY UPDATE OF o
"""
_REFUND = """
SELECT p.currency, p.amount_minor, p.effective_on AS since, EXISTS (
    SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.refund_id = p.source_id AND b.id <> $3) AS told
FROM ledger_posting p
WHERE p.agency_id = $1 AND p.source_id = $2 AND p.kind = 'REFUND' AND p.debit = 'UNAPPLIED'
"""
_ADVANCE = """
SELECT p.currency, p.amount_minor, p.effective_on AS since, p.debit = 'TRUST_BANK' AS comes_in, EXISTS (
    SELECT FROM bank_entry b WHERE b.agency_id = $1 AND b.refund_id = p.source_id AND b.id <> $3) AS told
FROM ledger_posting p WHERE p.agency_id = $1 AND p.source_id = $2 AND p.kind = 'ADVANCE'
"""
_LINK = """
UPDATE bank_entry SET state = 'MATCHED', order_id = $3, refund_id = $4, rung = $5, match_reason = $6, decided_by = $7,
  decided_at = $8
WHERE agency_id = $1 AND id = $2
"""
_WORDS = {
    OrderKind.REMIT: "what was remitted to a creditor",
    OrderKind.SWEEP: "what was swept to the agency's own account",
    OrderKind.FUND: "what the agency paid into the trust account",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An order by its id, a refund or an advance by the `source_id` of its posting."""

    kind: TransferKind
    id: UUID


async def book(tx: Tx, entry: Row, transfer: Transfer, rung: Rung, decided_by: str) -> None:
    """Tie a line, which the caller holds, to a transfer, and settle the order if nobody has.

    Raises, and has written nothing then: NotFound (order, refund, advance); InvalidInput (TRANSFER_DIFFERS,
    SETTLED_ON); Conflict (TRANSFER_TAKEN, ORDER_SETTLED).
    """
    if transfer.kind is TransferKind.REFUND:
        found, words = await _refund(tx, entry, transfer.id), "what was refunded to a debtor"
    elif transfer.kind is TransferKind.ADVANCE:
        found, words = await _advance(tx, entry, transfer.id), "what a creditor advanced, or got back of it"
    else:
        found = await _order(tx, entry, transfer.id)
        words = _WORDS[OrderKind(found["kind"])]
        if found["kind"] == OrderKind.REMIT and entry["direction"] == Direction.CREDIT:
            words = "what was remitted to a creditor came back"
        await _settle(tx, entry, transfer.id, found)
    of_order = transfer.kind is TransferKind.ORDER
    await tx.execute(
        _LINK, tx.scope.agency, entry["id"], transfer.id if of_order else None, None if of_order else transfer.id,
        rung.value, words, decided_by, tx.now,
    )  # fmt: skip
    if entry["direction"] == Direction.CREDIT:
        await post_back(tx, entry, "it had moved in the books already")


async def _order(tx: Tx, entry: Row, order_id: UUID) -> Row:
    found = await tx.fetchrow(_ORDER, tx.scope.agency, order_id, entry["direction"], entry["id"])
    if found is None:
        raise not_found("order", "order_id")
    kind, comes_in = found["kind"], entry["direction"] == Direction.CREDIT
    wrong_way = (kind == OrderKind.SWEEP and comes_in) or (kind == OrderKind.FUND and not comes_in)
    _require_same(found, entry, "order_id", wrong_way=wrong_way)
    return found


async def _refund(tx: Tx, entry: Row, refund_id: UUID) -> Row:
    found = await tx.fetchrow(_REFUND, tx.scope.agency, refund_id, entry["id"])
    if found is None:
        raise not_found("refund", "refund_id")
    _require_same(found, entry, "refund_id", wrong_way=entry["direction"] == Direction.CREDIT)
    return found


async def _advance(tx: Tx, entry: Row, advance_id: UUID) -> Row:
    found = await tx.fetchrow(_ADVANCE, tx.scope.agency, advance_id, entry["id"])
    if found is None:
        raise not_found("advance", "advance_id")
    _require_same(found, entry, "advance_id", wrong_way=found["comes_in"] != (entry["direction"] == Direction.CREDIT))
    return found


def _require_same(found: Row, entry: Row, field: str, *, wrong_way: bool) -> None:
    same = (found["currency"], found["amount_minor"]) == (entry["currency"], entry["amount_minor"])
    if wrong_way or not same or entry["booked_on"] < found["since"]:
        raise InvalidInput(
            "This transfer is of another amount, goes the other way, or is younger than the line.",
            code="TRANSFER_DIFFERS", field=field, remedy="Name the transfer of just this money.",
        )  # fmt: skip
    if found["told"]:
        raise Conflict(
            "The bank has told of this transfer in another line.", code="TRANSFER_TAKEN", field=field,
            remedy="Name another one.",
        )  # fmt: skip


async def _settle(tx: Tx, entry: Row, order_id: UUID, order: Row) -> None:
    """What a person has settled before the bank told of it stays as that person said."""
    returned = order["kind"] == OrderKind.REMIT and entry["direction"] == Direction.CREDIT
    if order["status"] == OrderStatus.RETURNED or (order["status"] == OrderStatus.EXECUTED and not returned):
        return
    command = SettleOrder(
        order_id=order_id, settled_on=entry["booked_on"], reference=reference_of(entry), returned=returned
    )
    await settle(tx, command)


def reference_of(entry: Row) -> str:
    """What the bank calls what an order became."""
    return (entry["bank_reference"] or entry["end_to_end_id"] or "bank statement")[:120]

"""A line is not the order or refund that it was taken for: it is open again, and so is the order."""

from core.banking.book_transfer import reference_of
from core.banking.invoices import release_invoice
from core.banking.kinds import AccountKind
from core.banking.statement import Direction
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.permissions import Permission
from core.remittance.kinds import OrderKind
from core.remittance.settle_order import reopen

_ORDER = "SELECT kind FROM remittance_order WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE"
_RELEASE = """
UPDATE bank_entry SET state = 'UNMATCHED', order_id = NULL, refund_id = NULL, rung = NULL, decided_by = $3,
  decided_at = $4, match_reason = $5, attempt = attempt + 1
WHERE agency_id = $1 AND id = $2
"""
_POST_AGAIN = """
INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, recorded_at,
  source_id, actor, reason)
VALUES ($1, recobro_uuid7(), 'RECEIPT', 'TRUST_BANK', 'UNIDENTIFIED', $2, $3, $4, $5, $6, $7, 'not what it was')
"""


async def release_transfer(tx: Tx, entry: Row, why: str) -> None:
    """Untie a line, which the caller holds, from its transfer. An order that was settled by just this line is open
    again; one that a person had settled stays as that person said. Of a line that paid an invoice, as much is open on
    it again.

    Raises: Forbidden; Conflict (TRANSFER_RETURNED, INVOICE_PAID).
    """
    if entry["kind"] == AccountKind.OPERATING:
        tx.scope.require(Permission.REMITTANCE_ISSUE)
        await release_invoice(tx, entry, why)
        data = {"statement_id": str(entry["refund_id"]), "reason": why}
        await emit(tx, "bank_entry.released", entry["id"], data)
        return
    order_id = entry["order_id"]
    if order_id is not None:
        tx.scope.require(Permission.REMITTANCE_ISSUE)
        kind = await tx.fetchval(_ORDER, tx.scope.agency, order_id)
        if kind == OrderKind.REMIT and entry["direction"] == Direction.CREDIT:
            raise Conflict(
                "What came back is the creditor's again.", code="TRANSFER_RETURNED", field="entry_id",
                remedy="It is in the creditor's next statement, which orders it anew.",
            )  # fmt: skip
        await reopen(tx, order_id, entry["booked_on"], reference_of(entry), why)
    await tx.execute(_RELEASE, tx.scope.agency, entry["id"], str(tx.scope.actor), tx.now, f"released: {why}"[:300])
    if entry["direction"] == Direction.CREDIT:
        await post_again(tx, entry)
    data = {"order_id": str(order_id)} if order_id is not None else {"refund_id": str(entry["refund_id"])}
    await emit(tx, "bank_entry.released", entry["id"], data | {"reason": why})


async def post_again(tx: Tx, entry: Row) -> None:
    """The money of a receipt is there, and nobody knows whose it is."""
    await tx.execute(
        _POST_AGAIN, tx.scope.agency, entry["currency"], entry["amount_minor"], entry["booked_on"], tx.now, entry["id"],
        str(tx.scope.actor),
    )  # fmt: skip

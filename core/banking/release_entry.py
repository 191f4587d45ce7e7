"""Take a line from what it was identified as by mistake: the money of a receipt stays, unidentified."""

from uuid import UUID

from core.banking.identify_move import unlink
from core.banking.kinds import EntryState
from core.banking.lock_entry import lock_entry, require_receipt
from core.banking.release_transfer import post_again, release_transfer
from core.banking.share_out import take_together
from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.scope import Scope
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.permissions import Permission

# A payment that was split anew has another in its place; `reverse_payment` reverses that one.
# One that was linked with a payment which had been recorded before: then there is again a receipt nobody knows of.
_LINKED = """
SELECT p.idempotency_key NOT LIKE 'bank:' || $3::text || ':%' AS linked, m.timezone,
  EXISTS (SELECT 1 FROM payment r JOIN ledger_posting l ON l.agency_id = $1 AND l.source_id = r.id
    AND l.kind = 'REVERSAL' AND l.credit = 'UNIDENTIFIED'
    WHERE r.agency_id = $1 AND r.debt_id = p.debt_id AND p.id IN (r.id, r.replaces_id)) AS released
FROM payment p JOIN debt d ON d.agency_id = $1 AND d.id = p.debt_id
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE p.agency_id = $1 AND p.id = $2
"""
_RELEASE = """
UPDATE bank_entry SET state = 'UNMATCHED', debt_id = NULL, payment_id = NULL, rung = NULL, decided_by = $3,
  decided_at = $4, match_reason = $5, attempt = attempt + 1
WHERE agency_id = $1 AND id = $2 AND attempt = $6 AND state = 'MATCHED'
"""


async def release_entry(scope: Scope, entry_id: UUID, reason: str) -> None:
    """Reverse the payment that a receipt became, and have its money unidentified again, for a person to identify. Of a
    receipt that was linked with a payment recorded before, the payment stays. Of what the agency sent, the order is
    open again (core/banking/release_transfer.py), as is the invoice that a creditor paid; of what it moved between its
    trust accounts, both lines are. Of a receipt that was shared out among payments at lawyers, these stay as they are.

    Raises: Forbidden; NotFound (entry); InvalidInput (INVALID_TEXT, NOT_A_RECEIPT); Conflict (ENTRY_NOT_MATCHED,
    PAYMENT_ALREADY_REVERSED, MONEY_REMITTED, TRANSFER_RETURNED, SHARED_LATER, INVOICE_PAID).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_REVERSE):
        scope.require(permission)
    why = require_text(reason, "reason", 180)
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, entry_id)
        if entry["order_id"] is not None or entry["refund_id"] is not None:
            await release_transfer(tx, entry, why)
            return
        if entry["counterpart_id"] is not None:
            await post_again(tx, await unlink(tx, entry, why))
            return
        require_receipt(entry)
        if entry["shares"]:
            await take_together(tx, entry, why)
            return
        if entry["state"] != EntryState.MATCHED:
            raise Conflict("This receipt is not matched.", code="ENTRY_NOT_MATCHED", field="entry_id")
        payment = await tx.fetchrow(_LINKED, scope.agency, entry["payment_id"], str(entry_id))
        assert payment is not None, "a foreign key holds it"
        if payment["linked"]:
            await _release(tx, entry, why)
            await post_again(tx, entry)
            return
    if not payment["released"]:
        command = ReversePayment(
            payment_id=entry["payment_id"], reason=why, reversed_on=clock.today(payment["timezone"])
        )
        await reverse_payment(scope, command, to_unidentified=True)
    async with db.transaction(scope) as tx:
        await _release(tx, entry, why)


async def _release(tx: Tx, entry: Row, why: str) -> None:
    changed = await tx.execute(
        _RELEASE, tx.scope.agency, entry["id"], str(tx.scope.actor), tx.now, f"released: {why}"[:300], entry["attempt"]
    )
    if changed == "UPDATE 1":
        data = {"payment_id": str(entry["payment_id"]), "reason": why}
        await emit(tx, "bank_entry.released", entry["id"], data)

"""A person says which payment the bank took back."""

from uuid import UUID

from core.banking.identify_entry import EntryIdentified
from core.banking.kinds import EntryState, Rung
from core.banking.lock_entry import lock_entry, require_return
from core.banking.settle_entry import take_back
from core.kit import db
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.scope import Scope
from core.permissions import Permission

_PAYMENT = """
SELECT p.debt_id, p.currency, p.amount_minor, p.received_by, EXISTS (SELECT 1 FROM bank_entry b
  WHERE b.agency_id = $1 AND b.payment_id IN (p.id, p.replaces_id) AND b.direction = 'DEBIT' AND b.id <> $3) AS taken
FROM payment p WHERE p.agency_id = $1 AND p.id = $2 FOR NO KEY UPDATE OF p
"""
_CLAIM = """
UPDATE bank_entry SET payment_id = $3, debt_id = $4, rung = $5, match_reason = 'identified by a person',
  decided_by = $6, decided_at = $7
WHERE agency_id = $1 AND id = $2
"""


async def identify_return(scope: Scope, entry_id: UUID, payment_id: UUID) -> EntryIdentified:
    """Reverse a payment because of the line by which the bank took its money back. Once, also where it is asked twice.

    Raises: Forbidden; NotFound (entry, payment); InvalidInput (NOT_A_RETURN, PAYMENT_DIFFERS, those of a reversal);
    Conflict (ENTRY_DECIDED, PAYMENT_TAKEN).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_REVERSE):
        scope.require(permission)
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, entry_id)
        require_return(entry)
        payment = await tx.fetchrow(_PAYMENT, scope.agency, payment_id, entry_id)
        if payment is None:
            raise not_found("payment", "payment_id")
        done = EntryIdentified(
            entry_id=entry_id, debt_id=payment["debt_id"], payment_id=payment_id, replayed=entry["state"] == "MATCHED"
        )
        if entry["state"] == EntryState.MATCHED and entry["payment_id"] == payment_id:
            return done
        if entry["state"] != EntryState.UNMATCHED or entry["payment_id"] not in (None, payment_id):
            raise Conflict("What this entry is, is decided already.", code="ENTRY_DECIDED", field="entry_id")
        if payment["taken"]:
            raise Conflict(
                "The bank took this payment back in another entry.", code="PAYMENT_TAKEN", field="payment_id"
            )
        if (payment["currency"], payment["amount_minor"], payment["received_by"]) != (
            entry["currency"], entry["amount_minor"], "AGENCY",
        ):  # fmt: skip
            raise InvalidInput(
                "This payment is of another amount, or was not the agency's money.", code="PAYMENT_DIFFERS",
                field="payment_id", remedy="Name the payment of just this money.",
            )  # fmt: skip
        await tx.execute(
            _CLAIM, scope.agency, entry_id, payment_id, payment["debt_id"], Rung.MANUAL.value, str(scope.actor), tx.now
        )
        entry = await lock_entry(tx, entry_id)
    await take_back(scope, entry)
    return done

"""A person says for what debt a receipt is, or that it is a payment that was recorded already."""

from dataclasses import dataclass
from uuid import UUID

from core.banking.kinds import EntryState, Rung
from core.banking.lock_entry import lock_entry, require_receipt
from core.banking.settle_entry import COLUMNS, pay
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.legal.arrive_money import clear_held
from core.payments.kinds import PaymentStatus
from core.permissions import Permission

_CLAIM = """
UPDATE bank_entry SET debt_id = $3, rung = $4, match_reason = 'identified by a person', decided_by = $5, decided_at = $6
WHERE agency_id = $1 AND id = $2
"""
_PAYMENT = """
SELECT p.id, p.debt_id, p.currency, p.amount_minor, p.received_by, p.status,
  EXISTS (SELECT 1 FROM bank_entry b WHERE b.agency_id = $1 AND b.payment_id IN (p.id, p.replaces_id)
    AND b.direction = 'CREDIT')
  OR EXISTS (SELECT 1 FROM bank_share s WHERE s.agency_id = $1 AND s.payment_id IN (p.id, p.replaces_id)) AS taken
FROM payment p WHERE p.agency_id = $1 AND p.id = $2 FOR NO KEY UPDATE OF p
"""
_LINK = """
UPDATE bank_entry SET state = 'MATCHED', payment_id = $3, debt_id = $4, rung = $5,
  match_reason = 'recorded before the bank told of it', decided_by = $6, decided_at = $7
WHERE agency_id = $1 AND id = $2
"""
_POST_BACK = """
INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, recorded_at,
  source_id, actor, reason)
VALUES ($1, recobro_uuid7(), 'IDENTIFICATION', 'UNIDENTIFIED', 'TRUST_BANK', $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyEntry:
    """Either the debt that the money is for, which makes a payment of it, or the payment that it is."""

    entry_id: UUID
    debt_id: UUID | None = None
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIdentified:
    """`replayed`: it was matched to just this before."""

    entry_id: UUID
    debt_id: UUID
    payment_id: UUID
    replayed: bool


async def identify_entry(scope: Scope, command: IdentifyEntry) -> EntryIdentified:
    """Turn a receipt into the payment of a debt, out of the unidentified money; or link it with its payment.

    Raises: Forbidden; NotFound (entry, debt, payment); InvalidInput (DEBT_OR_PAYMENT, NOT_A_RECEIPT, PAYMENT_DIFFERS);
    Conflict (ENTRY_DECIDED, PAYMENT_TAKEN, and what `record_payment` refuses).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_RECORD):
        scope.require(permission)
    if (command.debt_id is None) == (command.payment_id is None):
        raise InvalidInput(
            "Say the debt, or the payment.", code="DEBT_OR_PAYMENT", field="debt_id", remedy="Give one of the two."
        )
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, command.entry_id)
        require_receipt(entry)
        before = _before(entry, command)
        if before is not None:
            return before
        if command.payment_id is not None:
            return await _link(tx, entry, command.payment_id)
        claimed = await _claim(tx, entry, command.debt_id)
    done = await pay(scope, claimed)
    async with db.transaction(scope) as tx:
        await _tell(tx, command.entry_id, done.debt_id, done.payment_id)
    return EntryIdentified(
        entry_id=command.entry_id, debt_id=done.debt_id, payment_id=done.payment_id, replayed=done.replayed
    )


def _before(entry: Row, command: IdentifyEntry) -> EntryIdentified | None:
    """What was decided before, where it was the same. Raises: Conflict where it was not."""
    same = command.debt_id == entry["debt_id"] is not None or command.payment_id == entry["payment_id"] is not None
    if entry["state"] == EntryState.MATCHED and same:
        return EntryIdentified(
            entry_id=entry["id"], debt_id=entry["debt_id"], payment_id=entry["payment_id"], replayed=True
        )
    claimed = entry["debt_id"] is not None and entry["debt_id"] != command.debt_id
    if entry["state"] != EntryState.UNMATCHED or claimed:
        raise Conflict(
            "What this entry is for is decided already.", code="ENTRY_DECIDED", field="entry_id",
            remedy="Release the entry first, if that was wrong.",
        )  # fmt: skip
    return None


async def _claim(tx: Tx, entry: Row, debt_id: UUID | None) -> Row:
    if not await tx.fetchval("SELECT true FROM debt WHERE agency_id = $1 AND id = $2", tx.scope.agency, debt_id):
        raise not_found("debt", "debt_id")
    await tx.execute(_CLAIM, tx.scope.agency, entry["id"], debt_id, Rung.MANUAL.value, str(tx.scope.actor), tx.now)
    return await _again(tx, entry["id"])


async def _again(tx: Tx, entry_id: UUID) -> Row:
    row = await tx.fetchrow(
        f"SELECT {COLUMNS} FROM bank_entry e WHERE e.agency_id = $1 AND e.id = $2",  # noqa: S608
        tx.scope.agency, entry_id,
    )  # fmt: skip
    if row is None:
        raise not_found("bank entry", "entry_id")
    return row


async def _link(tx: Tx, entry: Row, payment_id: UUID) -> EntryIdentified:
    payment = await tx.fetchrow(_PAYMENT, tx.scope.agency, payment_id)
    if payment is None:
        raise not_found("payment", "payment_id")
    if payment["taken"]:
        raise Conflict(
            "Another receipt is this payment.", code="PAYMENT_TAKEN", field="payment_id", remedy="Name another one."
        )
    wanted = (entry["currency"], entry["amount_minor"], "AGENCY")
    if (payment["currency"], payment["amount_minor"], payment["received_by"]) != wanted or payment[
        "status"
    ] == "REVERSED":
        raise InvalidInput(
            "This payment is not of the same amount, not the agency's money, or reversed.", code="PAYMENT_DIFFERS",
            field="payment_id", remedy="Name the payment of just this money, or the debt.",
        )  # fmt: skip
    actor = str(tx.scope.actor)
    await tx.execute(
        _LINK, tx.scope.agency, entry["id"], payment_id, payment["debt_id"], Rung.MANUAL.value, actor, tx.now
    )
    await post_back(tx, entry, "the payment had been recorded before")
    if payment["status"] == PaymentStatus.PENDING:
        # Where somebody held it, it is here now; what may bounce clears on its own day.
        await clear_held(tx, payment_id, entry["booked_on"])
    await _tell(tx, entry["id"], payment["debt_id"], payment_id)
    return EntryIdentified(entry_id=entry["id"], debt_id=payment["debt_id"], payment_id=payment_id, replayed=False)


async def post_back(tx: Tx, entry: Row, reason: str) -> None:
    """A receipt brought nothing new: the books had its money already, by a payment, an order, or in another account."""
    await tx.execute(
        _POST_BACK, tx.scope.agency, entry["currency"], entry["amount_minor"], entry["booked_on"], tx.now, entry["id"],
        str(tx.scope.actor), reason,
    )  # fmt: skip


async def _tell(tx: Tx, entry_id: UUID, debt_id: UUID, payment_id: UUID) -> None:
    await emit(tx, "bank_entry.identified", entry_id, {"debt_id": str(debt_id), "payment_id": str(payment_id)})

"""What a claim becomes: the payment of the debt, or the reversal of one. Each is done once, whoever dies in between.

A claim is committed before. The payment's idempotency key is the entry's, so that whoever finds the claim and no
payment records it again and gets the same one.
"""

from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError
from core.kit.money import Money
from core.kit.scope import Scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment

COLUMNS = (
    "e.id, e.debt_id, e.payment_id, e.currency, e.amount_minor, e.booked_on, e.attempt, e.end_to_end_id, "
    "e.bank_reference, e.return_reason, e.direction, e.state, e.reversal, e.statement_id, e.order_id, e.refund_id, "
    "e.account_id, e.counterpart_id, e.shares"
)
_MATCHED = """
UPDATE bank_entry SET state = 'MATCHED', payment_id = $3 WHERE agency_id = $1 AND id = $2 AND state = 'UNMATCHED'
"""
_RELEASED = """
UPDATE bank_entry SET debt_id = NULL, payment_id = NULL, rung = NULL, decided_by = NULL, decided_at = NULL,
  match_reason = $3
WHERE agency_id = $1 AND id = $2 AND state = 'UNMATCHED'
"""


async def pay(scope: Scope, entry: Row) -> PaymentRecorded:
    """Record the payment of a claimed receipt, out of the unidentified money.

    Raises: DomainError, what `record_payment` refuses; the entry is unclaimed again then.
    """
    command = RecordPayment(
        debt_id=entry["debt_id"],
        amount=Money(entry["amount_minor"], entry["currency"]),
        paid_on=entry["booked_on"],
        method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY,
        idempotency_key=f"bank:{entry['id']}:{entry['attempt']}",
        reference=(entry["end_to_end_id"] or entry["bank_reference"])[:120],
    )
    try:
        recorded = await record_payment(scope, command, from_unidentified=True)
    except DomainError as problem:
        # The payment is there, and not as it was claimed: nothing may be undone about it, and it is a fault of ours.
        if problem.code == "IDEMPOTENCY_KEY_REUSED":
            raise RuntimeError(f"the bank entry {entry['id']} was paid in another way") from problem
        await _release(scope, entry["id"], problem)
        raise
    async with db.transaction(scope) as tx:
        await tx.execute(_MATCHED, scope.agency, entry["id"], recorded.payment_id)
    return recorded


async def take_back(scope: Scope, entry: Row) -> None:
    """Reverse the payment that a return was claimed for. One that is reversed already (somebody heard of it before the
    bank wrote) is the same reversal.

    Raises: DomainError, what `reverse_payment` refuses otherwise; the entry is unclaimed again then.
    """
    command = ReversePayment(payment_id=entry["payment_id"], reason=reason_of(entry), reversed_on=entry["booked_on"])
    try:
        await reverse_payment(scope, command)
    except Conflict as problem:
        if problem.code != "PAYMENT_ALREADY_REVERSED":
            await _release(scope, entry["id"], problem)
            raise
    except DomainError as problem:
        await _release(scope, entry["id"], problem)
        raise
    async with db.transaction(scope) as tx:
        await tx.execute(_MATCHED, scope.agency, entry["id"], entry["payment_id"])


def reason_of(entry: Row) -> str:
    """Why the bank took money back, in its own code."""
    return f"returned by the bank: {entry['return_reason'] or 'reversal'}"[:200]


async def _release(scope: Scope, entry_id: UUID, problem: DomainError) -> None:
    async with db.transaction(scope) as tx:
        await tx.execute(_RELEASED, scope.agency, entry_id, f"{problem.code}: {problem.message}"[:300])


async def begun(tx: Tx, statement_id: UUID) -> list[Row]:
    """The claims of a statement that are not settled yet, receipts before returns."""
    return await tx.fetch(
        f"SELECT {COLUMNS} FROM bank_entry e WHERE e.agency_id = $1 AND e.statement_id = $2 "  # noqa: S608
        "AND e.state = 'UNMATCHED' AND (e.debt_id IS NOT NULL OR e.payment_id IS NOT NULL) "
        "ORDER BY e.direction, e.booked_on, e.id",
        tx.scope.agency, statement_id,
    )  # fmt: skip

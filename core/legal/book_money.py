"""Book an approved amount that lawyers told of: as a payment, a reversal, or as money that has arrived. Once.

The approval is committed before. The payment's idempotency key is the row's own, so that whoever finds it approved and
not booked does it again and gets the same payment.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError, not_found
from core.kit.events import emit
from core.kit.jobs import Run, handler
from core.kit.money import Money
from core.kit.scope import Scope, agency_scope
from core.legal.arrive_money import clear_held
from core.legal.kinds import MoneyKind, MoneyState
from core.legal.take_money import BOOK_JOB, UNKNOWN, look_for_line
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.permissions import Permission

_READ = """
SELECT m.*, h.debt_id, h.channel FROM legal_money m JOIN legal_handoff h ON h.agency_id = $1 AND h.id = m.handoff_id
WHERE m.agency_id = $1 AND m.id = $2
"""
_OF = """
SELECT m.id FROM legal_money m WHERE m.agency_id = $1 AND m.handoff_id = $2 AND m.reference = $3
  AND m.state IN ('APPROVED', 'BOOKED')
"""
_BOOKED = """
UPDATE legal_money SET state = 'BOOKED', payment_id = $3, problem = NULL
WHERE agency_id = $1 AND id = $2 AND state = 'APPROVED' RETURNING remittance
"""
_REFUSED = """
UPDATE legal_money SET state = 'TOLD', problem = $3, decided_by = NULL, decided_at = NULL, decision_reason = ''
WHERE agency_id = $1 AND id = $2 AND state = 'APPROVED' RETURNING id
"""


@handler(BOOK_JOB)
async def book_later(run: Run) -> None:
    """The job: book, or leave it to a person, whom an event tells why."""
    code = None
    try:
        await book(acting(run.scope), UUID(run.payload["money_id"]))
    except DomainError as refused:
        code = refused.code
    async with db.transaction(run.scope) as tx:
        await run.finish(tx, {"code": code})


def acting(scope: Scope) -> Scope:
    """The scope in which an approved amount is booked: it was decided on by who may, or by the mandate's terms."""
    return agency_scope(scope.agency, scope.actor, (Permission.PAYMENT_RECORD, Permission.PAYMENT_REVERSE))


async def book(scope: Scope, money_id: UUID) -> UUID | None:
    """Book what is APPROVED, in a scope of `acting`; the payment that it led to. Anything else stays as it is.

    Raises: NotFound; DomainError, what `record_payment` and `reverse_payment` refuse, and Conflict (MONEY_UNKNOWN,
    PAYMENT_ALREADY_REVERSED): it waits for a person again then.
    """
    async with db.transaction(scope, read_only=True) as tx:
        row = await tx.fetchrow(_READ, scope.agency, money_id)
    if row is None:
        raise not_found("money", "money_id")
    if row["state"] != MoneyState.APPROVED:
        return row["payment_id"]
    try:
        payment_id = await _HOW[MoneyKind(row["kind"])](scope, row)
    except DomainError as refused:
        if refused.code == "IDEMPOTENCY_KEY_REUSED":
            raise RuntimeError(f"the money {row['id']} was booked in another way") from refused
        await _refused(scope, row, refused)
        raise
    async with db.transaction(scope) as tx:
        remittance = await tx.fetchval(_BOOKED, scope.agency, money_id, payment_id)
        if remittance is not None:
            await emit(
                tx, "legal.money_booked", row["handoff_id"], _told(row, payment_id=str(payment_id)),
                creditor_id=row["creditor_id"],
            )  # fmt: skip
            if row["kind"] in (MoneyKind.RECEIVED, MoneyKind.REVERSED):
                await look_for_line(tx, row["channel"], remittance)
    return payment_id


async def _pay(scope: Scope, row: Row) -> UUID:
    """The debtor has paid. What the lawyers hold is the agency's to remit only once it is here."""
    received = row["kind"] == MoneyKind.RECEIVED
    command = RecordPayment(
        debt_id=row["debt_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        paid_on=row["occurred_on"],
        method=PaymentMethod.OTHER,
        received_by=ReceivedBy.AGENCY if received else ReceivedBy.CREDITOR,
        idempotency_key=f"legal_money:{row['id']}",
        reference=row["reference"][:120],
    )
    return (await record_payment(scope, command, held=received)).payment_id


async def _reverse(scope: Scope, row: Row) -> UUID:
    """All of it is gone. A payment that is reversed already, because somebody had heard of it, is the same reversal."""
    payment_id = await _booked_of(scope, row)
    command = ReversePayment(
        payment_id=payment_id,
        reason=f"the lawyers took it back: {row['reference']}"[:200],
        reversed_on=row["occurred_on"],
    )
    try:
        await reverse_payment(scope, command)
    except Conflict as problem:
        if problem.code != "PAYMENT_ALREADY_REVERSED":
            raise
    return payment_id


async def _arrive(scope: Scope, row: Row) -> UUID:
    """What the lawyers held is in the trust account, as a person has seen."""
    payment_id = await _booked_of(scope, row)
    async with db.transaction(scope) as tx:
        await clear_held(tx, payment_id, row["occurred_on"])
    return payment_id


async def _booked_of(scope: Scope, row: Row) -> UUID:
    """The payment of what it is of, which is booked now where it was about to be."""
    async with db.transaction(scope, read_only=True) as tx:
        of_id = await tx.fetchval(_OF, scope.agency, row["handoff_id"], row["of_reference"])
    payment_id = await book(scope, of_id) if of_id is not None else None
    if payment_id is None:
        raise unknown()
    return payment_id


_HOW: dict[MoneyKind, Callable[[Scope, Row], Awaitable[UUID]]] = {
    MoneyKind.RECEIVED: _pay,
    MoneyKind.DIRECT: _pay,
    MoneyKind.REVERSED: _reverse,
    MoneyKind.REMITTED: _arrive,
}


async def _refused(scope: Scope, row: Row, refused: DomainError) -> None:
    async with db.transaction(scope) as tx:
        await _back(tx, row, refused)


async def _back(tx: Tx, row: Row, refused: DomainError) -> None:
    if await tx.fetchval(_REFUSED, tx.scope.agency, row["id"], refused.code[:80]) is not None:
        data = _told(row, code=refused.code, message=refused.message)
        await emit(tx, "legal.money_refused", row["handoff_id"], data, creditor_id=row["creditor_id"])


def _told(row: Row, **more: str) -> dict[str, object]:
    return {
        "debt_id": str(row["debt_id"]), "money_id": str(row["id"]), "kind": row["kind"],
        "amount_minor": row["amount_minor"], "currency": row["currency"], **more,
    }  # fmt: skip


def unknown() -> Conflict:
    """What it is of is not booked."""
    return Conflict(
        "The payment that this is of is not booked.", code=UNKNOWN, field="money_id",
        remedy="Decide on that payment first; where nobody told of it, ask the lawyers, and dismiss this.",
    )  # fmt: skip

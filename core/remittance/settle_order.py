"""What became of an order: the bank has moved the money, or has given it back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.ledger.kinds import Account, PostingKind
from core.permissions import Permission
from core.remittance.kinds import OrderKind, OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrder:
    """`settled_on` is the bank's day, `reference` what the bank calls it. `returned`: the money came back."""

    order_id: UUID
    settled_on: date
    reference: str
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled:
    """`replayed`: it was settled just so before."""

    order_id: UUID
    status: OrderStatus
    replayed: bool


async def settle_order(scope: Scope, command: SettleOrder) -> OrderSettled:
    """Say that a bank has executed an order, or that money which was remitted came back, before or after that.

    What came back is the creditor's still, and is in its next statement. Only remittances come back here: a transfer
    between the agency's own accounts is ordered until it is executed.

    Raises: Forbidden; NotFound (order); InvalidInput (INVALID_TEXT, SETTLED_ON); Conflict (ORDER_SETTLED,
    ORDER_NOT_RETURNABLE).
    """
    scope.require(Permission.REMITTANCE_ISSUE)
    async with db.transaction(scope) as tx:
        return await settle(tx, command)


async def settle(tx: Tx, command: SettleOrder) -> OrderSettled:
    """The same in a transaction, for those who may because the bank itself says so. What it raises, it raises before it
    has written anything."""
    reference = require_text(command.reference, "reference", 120)
    status = OrderStatus.RETURNED if command.returned else OrderStatus.EXECUTED
    order = await tx.fetchrow(_LOCK, tx.scope.agency, command.order_id)
    if order is None:
        raise not_found("order", "order_id")
    if (order["status"], order["settled_on"], order["reference"]) == (status, command.settled_on, reference):
        return OrderSettled(order_id=command.order_id, status=status, replayed=True)
    _check(command, order)
    await tx.execute(
        "UPDATE remittance_order SET status = $3, settled_on = $4, reference = $5, settled_by = $6 "
        "WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, command.order_id, status.value, command.settled_on, reference, str(tx.scope.actor),
    )  # fmt: skip
    if command.returned:
        await _take_back(tx, command, order, reference)
    data = {"status": status.value, "settled_on": command.settled_on.isoformat(), "reference": reference}
    await emit(tx, "remittance_order.settled", command.order_id, data, creditor_id=order["creditor_id"])
    return OrderSettled(order_id=command.order_id, status=status, replayed=False)


_REOPEN = """
UPDATE remittance_order SET status = 'ORDERED', settled_on = NULL, reference = '', settled_by = NULL
WHERE agency_id = $1 AND id = $2 AND status = 'EXECUTED' AND settled_on = $3 AND reference = $4 RETURNING creditor_id
"""


async def reopen(tx: Tx, order_id: UUID, settled_on: date, reference: str, reason: str) -> None:
    """Take back that an order was executed, where it was settled just so: the bank did not mean this one."""
    creditor_id = await tx.fetchval(_REOPEN, tx.scope.agency, order_id, settled_on, reference)
    if creditor_id is not None:
        await emit(tx, "remittance_order.reopened", order_id, {"reason": reason}, creditor_id=creditor_id)


_LOCK = """
SELECT o.id, o.creditor_id, o.kind, o.currency, o.amount_minor, o.status, o.ordered_on, o.settled_on, o.reference,
  a.timezone
FROM remittance_order o JOIN agency a ON a.id = $1 WHERE o.agency_id = $1 AND o.id = $2 FOR NO KEY UPDATE OF o
"""


def _check(command: SettleOrder, order: Row) -> None:
    if not order["ordered_on"] <= command.settled_on <= clock.today(order["timezone"]):
        raise InvalidInput(
            "The day is before the order, or in the future.", code="SETTLED_ON", field="settled_on",
            remedy=f"Give a day from {order['ordered_on']} to today.",
        )  # fmt: skip
    if command.returned and order["kind"] != OrderKind.REMIT:
        raise Conflict(
            "This order moves the agency's own money.", code="ORDER_NOT_RETURNABLE", field="returned",
            remedy="Order it at the bank again; it stays open until it is executed.",
        )  # fmt: skip
    if order["status"] == OrderStatus.RETURNED or (order["status"] == OrderStatus.EXECUTED and not command.returned):
        raise Conflict(
            f"The order is settled: {order['status']} on {order['settled_on']}.", code="ORDER_SETTLED",
            field="order_id", remedy="Nothing is left to do.",
        )  # fmt: skip


async def _take_back(tx: Tx, command: SettleOrder, order: Row, reference: str) -> None:
    await tx.execute(
        "INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, "
        "effective_on, recorded_at, source_id, actor, reason) "
        "VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tx.scope.agency, order["creditor_id"], PostingKind.REMITTANCE.value, Account.TRUST_BANK.value,
        Account.CLIENT.value, order["currency"], order["amount_minor"], command.settled_on, tx.now, order["id"],
        str(tx.scope.actor), reference,
    )  # fmt: skip

"""A person says which order, refund or advance a line of the bank is."""

from dataclasses import dataclass
from uuid import UUID

from core.banking.book_transfer import Transfer, book
from core.banking.kinds import AccountKind, EntryState, Rung, TransferKind
from core.banking.lock_entry import lock_entry
from core.kit import db
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyTransfer:
    """One of: the remittance order, the refund of a surplus (the `refund_id` that `refund_surplus` gave), the advance
    of a creditor (the `advance_id` of `record_advance`)."""

    entry_id: UUID
    order_id: UUID | None = None
    refund_id: UUID | None = None
    advance_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferIdentified:
    """`replayed`: it was identified as just this before."""

    entry_id: UUID
    replayed: bool


async def identify_transfer(scope: Scope, command: IdentifyTransfer) -> TransferIdentified:
    """Tie a line of a trust account to what the agency sent, or got back of it, or a creditor advanced; the order is
    settled by it.

    Raises: Forbidden; NotFound (entry, order, refund, advance); InvalidInput (ORDER_OR_REFUND, NOT_OF_TRUST,
    TRANSFER_DIFFERS, SETTLED_ON); Conflict (ENTRY_DECIDED, TRANSFER_TAKEN, ORDER_SETTLED).
    """
    scope.require(Permission.BANKING_MANAGE)
    transfer = _transfer(command)
    order = transfer.kind is TransferKind.ORDER
    refund = transfer.kind is TransferKind.REFUND
    scope.require(Permission.PAYMENT_REVERSE if refund else Permission.REMITTANCE_ISSUE)
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, command.entry_id)
        if entry["kind"] != AccountKind.TRUST:
            raise InvalidInput(
                "This entry is not of a trust account.", code="NOT_OF_TRUST", field="entry_id",
                remedy="Choose another entry.",
            )  # fmt: skip
        known = entry["order_id"] if order else entry["refund_id"]
        if entry["state"] == EntryState.MATCHED and known == transfer.id:
            return TransferIdentified(entry_id=command.entry_id, replayed=True)
        claimed = entry["debt_id"] is not None or entry["payment_id"] is not None
        if entry["state"] != EntryState.UNMATCHED or claimed:
            raise Conflict(
                "What this entry is, is decided already.", code="ENTRY_DECIDED", field="entry_id",
                remedy="Read the entry again.",
            )  # fmt: skip
        await book(tx, entry, transfer, Rung.MANUAL, str(scope.actor))
        data = {f"{transfer.kind.value.lower()}_id": str(transfer.id)}
        await emit(tx, "bank_entry.identified", command.entry_id, data)
    return TransferIdentified(entry_id=command.entry_id, replayed=False)


def _transfer(command: IdentifyTransfer) -> Transfer:
    given = {
        TransferKind.ORDER: command.order_id,
        TransferKind.REFUND: command.refund_id,
        TransferKind.ADVANCE: command.advance_id,
    }
    named = [Transfer(kind=kind, id=key) for kind, key in given.items() if key is not None]
    if len(named) != 1:
        raise InvalidInput(
            "Say the order, the refund, or the advance.", code="ORDER_OR_REFUND", field="order_id",
            remedy="Give one of them.",
        )  # fmt: skip
    return named[0]

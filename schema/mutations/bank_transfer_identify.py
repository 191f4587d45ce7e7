"""`bankTransferIdentify`."""

import strawberry

from core.banking.identify_transfer import IdentifyTransfer, identify_transfer
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="Which transfer an entry is: an order, a refund, or an advance.")
class BankTransferIdentifyInput:
    entry_id: strawberry.ID = strawberry.field(description="The entry of a trust account.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="The order of a remittance.")
    refund_id: strawberry.ID | None = strawberry.field(
        default=None, description="The refund of a surplus, as `surplusRefund` gave it."
    )
    advance_id: strawberry.ID | None = strawberry.field(
        default=None, description="The advance of a creditor, or its return, as `advanceRecord` gave it."
    )


@strawberry.type(description="The entry.")
class BankTransferIdentifyPayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry with its order.")
    replayed: bool = strawberry.field(default=False, description="Whether it was identified as just this before.")


@mutation(Permission.BANKING_MANAGE)
async def bank_transfer_identify(info: Info, input: BankTransferIdentifyInput) -> BankTransferIdentifyPayload:
    """Say which order, refund or advance a line of the bank is. An order is settled by it; what came back
    is the creditor's.

    Needs `remittance:issue` too, for a refund `payment:reverse` instead. Error codes: NOT_FOUND, ORDER_OR_REFUND,
    NOT_OF_TRUST, ENTRY_DECIDED, TRANSFER_DIFFERS, TRANSFER_TAKEN, and those of `remittanceOrderSettle`.
    """
    command = IdentifyTransfer(
        entry_id=ids.decode("bank_entry", input.entry_id, field="entryId"),
        order_id=ids.optional("order", input.order_id, field="orderId"),
        refund_id=ids.optional("refund", input.refund_id, field="refundId"),
        advance_id=ids.optional("advance", input.advance_id, field="advanceId"),
    )
    done = await identify_transfer(info.context.scope, command)
    return BankTransferIdentifyPayload(entry=await loaded(info, BankEntry, done.entry_id), replayed=done.replayed)

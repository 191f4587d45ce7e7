"""`remittanceOrderSettle`."""

from datetime import date

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.remittance.settle_order import SettleOrder, settle_order
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.remittance import RemittanceOrder


@strawberry.input(description="What a bank made of an order.")
class RemittanceOrderSettleInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    settled_on: date = strawberry.field(description="The bank's day.")
    reference: str = strawberry.field(description="What the bank calls it.")
    returned: bool = strawberry.field(default=False, description="Whether the money came back.")


@strawberry.type(description="The order as it stands.")
class RemittanceOrderSettlePayload(Payload):
    order: RemittanceOrder | None = strawberry.field(default=None, description="The order.")
    replayed: bool = strawberry.field(default=False, description="Whether it was settled just so before.")


@mutation(Permission.REMITTANCE_ISSUE)
async def remittance_order_settle(info: Info, input: RemittanceOrderSettleInput) -> RemittanceOrderSettlePayload:
    """Say that a bank has executed an order, or that money which was remitted came back: it is the creditor's still,
    and in its next statement.

    Error codes: NOT_FOUND; INVALID_TEXT, SETTLED_ON; ORDER_SETTLED, ORDER_NOT_RETURNABLE.
    """
    done = await settle_order(
        info.context.scope,
        SettleOrder(
            order_id=ids.decode("order", input.order_id, field="orderId"),
            settled_on=input.settled_on,
            reference=input.reference,
            returned=input.returned,
        ),
    )
    order = await loaded(info, RemittanceOrder, done.order_id)
    return RemittanceOrderSettlePayload(order=order, replayed=done.replayed)

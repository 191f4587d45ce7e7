"""`legalMoneyArrive`."""

from datetime import date

import strawberry

from core.kit import ids
from core.legal.arrive_money import ArriveMoney, arrive_money
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal_cases import LegalMoney


@strawberry.input(description="Money that lawyers held has arrived.")
class LegalMoneyArriveInput:
    money_id: strawberry.ID = strawberry.field(description="The amount that they RECEIVED.")
    arrived_on: date = strawberry.field(description="The day on which the bank booked it.")
    reason: str = strawberry.field(description="Where that is seen, in 1 to 200 characters.")


@strawberry.type(description="The amount that has arrived.")
class LegalMoneyArrivePayload(Payload):
    money: LegalMoney | None = strawberry.field(default=None, description="The amount, with its payment.")
    replayed: bool = strawberry.field(default=False, description="Whether that had been said before.")


@mutation(Permission.BANKING_MANAGE)
async def legal_money_arrive(info: Info, input: LegalMoneyArriveInput) -> LegalMoneyArrivePayload:
    """Say that money which lawyers held is in the trust account: its payment clears as of that day, may be remitted and
    earns its commission.

    Error codes: NOT_FOUND; INVALID_TEXT; ARRIVED_ON; MONEY_NOT_HELD; MONEY_ARRIVED; PAYMENT_ALREADY_REVERSED.
    """
    money_id = ids.decode("legal_money", input.money_id, field="moneyId")
    command = ArriveMoney(money_id=money_id, arrived_on=input.arrived_on, reason=input.reason)
    done = await arrive_money(info.context.scope, command)
    return LegalMoneyArrivePayload(money=await loaded(info, LegalMoney, money_id), replayed=done.replayed)

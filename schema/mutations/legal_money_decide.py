"""`legalMoneyDecide`."""

import strawberry

from core.kit import ids
from core.legal.decide_money import DecideMoney, decide_money
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal_cases import LegalMoney


@strawberry.input(description="A decision on money that lawyers told of.")
class LegalMoneyDecideInput:
    money_id: strawberry.ID = strawberry.field(description="The amount.")
    booked: bool = strawberry.field(
        description="Whether it is booked; otherwise it is dismissed: recorded in another way, or it never was."
    )
    reason: str = strawberry.field(description="Why, in 1 to 200 characters.")


@strawberry.type(description="The decided amount.")
class LegalMoneyDecidePayload(Payload):
    money: LegalMoney | None = strawberry.field(default=None, description="The amount, with its payment.")
    replayed: bool = strawberry.field(default=False, description="Whether it had been decided so before.")


@mutation(Permission.PAYMENT_RECORD)
async def legal_money_decide(info: Info, input: LegalMoneyDecideInput) -> LegalMoneyDecidePayload:
    """Book an amount that lawyers told of, or dismiss it. What they received becomes a PENDING payment, what they remit
    clears it; a reversal needs the permission to reverse payments too.

    Error codes: NOT_FOUND; INVALID_TEXT; MONEY_DECIDED; MONEY_UNKNOWN; AMOUNT_DIFFERS; PAYMENT_ALREADY_REVERSED;
    PAID_ON_BEFORE_DEBT; DEBT_CLOSED; REVERSED_ON_BEFORE_PAYMENT.
    """
    money_id = ids.decode("legal_money", input.money_id, field="moneyId")
    done = await decide_money(
        info.context.scope, DecideMoney(money_id=money_id, booked=input.booked, reason=input.reason)
    )
    return LegalMoneyDecidePayload(money=await loaded(info, LegalMoney, money_id), replayed=done.replayed)

"""`bankRemittanceIdentify`."""

import strawberry

from core.banking.identify_remittance import IdentifyRemittance, identify_remittance
from core.banking.share_out import MOST
from core.kit import ids
from core.kit.errors import InvalidInput
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(
    description="What lawyers remit in one line: either the amounts, or the channel with its number of it."
)
class BankRemittanceIdentifyInput:
    entry_id: strawberry.ID = strawberry.field(description="The receipt.")
    money_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID],
        description="The amounts that they RECEIVED and now pay over, all of one channel; at most 500.",
    )
    channel: str | None = strawberry.field(default=None, description="The channel that told of them.")
    remittance: str | None = strawberry.field(
        default=None, description="Its number: all amounts of it that the bank has not told of."
    )


@strawberry.type(description="The entry.")
class BankRemittanceIdentifyPayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry with its shares.")
    replayed: bool = strawberry.field(default=False, description="Whether it was shared out among just these before.")


@mutation(Permission.BANKING_MANAGE)
async def bank_remittance_identify(info: Info, input: BankRemittanceIdentifyInput) -> BankRemittanceIdentifyPayload:
    """Say that a receipt is several payments which lawyers held, less what they kept: all of them clear as of its day,
    or none does. To the cent what they told that they remit, or else what they received less FEE and COST; of an amount
    that arrived before, what was kept of it; of one that was reversed since, what they take off.

    Needs `payment:record` too. Error codes: NOT_FOUND, MONEY_OR_REMITTANCE, NOT_A_RECEIPT, ENTRY_DECIDED,
    AMOUNTS_DIFFER, MONEY_NOT_HELD, PAYMENT_TAKEN, AMOUNT_DIFFERS, ARRIVED_ON, ONE_CHANNEL, CURRENCY_MISMATCH,
    TOO_MANY_AMOUNTS.
    """
    if len(input.money_ids) > MOST:
        raise InvalidInput(
            f"These are {len(input.money_ids)} amounts.", code="TOO_MANY_AMOUNTS", field="money_ids",
            remedy=f"One line is of at most {MOST}.",
        )  # fmt: skip
    command = IdentifyRemittance(
        entry_id=ids.decode("bank_entry", input.entry_id, field="entryId"),
        money_ids=tuple(ids.decode("legal_money", one, field="moneyIds") for one in input.money_ids),
        channel=input.channel,
        remittance=input.remittance,
    )
    done = await identify_remittance(info.context.scope, command)
    return BankRemittanceIdentifyPayload(entry=await loaded(info, BankEntry, done.entry_id), replayed=done.replayed)

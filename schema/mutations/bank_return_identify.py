"""`bankReturnIdentify`."""

import strawberry

from core.banking.identify_return import identify_return
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="Which payment the bank took back.")
class BankReturnIdentifyInput:
    entry_id: strawberry.ID = strawberry.field(description="The debit by which the bank took the money.")
    payment_id: strawberry.ID = strawberry.field(description="The payment that it takes back.")


@strawberry.type(description="The entry.")
class BankReturnIdentifyPayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry with its payment.")
    replayed: bool = strawberry.field(default=False, description="Whether it was identified as just this before.")


@mutation(Permission.BANKING_MANAGE)
async def bank_return_identify(info: Info, input: BankReturnIdentifyInput) -> BankReturnIdentifyPayload:
    """Reverse a payment because the bank took its money back, once.

    Needs `payment:reverse` too. Error codes: NOT_FOUND, NOT_A_RETURN, ENTRY_DECIDED, PAYMENT_DIFFERS, PAYMENT_TAKEN,
    and those of `paymentReverse`.
    """
    entry_id = ids.decode("bank_entry", input.entry_id, field="entryId")
    payment_id = ids.decode("payment", input.payment_id, field="paymentId")
    done = await identify_return(info.context.scope, entry_id, payment_id)
    return BankReturnIdentifyPayload(entry=await loaded(info, BankEntry, entry_id), replayed=done.replayed)

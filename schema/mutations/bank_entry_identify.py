"""`bankEntryIdentify`."""

import strawberry

from core.banking.identify_entry import IdentifyEntry, identify_entry
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="What a receipt is: either the debt that it is for, or the payment that it is.")
class BankEntryIdentifyInput:
    entry_id: strawberry.ID = strawberry.field(description="The receipt.")
    debt_id: strawberry.ID | None = strawberry.field(default=None, description="The debt: a payment of it is recorded.")
    payment_id: strawberry.ID | None = strawberry.field(
        default=None, description="The payment, where it was recorded before the bank told of it."
    )


@strawberry.type(description="The entry.")
class BankEntryIdentifyPayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry with its debt and payment.")
    replayed: bool = strawberry.field(default=False, description="Whether it was identified as just this before.")


@mutation(Permission.BANKING_MANAGE)
async def bank_entry_identify(info: Info, input: BankEntryIdentifyInput) -> BankEntryIdentifyPayload:
    """Say what a receipt is for. Its money moves from the unidentified to the debt's creditor, once.

    Needs `payment:record` too. Error codes: NOT_FOUND, DEBT_OR_PAYMENT, NOT_A_RECEIPT, ENTRY_DECIDED, PAYMENT_DIFFERS,
    PAYMENT_TAKEN, and those of `paymentRecord`.
    """
    command = IdentifyEntry(
        entry_id=ids.decode("bank_entry", input.entry_id, field="entryId"),
        debt_id=ids.optional("debt", input.debt_id, field="debtId"),
        payment_id=ids.optional("payment", input.payment_id, field="paymentId"),
    )
    done = await identify_entry(info.context.scope, command)
    return BankEntryIdentifyPayload(entry=await loaded(info, BankEntry, done.entry_id), replayed=done.replayed)

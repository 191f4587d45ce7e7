"""`bankEntryRelease`."""

import strawberry

from core.banking.release_entry import release_entry
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="An entry that was identified by mistake.")
class BankEntryReleaseInput:
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    reason: str = strawberry.field(description="Why it is not what it was taken for.")


@strawberry.type(description="The entry.")
class BankEntryReleasePayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry, unmatched again.")


@mutation(Permission.BANKING_MANAGE)
async def bank_entry_release(info: Info, input: BankEntryReleaseInput) -> BankEntryReleasePayload:
    """Reverse the payment that a receipt became; its money stays in the trust account, unidentified. A line that was
    taken for an order or a refund is open again, and so is the order that it settled.

    Needs `payment:reverse` too, for an order `remittance:issue`. Error codes: NOT_FOUND, NOT_A_RECEIPT,
    ENTRY_NOT_MATCHED, PAYMENT_ALREADY_REVERSED, MONEY_REMITTED, TRANSFER_RETURNED, INVALID_TEXT.
    """
    entry_id = ids.decode("bank_entry", input.entry_id, field="entryId")
    await release_entry(info.context.scope, entry_id, input.reason)
    return BankEntryReleasePayload(entry=await loaded(info, BankEntry, entry_id))

"""`bankEntryIgnore`."""

import strawberry

from core.banking.ignore_entry import ignore_entry
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="An entry about which nothing is to be done.")
class BankEntryIgnoreInput:
    entry_id: strawberry.ID = strawberry.field(description="The debit: a remittance, the bank's fee.")
    reason: str = strawberry.field(description="What it is.")


@strawberry.type(description="The entry.")
class BankEntryIgnorePayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry.")


@mutation(Permission.BANKING_MANAGE)
async def bank_entry_ignore(info: Info, input: BankEntryIgnoreInput) -> BankEntryIgnorePayload:
    """Put a debit aside. Error codes: NOT_FOUND, RECEIPT_IS_SOMEBODYS, ENTRY_DECIDED, INVALID_TEXT."""
    entry_id = ids.decode("bank_entry", input.entry_id, field="entryId")
    await ignore_entry(info.context.scope, entry_id, input.reason)
    return BankEntryIgnorePayload(entry=await loaded(info, BankEntry, entry_id))

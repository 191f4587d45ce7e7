"""`bankMoveIdentify`."""

import strawberry

from core.banking.identify_move import identify_move
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankEntry


@strawberry.input(description="A debit of one trust account and a receipt of another that are the same money.")
class BankMoveIdentifyInput:
    entry_id: strawberry.ID = strawberry.field(description="One of the two entries.")
    counterpart_id: strawberry.ID = strawberry.field(description="The other one.")


@strawberry.type(description="Both entries.")
class BankMoveIdentifyPayload(Payload):
    entry: BankEntry | None = strawberry.field(default=None, description="The entry.")
    counterpart: BankEntry | None = strawberry.field(default=None, description="The other one.")
    replayed: bool = strawberry.field(default=False, description="Whether they were known as each other's before.")


@mutation(Permission.BANKING_MANAGE)
async def bank_move_identify(info: Info, input: BankMoveIdentifyInput) -> BankMoveIdentifyPayload:
    """Say that the agency moved money from one of its trust accounts to another: nobody's money came in.

    Error codes: NOT_FOUND, NOT_A_MOVE, ENTRY_DECIDED.
    """
    done = await identify_move(
        info.context.scope,
        ids.decode("bank_entry", input.entry_id, field="entryId"),
        ids.decode("bank_entry", input.counterpart_id, field="counterpartId"),
    )
    return BankMoveIdentifyPayload(
        entry=await loaded(info, BankEntry, done.entry_id),
        counterpart=await loaded(info, BankEntry, done.counterpart_id),
        replayed=done.replayed,
    )

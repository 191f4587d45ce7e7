"""`bankAccountOpen`."""

import strawberry

from core.banking.kinds import AccountKind
from core.banking.open_account import OpenAccount, open_account
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.banking import BankAccount


@strawberry.input(description="A bank account of the agency.")
class BankAccountOpenInput:
    name: str = strawberry.field(description="The agency's name for it.")
    kind: AccountKind = strawberry.field(description="Whose money it holds.")
    number: str = strawberry.field(description="The IBAN or the bank's number, as its statements name it.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    csv_layout: JSON | None = strawberry.field(
        default=None, description="How its bank writes CSV, where it does (docs/agency.md)."
    )


@strawberry.type(description="The account.")
class BankAccountOpenPayload(Payload):
    account: BankAccount | None = strawberry.field(default=None, description="The account.")


@mutation(Permission.BANKING_MANAGE)
async def bank_account_open(info: Info, input: BankAccountOpenInput) -> BankAccountOpenPayload:
    """Register a bank account, so that its statements can be imported.

    Error codes: ACCOUNT_KNOWN, INVALID_ACCOUNT_NUMBER, UNKNOWN_CURRENCY, INVALID_LAYOUT, INVALID_TEXT.
    """
    command = OpenAccount(
        name=input.name, kind=input.kind, number=input.number, currency=input.currency, csv_layout=input.csv_layout
    )
    account_id = await open_account(info.context.scope, command)
    return BankAccountOpenPayload(account=await loaded(info, BankAccount, account_id))

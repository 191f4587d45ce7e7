"""`bankCsvLayoutSave`."""

import strawberry

from core.banking.save_csv_layout import save_csv_layout
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.banking import BankAccount


@strawberry.input(description="How the bank of an account writes CSV.")
class BankCsvLayoutSaveInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    layout: JSON = strawberry.field(description="The layout (docs/agency.md).")


@strawberry.type(description="The account.")
class BankCsvLayoutSavePayload(Payload):
    account: BankAccount | None = strawberry.field(default=None, description="The account.")


@mutation(Permission.BANKING_MANAGE)
async def bank_csv_layout_save(info: Info, input: BankCsvLayoutSaveInput) -> BankCsvLayoutSavePayload:
    """Replace the CSV layout of an account. Error codes: NOT_FOUND, INVALID_LAYOUT."""
    account_id = ids.decode("bank_account", input.account_id, field="accountId")
    await save_csv_layout(info.context.scope, account_id, input.layout)
    return BankCsvLayoutSavePayload(account=await loaded(info, BankAccount, account_id))

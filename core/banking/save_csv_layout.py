"""Say how the bank of an account writes its CSV."""

from typing import Any
from uuid import UUID

from core.banking.csv_layout import read_csv_layout
from core.kit import db
from core.kit.errors import not_found
from core.kit.scope import Scope
from core.permissions import Permission


async def save_csv_layout(scope: Scope, account_id: UUID, layout: dict[str, Any]) -> None:
    """Replace the CSV layout of an account (core/banking/csv_layout.py).

    Raises: Forbidden; InvalidInput (INVALID_LAYOUT); NotFound (account).
    """
    scope.require(Permission.BANKING_MANAGE)
    checked = read_csv_layout(layout).model_dump()
    async with db.transaction(scope) as tx:
        changed = await tx.execute(
            "UPDATE bank_account SET csv_layout = $3 WHERE agency_id = $1 AND id = $2",
            scope.agency, account_id, checked,
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise not_found("bank account", "account_id")

"""An account of the agency, so that statements of it can be imported."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.banking.csv_layout import read_csv_layout
from core.banking.kinds import AccountKind
from core.banking.statement import compact_account
from core.debts.lock import require_text
from core.kit import db
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import exponent
from core.kit.scope import Scope
from core.permissions import Permission

_ADD = """
INSERT INTO bank_account (agency_id, id, name, kind, number, currency, csv_layout, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """`number` is the IBAN or the bank's number, with or without separators, as statements name it. `csv_layout` says
    how the bank writes CSV (core/banking/csv_layout.py)."""

    name: str
    kind: AccountKind
    number: str
    currency: str
    csv_layout: dict[str, Any] | None = None


async def open_account(scope: Scope, command: OpenAccount) -> UUID:
    """Register a bank account; returns its id.

    Raises: Forbidden; InvalidInput (INVALID_TEXT, INVALID_ACCOUNT_NUMBER, UNKNOWN_CURRENCY, INVALID_LAYOUT);
    Conflict (ACCOUNT_KNOWN).
    """
    scope.require(Permission.BANKING_MANAGE)
    name, number = require_text(command.name, "name", 120), compact_account(command.number)
    if not 4 <= len(number) <= 40:
        raise InvalidInput(
            "An account's number has 4 to 40 letters and digits.", code="INVALID_ACCOUNT_NUMBER", field="number",
            remedy="Give the IBAN, or the number that stands on the bank's statements.",
        )  # fmt: skip
    exponent(command.currency)
    layout = read_csv_layout(command.csv_layout).model_dump() if command.csv_layout is not None else None
    async with db.transaction(scope) as tx:
        account_id = await tx.fetchval(
            _ADD, scope.agency, new_id(), name, command.kind.value, number, command.currency, layout, str(scope.actor)
        )
        if account_id is None:
            raise Conflict(
                "There is an account of this name, or with this number in this currency.", code="ACCOUNT_KNOWN",
                field="number", remedy="Use the account that is there.",
            )  # fmt: skip
        data = {"name": name, "kind": command.kind.value, "currency": command.currency}
        await emit(tx, "bank_account.opened", account_id, data)
    return account_id

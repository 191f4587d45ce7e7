"""A person says that nothing is to be done about an entry."""

from uuid import UUID

from core.banking.kinds import AccountKind, EntryState
from core.banking.lock_entry import lock_entry
from core.banking.statement import Direction
from core.debts.lock import require_text
from core.kit import db
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission

_IGNORE = """
UPDATE bank_entry SET state = 'IGNORED', match_reason = $3, decided_by = $4, decided_at = $5
WHERE agency_id = $1 AND id = $2
"""


async def ignore_entry(scope: Scope, entry_id: UUID, reason: str) -> None:
    """Put a debit aside: a remittance of ours, the bank's fee. A receipt can not be put aside: it is somebody's money.

    Raises: Forbidden; NotFound (entry); InvalidInput (INVALID_TEXT, RECEIPT_IS_SOMEBODYS); Conflict (ENTRY_DECIDED).
    """
    scope.require(Permission.BANKING_MANAGE)
    why = require_text(reason, "reason")
    async with db.transaction(scope) as tx:
        entry = await lock_entry(tx, entry_id)
        if entry["direction"] == Direction.CREDIT and entry["kind"] == AccountKind.TRUST:
            raise InvalidInput(
                "Money in the trust account is somebody's.", code="RECEIPT_IS_SOMEBODYS", field="entry_id",
                remedy="Say the debt that it is for, or leave it unidentified.",
            )  # fmt: skip
        if entry["state"] != EntryState.UNMATCHED or entry["payment_id"] is not None:
            raise Conflict(
                "What this entry is, is decided already.", code="ENTRY_DECIDED", field="entry_id",
                remedy="Read the entry again.",
            )  # fmt: skip
        await tx.execute(_IGNORE, scope.agency, entry_id, why, str(scope.actor), tx.now)
        await emit(tx, "bank_entry.ignored", entry_id, {"reason": why})

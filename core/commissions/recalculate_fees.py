"""Charge anew what would be charged otherwise today, after a payment before it was reversed or came late."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.commissions.assess_fees import FeeTotal, charge, lock_creditor, reverse_lines, stale_payments, take_time
from core.kit import db
from core.kit.db import Tx
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalculateFees:
    """`on` is the legal day of the correction: the statement of that period has it, earlier ones stay as they are."""

    creditor_id: UUID
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesRecalculated:
    """`assessed` also has what had not been charged at all before `on`."""

    payments: tuple[UUID, ...]
    reversed: tuple[FeeTotal, ...]
    assessed: tuple[FeeTotal, ...]


async def recalculate_fees(scope: Scope, command: RecalculateFees) -> FeesRecalculated:
    """Reverse the lines of every payment whose fee would be another one today, and assess it again.

    Raises: Forbidden; NotFound (creditor).
    """
    scope.require(Permission.COMMISSION_MANAGE)
    async with db.transaction(scope) as tx:
        return await recalculate(tx, command)


async def recalculate(tx: Tx, command: RecalculateFees) -> FeesRecalculated:
    """As `recalculate_fees`, in the caller's transaction, which holds the creditor from here on.

    Raises: NotFound (creditor).
    """
    await take_time(tx)
    await lock_creditor(tx, command.creditor_id)
    charged = await tx.fetch(
        "SELECT DISTINCT debt_id FROM fee_line WHERE agency_id = $1 AND creditor_id = $2",
        tx.scope.agency, command.creditor_id,
    )  # fmt: skip
    stale = await stale_payments(tx, command.creditor_id, [row["debt_id"] for row in charged])
    turned = await reverse_lines(tx, command.creditor_id, stale, command.on)
    assessed, _, _ = await charge(tx, command.creditor_id, command.on)
    return FeesRecalculated(payments=tuple(stale), reversed=turned, assessed=assessed)

"""Record that the debtor was told that a debt will be reported to a bureau."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.debts.lock import lock_debt, require_active
from core.kit import clock, db
from core.kit.errors import InvalidInput
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotice:
    """`sent_at` is aware; `medium` such as `email` or `letter`; `proof` where the proof of sending is kept."""

    debt_id: UUID
    sent_at: datetime
    medium: str
    proof: str


async def record_notice(scope: Scope, command: RecordNotice) -> bool:
    """Keep a prior notice; False where this one was recorded before.

    Raises: Forbidden; NotFound (debt); InvalidInput (SENT_AT, INVALID_TEXT); Conflict (DEBT_CLOSED).
    Legal source: Ley 1266 de 2008 art. 12 (CO-BUR-01).
    """
    scope.require(Permission.BUREAU_FURNISH)
    for name, most in (("medium", 60), ("proof", 200)):
        text: str = getattr(command, name)
        if not text.strip() or len(text) > most or "\0" in text:
            raise InvalidInput(
                f"This is 1 to {most} characters.", code="INVALID_TEXT", field=name, remedy="Say it in so many."
            )
    if command.sent_at.tzinfo is None or command.sent_at > clock.now():
        raise InvalidInput(
            "A notice was sent at a moment that is past, with its zone.", code="SENT_AT", field="sent_at",
            remedy="Give the moment at which it was sent.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        recorded = await tx.fetchval(
            "INSERT INTO prior_notice (agency_id, id, debt_id, creditor_id, sent_at, medium, proof, recorded_by, "
            "recorded_at) VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, $8) "
            "ON CONFLICT (agency_id, debt_id, sent_at, medium) DO NOTHING RETURNING id",
            scope.agency, command.debt_id, debt["creditor_id"], command.sent_at, command.medium, command.proof,
            str(scope.actor), tx.now,
        )  # fmt: skip
        if recorded is None:
            return False
        data = {"sent_at": command.sent_at.isoformat(), "medium": command.medium}
        await emit(tx, "debt.notice_recorded", command.debt_id, data)
    return True

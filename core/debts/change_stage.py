"""Move a debt to another stage by hand."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.kinds import Stage
from core.debts.lock import lock_debt, require_active, require_text
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStage:
    debt_id: UUID
    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged:
    debt_id: UUID
    previous: Stage
    stage: Stage


async def change_stage(scope: Scope, command: ChangeStage) -> StageChanged:
    """Move a debt to another stage before the courts. To the stage in which it stands already, nothing happens.

    Raises: Forbidden; NotFound (debt); InvalidInput (INVALID_TEXT); Conflict (DEBT_CLOSED, STAGE_NEEDS_HANDOFF for
    JUDICIAL, STAGE_JUDICIAL for a debt that stands there).
    """
    scope.require(Permission.DEBT_WORK)
    reason = require_text(command.reason, "reason")
    if command.stage is Stage.JUDICIAL:
        raise Conflict(
            "A debt becomes judicial only by a legal handoff.", code="STAGE_NEEDS_HANDOFF", field="stage",
            remedy="Hand the debt over to a legal channel.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        if debt["stage"] == Stage.JUDICIAL:
            raise Conflict(
                "The debt is with the court.", code="STAGE_JUDICIAL", field="debt_id",
                remedy="It comes back by the outcome of its legal handoff.",
            )  # fmt: skip
        return await move_to_stage(tx, debt, command.stage, reason)


async def move_to_stage(tx: Tx, debt: Row, stage: Stage, reason: str) -> StageChanged:
    """Put a debt of `lock_debt` into any stage: for use cases that know why (a legal handoff, its refusal)."""
    previous = Stage(debt["stage"])
    if previous is not stage:
        await tx.execute(
            "UPDATE debt SET stage = $3, updated_at = $4 WHERE agency_id = $1 AND id = $2",
            tx.scope.agency, debt["id"], stage.value, tx.now,
        )  # fmt: skip
        data = {"previous": previous.value, "stage": stage.value, "reason": reason}
        await emit(tx, "debt.stage_changed", debt["id"], data, creditor_id=debt["creditor_id"])
    return StageChanged(debt_id=debt["id"], previous=previous, stage=stage)

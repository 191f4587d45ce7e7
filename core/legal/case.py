"""One case to work on: held with its debt, its steps, and the debt's way back from the court."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.change_stage import move_to_stage
from core.debts.kinds import DebtStatus, Stage
from core.debts.lock import lock_debt
from core.debts.rules import days_past_due, stage_for
from core.kit import clock
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.ids import new_id
from core.legal.kinds import RUNNING, HandoffState

_LOCK = "SELECT * FROM legal_handoff WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE"
_STEP = """
INSERT INTO legal_step (agency_id, id, creditor_id, handoff_id, state, actor, taken_at, code, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A handoff with its debt, both held until the transaction ends."""

    handoff: Row
    debt: Row

    @property
    def id(self) -> UUID:
        return self.handoff["id"]

    @property
    def creditor_id(self) -> UUID:
        return self.handoff["creditor_id"]

    @property
    def state(self) -> HandoffState:
        return HandoffState(self.handoff["state"])

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2, of the dossier as it was handed over."""
        return self.handoff["dossier"]["case"]["country"]


async def lock_case(tx: Tx, handoff_id: UUID) -> Case:
    """The debt first, as everybody who changes a debt. Raises: NotFound (handoff)."""
    debt_id = await tx.fetchval(
        "SELECT debt_id FROM legal_handoff WHERE agency_id = $1 AND id = $2", tx.scope.agency, handoff_id
    )
    if debt_id is None:
        raise not_found("handoff", "handoff_id")
    debt = await lock_debt(tx, debt_id)
    handoff = await tx.fetchrow(_LOCK, tx.scope.agency, handoff_id)
    assert handoff is not None
    return Case(handoff, debt)


def require_running(case: Case) -> None:
    """Raises: Conflict (HANDOFF_NOT_RUNNING) unless the channel has the case and it has not ended."""
    if case.state not in RUNNING:
        raise Conflict(
            f"The handoff is {case.state}: the channel has not acknowledged it, has refused it, or the case has ended.",
            code="HANDOFF_NOT_RUNNING", field="handoff_id", remedy="Give a handoff that is ACK or ACCEPTED.",
        )  # fmt: skip


async def write_step(
    tx: Tx, handoff_id: UUID, creditor_id: UUID, state: HandoffState, *, code: str | None = None, reason: str = ""
) -> None:
    """Add a step to the history of a handoff, in the name of the scope's actor."""
    await tx.execute(
        _STEP, tx.scope.agency, new_id(), creditor_id, handoff_id, state.value, str(tx.scope.actor), tx.now, code,
        reason[:500],
    )  # fmt: skip


async def take_step(tx: Tx, case: Case, state: HandoffState, *, code: str | None = None, reason: str = "") -> None:
    """Bring a handoff into another state."""
    await tx.execute(
        "UPDATE legal_handoff SET state = $3, refusal_code = COALESCE($4, refusal_code) "
        "WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, case.id, state.value, code,
    )  # fmt: skip
    await write_step(tx, case.id, case.creditor_id, state, code=code, reason=reason)


async def leave_court(tx: Tx, case: Case, reason: str) -> None:
    """The debt comes back to the stage of its days past due."""
    debt = case.debt
    if debt["status"] == DebtStatus.ACTIVE and debt["stage"] == Stage.JUDICIAL:
        days = days_past_due(debt["due_on"], clock.today(debt["timezone"]))
        await move_to_stage(tx, debt, stage_for(days, debt["stage_days"]), reason)

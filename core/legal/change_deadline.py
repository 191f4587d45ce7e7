"""Say that a deadline is met or does not hold, or move it to the day that counts."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.legal.case import Case, lock_case
from core.legal.kinds import DeadlineState
from core.permissions import Permission

LONGEST_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDeadline:
    """Either `state` (DONE or CANCELLED), or `due_on`, the day that counts: the court was closed, it gave another day.
    `note` says why."""

    deadline_id: UUID
    note: str
    state: DeadlineState | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineChanged:
    deadline_id: UUID
    handoff_id: UUID
    state: DeadlineState
    due_on: date


@again
async def change_deadline(scope: Scope, command: ChangeDeadline) -> DeadlineChanged:
    """Close or move an open deadline. Told twice, it is done once.

    Raises: Forbidden; NotFound (deadline); InvalidInput (INVALID_TEXT, DEADLINE_CHANGE, DEADLINE_DAY); Conflict
    (DEADLINE_CLOSED).
    """
    scope.require(Permission.LEGAL_HANDOFF)
    note = require_text(command.note, "note")
    if (command.state in (DeadlineState.DONE, DeadlineState.CANCELLED)) == (command.due_on is not None):
        raise InvalidInput(
            "A deadline is closed or moved.", code="DEADLINE_CHANGE", field="state",
            remedy="Give DONE or CANCELLED, or the new day, and not both.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        handoff_id = await tx.fetchval(
            "SELECT handoff_id FROM legal_deadline WHERE agency_id = $1 AND id = $2", scope.agency, command.deadline_id
        )
        if handoff_id is None:
            raise not_found("deadline", "deadline_id")
        case = await lock_case(tx, handoff_id)
        row = await tx.fetchrow(
            "SELECT * FROM legal_deadline WHERE agency_id = $1 AND id = $2", scope.agency, command.deadline_id
        )
        assert row is not None
        state = command.state or DeadlineState.OPEN
        due_on = command.due_on or row["due_on"]
        if (row["state"], row["due_on"]) != (state, due_on):
            await _change(tx, case, row, state, due_on, note)
        return DeadlineChanged(deadline_id=row["id"], handoff_id=case.id, state=state, due_on=due_on)


async def _change(tx: Tx, case: Case, row: Row, state: DeadlineState, due_on: date, note: str) -> None:
    if row["state"] != DeadlineState.OPEN:
        raise Conflict(
            f"The deadline is {row['state']}.", code="DEADLINE_CLOSED", field="deadline_id",
            remedy="What is closed stays so; record the event that begins the term anew.",
        )  # fmt: skip
    today = clock.today(case.debt["timezone"])
    if state is DeadlineState.OPEN and not today <= due_on <= today.replace(day=1, year=today.year + LONGEST_YEARS):
        raise InvalidInput(
            "A deadline is moved to a day that is to come.", code="DEADLINE_DAY", field="due_on",
            remedy=f"Give a day from {today} on, within {LONGEST_YEARS} years.",
        )  # fmt: skip
    await tx.execute(
        "UPDATE legal_deadline SET state = $3, due_on = $4, note = $5, changed_by = $6, changed_at = $7, "
        "warned_at = CASE WHEN due_on = $4 THEN warned_at END, missed_at = CASE WHEN due_on = $4 THEN missed_at END "
        "WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, row["id"], state.value, due_on, note, str(tx.scope.actor), tx.now,
    )  # fmt: skip
    data = {
        "deadline_id": str(row["id"]), "code": row["code"], "state": state.value,
        "was_due_on": row["due_on"].isoformat(), "due_on": due_on.isoformat(), "note": note,
    }  # fmt: skip
    await emit(tx, "legal.deadline_changed", case.id, data, creditor_id=case.creditor_id)

"""Days on which a debt earns no interest: a dispute, an insolvency, a moratorium. Also for days gone by."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import lock_debt, require_active
from core.interest.accrue_interest import reaccrue
from core.interest.kinds import PauseReason
from core.interest.rules import DAY
from core.kit import db
from core.kit.db import Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseInterest:
    """No interest from `first_on` to `last_on`, both included; without `last_on`, until further notice."""

    debt_id: UUID
    first_on: date
    last_on: date | None
    reason: PauseReason
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPause:
    """`last_on` is the last day without interest; the day before the pause's first one undoes it."""

    pause_id: UUID
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestPaused:
    """`corrected_minor` is by how much interest changed that was posted for these days already."""

    pause_id: UUID
    debt_id: UUID
    corrected_minor: int


async def pause_interest(scope: Scope, command: PauseInterest) -> InterestPaused:
    """Pause the interest of a debt; what was posted for its days is taken back at once. Pauses may overlap.

    Raises: Forbidden; NotFound (debt); InvalidInput (PAUSE_DAYS, INVALID_TEXT); Conflict (DEBT_CLOSED).
    """
    scope.require(Permission.INTEREST_MANAGE)
    if command.last_on is not None and command.last_on < command.first_on:
        raise _days("A pause does not end before it begins.")
    if len(command.note) > 200 or "\0" in command.note:
        raise InvalidInput(
            "A note has at most 200 characters.", code="INVALID_TEXT", field="note", remedy="Shorten it."
        )
    pause_id = new_id()
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        if command.first_on < debt["opened_on"]:
            raise _days("The debt did not exist on that day.")
        await tx.execute(
            "INSERT INTO interest_pause (agency_id, id, creditor_id, debt_id, first_on, last_on, reason, note, "
            "paused_at, paused_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            scope.agency, pause_id, debt["creditor_id"], command.debt_id, command.first_on, command.last_on,
            command.reason.value, command.note, tx.now, str(scope.actor),
        )  # fmt: skip
        cause = f"paused from {command.first_on} to {command.last_on or 'further notice'} ({command.reason.value})"
        return await _changed(
            tx,
            "interest.paused",
            pause_id,
            command.debt_id,
            debt["creditor_id"],
            command.first_on,
            command.last_on,
            cause,
        )


async def end_pause(scope: Scope, command: EndPause) -> InterestPaused:
    """Set the last day of a pause, also where it has another one; interest that was posted already follows at once.

    Raises: Forbidden; NotFound (pause); InvalidInput (PAUSE_DAYS).
    """
    scope.require(Permission.INTEREST_MANAGE)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT debt_id FROM interest_pause WHERE agency_id = $1 AND id = $2", scope.agency, command.pause_id
        )
        if row is None:
            raise not_found("pause", "pause_id")
        debt = await lock_debt(tx, row["debt_id"])
        pause = await tx.fetchrow(
            "SELECT first_on, last_on FROM interest_pause WHERE agency_id = $1 AND id = $2",
            scope.agency,
            command.pause_id,
        )
        if pause is None:
            raise not_found("pause", "pause_id")
        first_on: date = pause["first_on"]
        if (command.last_on - first_on).days < -1:
            raise _days("A pause does not end before it begins.")
        if command.last_on < first_on:
            await tx.execute(
                "DELETE FROM interest_pause WHERE agency_id = $1 AND id = $2", scope.agency, command.pause_id
            )
        else:
            await tx.execute(
                "UPDATE interest_pause SET last_on = $3 WHERE agency_id = $1 AND id = $2",
                scope.agency, command.pause_id, command.last_on,
            )  # fmt: skip
        about = min(command.last_on, pause["last_on"] or command.last_on) + DAY
        cause = f"the pause from {first_on} ends on {command.last_on}"
        return await _changed(
            tx,
            "interest.pause_ended",
            command.pause_id,
            row["debt_id"],
            debt["creditor_id"],
            about,
            command.last_on,
            cause,
        )


async def _changed(
    tx: Tx,
    name: str,
    pause_id: UUID,
    debt_id: UUID,
    creditor_id: UUID,
    about: date,
    last_on: date | None,
    cause: str,
) -> InterestPaused:
    corrected = await reaccrue(tx, debt_id, about, cause)
    data = {"pause_id": str(pause_id), "from": str(about), "last_on": last_on and str(last_on), "cause": cause}
    await emit(tx, name, debt_id, data, creditor_id=creditor_id)
    return InterestPaused(pause_id=pause_id, debt_id=debt_id, corrected_minor=corrected)


def _days(message: str) -> InvalidInput:
    return InvalidInput(message, code="PAUSE_DAYS", field="last_on", remedy="Give days of the debt, in their order.")

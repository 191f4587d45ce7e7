"""The agency's first demand of a debt: from that day on it earns also what the debtor pays to the creditor."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import lock_debt, require_active
from core.kit import clock, db
from core.kit.errors import InvalidInput
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDemand:
    """`demanded_on` is the legal day on which the debtor was asked to pay, in the mandate's zone."""

    debt_id: UUID
    demanded_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRecorded:
    """`first_demand_on` is the earlier of what was known and what was given."""

    debt_id: UUID
    first_demand_on: date


async def record_demand(scope: Scope, command: RecordDemand) -> DemandRecorded:
    """Keep the day of a demand, if it is the first; a later one changes nothing.

    Raises: Forbidden; NotFound (debt); InvalidInput (DEMANDED_ON); Conflict (DEBT_CLOSED).
    """
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        require_active(debt)
        placed_on, known = await _known(tx, command.debt_id)
        if not placed_on <= command.demanded_on <= clock.today(debt["timezone"]):
            raise InvalidInput(
                "The day is before the placement, or in the future.", code="DEMANDED_ON", field="demanded_on",
                remedy=f"Give a day from {placed_on} to today.",
            )  # fmt: skip
        if known is not None and known <= command.demanded_on:
            return DemandRecorded(debt_id=command.debt_id, first_demand_on=known)
        await tx.execute(
            "UPDATE debt SET first_demand_on = $3, updated_at = $4 WHERE agency_id = $1 AND id = $2",
            scope.agency, command.debt_id, command.demanded_on, tx.now,
        )  # fmt: skip
        data = {"first_demand_on": command.demanded_on.isoformat()}
        await emit(tx, "debt.demanded", command.debt_id, data, creditor_id=debt["creditor_id"])
    return DemandRecorded(debt_id=command.debt_id, first_demand_on=command.demanded_on)


async def _known(tx: db.Tx, debt_id: UUID) -> tuple[date, date | None]:
    row = await tx.fetchrow(
        "SELECT placed_on, first_demand_on FROM debt WHERE agency_id = $1 AND id = $2", tx.scope.agency, debt_id
    )
    assert row is not None
    return row["placed_on"], row["first_demand_on"]

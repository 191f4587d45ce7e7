"""A new version of what a creditor pays the agency under one mandate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.commissions.terms import read_terms, stored
from core.kit import clock, db
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSchedule:
    """`terms` as in terms.py. `valid_from` is the first day of placement that has them; `tax_rate` a share with six
    decimals at most (Colombia: IVA 0.19)."""

    mandate_id: UUID
    terms: Mapping[str, Any]
    valid_from: date
    tax_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSaved:
    schedule_id: UUID
    version: int


async def save_schedule(scope: Scope, command: SaveSchedule) -> ScheduleSaved:
    """Keep terms as the newest version of a mandate. Debts that are placed already keep theirs: every version but the
    first is valid from tomorrow (in the mandate's zone) at the earliest, and after the version before.

    Raises: Forbidden; NotFound (mandate); InvalidInput (INVALID_TERMS, TAX_RATE); Conflict (SCHEDULE_TOO_EARLY).
    """
    scope.require(Permission.COMMISSION_MANAGE)
    terms, tax_rate = stored(read_terms(command.terms)), check_tax_rate(command.tax_rate)
    schedule_id = new_id()
    async with db.transaction(scope) as tx:
        version = await _next_version(tx, command)
        creditor_id: UUID = await tx.fetchval(
            "INSERT INTO commission_schedule (agency_id, id, creditor_id, mandate_id, version, valid_from, terms, "
            "tax_rate, created_by, created_at) SELECT $1, $2, m.creditor_id, m.id, $4, $5, $6, $7, $8, $9 "
            "FROM mandate m WHERE m.agency_id = $1 AND m.id = $3 RETURNING creditor_id",
            scope.agency, schedule_id, command.mandate_id, version, command.valid_from, terms, tax_rate,
            str(scope.actor), tx.now,
        )  # fmt: skip
        data = {
            "mandate_id": str(command.mandate_id), "version": version, "valid_from": command.valid_from.isoformat(),
            "terms": terms, "tax_rate": str(tax_rate),
        }  # fmt: skip
        await emit(tx, "commission_schedule.saved", schedule_id, data, creditor_id=creditor_id)
    return ScheduleSaved(schedule_id=schedule_id, version=version)


def check_tax_rate(rate: Decimal) -> Decimal:
    """Raises: InvalidInput (TAX_RATE) for anything but a share from 0 to below 1 with six decimals at most."""
    if not rate.is_finite() or not 0 <= rate < 1 or rate != round(rate, 6):
        raise InvalidInput(
            "A tax rate is a share from 0 to below 1, with six decimals at most.", code="TAX_RATE", field="tax_rate",
            remedy='Give for example "0.19".',
        )  # fmt: skip
    return rate


async def _next_version(tx: Tx, command: SaveSchedule) -> int:
    """The lock makes versions of one mandate follow each other."""
    mandate = await tx.fetchrow(
        "SELECT timezone FROM mandate WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tx.scope.agency, command.mandate_id,
    )  # fmt: skip
    if mandate is None:
        raise not_found("mandate", "mandate_id")
    last = await tx.fetchrow(
        "SELECT version, valid_from FROM commission_schedule WHERE agency_id = $1 AND mandate_id = $2 "
        "ORDER BY version DESC LIMIT 1",
        tx.scope.agency, command.mandate_id,
    )  # fmt: skip
    if last is None:
        return 1
    until = max(last["valid_from"], clock.today(mandate["timezone"]))
    if command.valid_from <= until:
        raise Conflict(
            "Debts that are placed keep the terms that they were placed under.", code="SCHEDULE_TOO_EARLY",
            field="valid_from", remedy=f"Give a day after {until}.",
        )  # fmt: skip
    return last["version"] + 1

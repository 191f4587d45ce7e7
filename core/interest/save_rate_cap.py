"""Keep a certified cap of interest: a new one, or a correction of the one that begins on the same day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.debts.lock import require_text
from core.interest.rates import effective_daily
from core.kit import db
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.interest import check_modality, check_rate
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRateCap:
    """The maximum of a modality from `valid_from` to `valid_to`, both included: `annual_rate` is effective annual, a
    fraction (`Decimal("0.2817")`). `resolution` certifies it, `source` says where the agency has it from."""

    modality: str
    valid_from: date
    valid_to: date
    annual_rate: Decimal
    resolution: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCapSaved:
    """`stale_debts` have interest posted for days whose cap is another now: the next accrual corrects it."""

    rate_cap_id: UUID
    changed: bool
    stale_debts: int


async def save_rate_cap(scope: Scope, command: SaveRateCap) -> RateCapSaved:
    """Keep a cap. Debts of the modality whose interest is posted for its days are marked, and corrected by the next
    accrual (core/interest/accrue_due.py).

    Raises: Forbidden; InvalidInput (INTEREST_TERMS, RATE_CAP_DAYS, INVALID_TEXT); Conflict (RATE_CAP_OVERLAP).
    """
    scope.require(Permission.INTEREST_MANAGE)
    scope.agency  # noqa: B018 - raises in the scope of a creditor
    async with db.transaction(scope) as tx:
        return await keep(tx, command)


async def keep(tx: Tx, command: SaveRateCap) -> RateCapSaved:
    """The same, in a transaction."""
    modality, rate = check_modality(command.modality), check_rate(command.annual_rate)
    resolution, source = require_text(command.resolution, "resolution", 120), require_text(command.source, "source")
    if command.valid_to < command.valid_from:
        raise InvalidInput(
            "A cap does not end before it begins.", code="RATE_CAP_DAYS", field="valid_to", remedy="Give a later day."
        )
    agency_id = tx.scope.agency
    # Two who save caps of one modality at once would each see no overlap.
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7262008))", f"{agency_id}:{modality}")
    overlap = await tx.fetchrow(
        "SELECT valid_from, valid_to FROM rate_cap WHERE agency_id = $1 AND modality = $2 AND valid_from <> $3 "
        "AND valid_from <= $4 AND valid_to >= $3 LIMIT 1",
        agency_id, modality, command.valid_from, command.valid_to,
    )  # fmt: skip
    if overlap is not None:
        raise Conflict(
            f"There is a cap from {overlap['valid_from']} to {overlap['valid_to']}.", code="RATE_CAP_OVERLAP",
            field="valid_from", remedy="Each day has one cap of a modality: correct the one that begins there.",
        )  # fmt: skip
    row = await tx.fetchrow(
        _SAVE, agency_id, new_id(), modality, command.valid_from, command.valid_to, rate, effective_daily(rate),
        resolution, source, tx.now, str(tx.scope.actor),
    )  # fmt: skip
    if row is None:
        same = await tx.fetchval(
            "SELECT id FROM rate_cap WHERE agency_id = $1 AND modality = $2 AND valid_from = $3",
            agency_id, modality, command.valid_from,
        )  # fmt: skip
        return RateCapSaved(rate_cap_id=same, changed=False, stale_debts=0)
    stale = int((await tx.execute(_STALE, agency_id, modality, command.valid_from)).rpartition(" ")[2])
    data = {
        "modality": modality, "valid_from": command.valid_from.isoformat(), "valid_to": command.valid_to.isoformat(),
        "annual_rate": str(rate), "resolution": resolution, "source": source, "stale_debts": stale,
    }  # fmt: skip
    await emit(tx, "rate_cap.saved", row["id"], data)
    return RateCapSaved(rate_cap_id=row["id"], changed=True, stale_debts=stale)


_SAVE = """
INSERT INTO rate_cap AS r (agency_id, id, modality, valid_from, valid_to, annual_rate, daily_rate, resolution, source,
  updated_at, updated_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (agency_id, modality, valid_from) DO UPDATE SET valid_to = EXCLUDED.valid_to,
  annual_rate = EXCLUDED.annual_rate, daily_rate = EXCLUDED.daily_rate, resolution = EXCLUDED.resolution,
  source = EXCLUDED.source, updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by
  WHERE (r.valid_to, r.annual_rate, r.resolution, r.source)
    IS DISTINCT FROM (EXCLUDED.valid_to, EXCLUDED.annual_rate, EXCLUDED.resolution, EXCLUDED.source)
RETURNING id
"""

# Interest is posted only for days that had a cap: another one from `valid_from` on is another one for these debts.
_STALE = """
UPDATE debt_interest i SET stale = true
WHERE i.agency_id = $1 AND i.accrued_to > $3 AND EXISTS (
  SELECT FROM debt_interest_terms t WHERE t.agency_id = $1 AND t.debt_id = i.debt_id AND t.modality = $2)
"""

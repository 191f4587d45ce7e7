"""Debts get the terms of interest of their mandate."""

from collections.abc import Sequence
from uuid import UUID

from core.interest.rates import daily_rate
from core.kit.db import Row, Tx
from core.mandates.interest import check_interest

# From the day of placement on: what the debt earned before is in what the creditor placed.
_START = """
WITH given AS (
  SELECT * FROM unnest($2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[]) AS g (mandate_id, annual, daily, leap)
), begun AS (
  INSERT INTO debt_interest (agency_id, id, creditor_id, debt_id, receives, accrues_from, accrued_to,
    rounding, rounding_unit_minor)
  SELECT $1, recobro_uuid7(), d.creditor_id, d.id, m.interest ->> 'receives', d.placed_on, d.placed_on,
    m.rounding, m.rounding_unit_minor
  FROM given g
  JOIN mandate m ON m.agency_id = $1 AND m.id = g.mandate_id
  JOIN debt d ON d.agency_id = $1 AND d.mandate_id = m.id AND d.status = 'ACTIVE'{among}
  WHERE NOT EXISTS (SELECT FROM debt_interest i WHERE i.agency_id = $1 AND i.debt_id = d.id)
  ON CONFLICT (agency_id, debt_id) DO NOTHING RETURNING debt_id, creditor_id, accrues_from
)
INSERT INTO debt_interest_terms (agency_id, id, creditor_id, debt_id, valid_from, method, annual_rate, daily_rate,
  leap_daily_rate, day_count, modality, base, overdue_only, reason, set_at, set_by)
SELECT $1, recobro_uuid7(), b.creditor_id, b.debt_id, b.accrues_from, m.interest ->> 'method', g.annual, g.daily,
  g.leap, m.interest ->> 'day_count', m.interest ->> 'modality', m.interest -> 'base',
  (m.interest ->> 'overdue_only')::boolean, 'the terms of the mandate', $6, $7
FROM begun b
JOIN debt d ON d.agency_id = $1 AND d.id = b.debt_id
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN given g ON g.mandate_id = m.id
"""


_TERMS = """
SELECT id, interest FROM mandate WHERE agency_id = $1 AND interest IS NOT NULL AND status = 'ACTIVE'
  AND ($2::uuid IS NULL OR id = $2)
"""


async def start_from_mandates(tx: Tx) -> int:
    """Every active debt without terms of interest gets those of its mandate, where that has any, from the day of its
    placement on. Returns how many did."""
    return await _start(tx, await tx.fetch(_TERMS, tx.scope.agency, None), "")


async def start_with_placement(tx: Tx, mandate_id: UUID, debts: str) -> int:
    """The same for debts that were just placed under one mandate: whoever asks on the same day what they come to, or
    pays, has their interest. `debts` is a statement of the program that gives their ids."""
    rows = await tx.fetch(_TERMS, tx.scope.agency, mandate_id)
    return await _start(tx, rows, f" AND d.id IN ({debts})") if rows else 0


async def _start(tx: Tx, rows: Sequence[Row], among: str) -> int:
    terms = [check_interest(row["interest"]) for row in rows]
    started = await tx.execute(
        _START.format(among=among), tx.scope.agency, [row["id"] for row in rows], [t.annual_rate for t in terms],
        [daily_rate(t) for t in terms], [daily_rate(t, leap=True) for t in terms], tx.now, str(tx.scope.actor),
    )  # fmt: skip
    return int(started.rpartition(" ")[2])

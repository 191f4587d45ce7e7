"""Move posted interest between the components of a debt, after its payments were split anew."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from core.kit.db import Tx
from core.kit.ids import new_id


async def move_interest(tx: Tx, debt_id: UUID, moves: Sequence[tuple[UUID, date, int]], reason: str) -> None:
    """Post corrections of interest: component, legal day, and by how many minor units it owes more (negative: less).

    The caller holds the debt, and calls `reaccrue` when all of its payments are written: the sum of interest is proved
    there. Of a debt that is written off, what is added here is written off, too.
    """
    if moves:
        components, days, minors = zip(*moves, strict=True)
        await tx.execute(
            _MOVE, tx.scope.agency, debt_id, list(components), list(days), list(minors), tx.now, new_id(),
            str(tx.scope.actor), reason[:200],
        )  # fmt: skip


_MOVE = """
WITH move AS (
  SELECT component_id, day, minor FROM unnest($3::uuid[], $4::date[], $5::bigint[]) AS given (component_id, day, minor)
), held AS (
  SELECT creditor_id, closed_on, closed_reason IS NOT DISTINCT FROM 'WRITTEN_OFF' AS written_off FROM debt
  WHERE agency_id = $1 AND id = $2
), journal AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), creditor_id, $2, component_id, 'INTEREST_CORRECTION', day, $6::timestamptz, minor,
    $7::uuid, $8::text, $9::text
  FROM move, held
  UNION ALL
  SELECT $1, recobro_uuid7(), creditor_id, $2, component_id, 'WRITE_OFF', GREATEST(day, closed_on), $6, -minor, $7, $8,
    $9
  FROM move, held WHERE written_off
), components AS (
  UPDATE debt_component c SET balance_minor = c.balance_minor + CASE WHEN written_off THEN 0 ELSE sums.minor END,
    written_off_minor = c.written_off_minor + CASE WHEN written_off THEN sums.minor ELSE 0 END
  FROM held, (SELECT component_id, sum(minor)::bigint AS minor FROM move GROUP BY component_id) AS sums
  WHERE c.agency_id = $1 AND c.id = sums.component_id
), kept AS (
  UPDATE debt_interest SET stale = true, posted_minor = posted_minor + sums.minor,
    accrued = GREATEST(0, accrued + sums.minor)
  FROM (SELECT sum(minor)::bigint AS minor FROM move) AS sums WHERE agency_id = $1 AND debt_id = $2
)
UPDATE debt d SET updated_at = $6,
  balance_minor = d.balance_minor + CASE WHEN written_off THEN 0 ELSE sums.minor END,
  written_off_minor = d.written_off_minor + CASE WHEN written_off THEN sums.minor ELSE 0 END
FROM held, (SELECT sum(minor)::bigint AS minor FROM move) AS sums WHERE d.agency_id = $1 AND d.id = $2
"""

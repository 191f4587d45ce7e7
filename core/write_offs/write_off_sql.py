"""The writing off of locked debts, one or thousands, in one statement."""

from uuid import UUID

from core.kit.db import Row, Tx

# Each component is brought to 0 by a movement of its own; what it was stays with it, to be recovered or reinstated.
# $1 agency, $2 debts, $3 now, $4 actor, $5 reason, $6 write-off, $7 the most that a debt may owe
_WRITE_OFF = """
WITH due AS MATERIALIZED (
  SELECT d.id, d.creditor_id, d.currency, d.balance_minor AS minor,
    ($3::timestamptz AT TIME ZONE m.timezone)::date AS day
  FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  WHERE d.agency_id = $1 AND d.id = ANY ($2::uuid[]) AND d.status = 'ACTIVE' AND d.balance_minor > 0
    AND ($7::bigint IS NULL OR d.balance_minor <= $7)
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), due.creditor_id, due.id, c.id, 'WRITE_OFF', due.day, $3, -c.balance_minor, $6, $4, $5
  FROM due JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = due.id AND c.balance_minor > 0
), lowered AS (
  UPDATE debt_component c SET written_off_minor = c.balance_minor, balance_minor = 0
  FROM due WHERE c.agency_id = $1 AND c.debt_id = due.id AND c.balance_minor > 0
), closed AS (
  UPDATE debt d SET written_off_minor = due.minor, balance_minor = 0, due_on = NULL, status = 'CLOSED',
    closed_reason = 'WRITTEN_OFF', closed_on = due.day, updated_at = $3
  FROM due WHERE d.agency_id = $1 AND d.id = due.id
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, recobro_uuid7(), due.creditor_id, 'debt.written_off', due.id, $4, jsonb_build_object(
    'write_off_id', $6::uuid, 'amount_minor', due.minor, 'currency', due.currency, 'written_off_on', due.day,
    'reason', $5::text), $3
  FROM due
)
SELECT id, creditor_id, currency, minor, day FROM due
"""


async def write_off(
    tx: Tx, debt_ids: list[UUID], write_off_id: UUID, reason: str, *, most_minor: int | None = None
) -> list[Row]:
    """Write off those of the debts that are active and owe something, at most `most_minor` where given. The caller
    holds them, has brought their interest to today, and wakes the readers of events (core.kit.events.tell) afterwards.

    Returns (id, creditor_id, currency, minor, day) of each: what it owed, and the legal day in its mandate's zone.
    """
    return await tx.fetch(
        _WRITE_OFF, tx.scope.agency, debt_ids, tx.now, str(tx.scope.actor), reason, write_off_id, most_minor
    )

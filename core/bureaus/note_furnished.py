"""Write down what a batch told a bureau for the first time, in the transaction that hands it over."""

from uuid import UUID

from core.kit.db import Tx
from core.permissions import Permission
from recobro_sdk import FurnishingAction, FurnishingBatch

# $1 agency, $2 creditor, $3 bureau, $4 to $6 records told, $7 and $8 the batch's reference and id, $9 now.
# A report counts unless its record was refused; it is certain once nobody waits for the bureau's answer any more. Where
# none is certain the batch writes its own down as well: whichever is refused, the other one stands.
_NOTE = """
WITH told AS (
  SELECT d.id, d.creditor_id, r.day, r.defaulted_on, s.known
  FROM unnest($4::text[], $5::date[], $6::date[]) AS r (reference, day, defaulted_on)
  JOIN debt d ON d.agency_id = $1 AND d.creditor_id = $2 AND d.reference = r.reference
  CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS known, COALESCE(bool_or(b.answer IS DISTINCT FROM 'AWAITED'), false) AS certain
    FROM negative_report n LEFT JOIN furnishing_batch b ON b.agency_id = $1 AND b.id = n.told_in_id
    WHERE n.agency_id = $1 AND n.debt_id = d.id AND n.provider = $3
      AND NOT EXISTS (SELECT FROM furnishing_reject x
                      WHERE x.agency_id = $1 AND x.batch_id = n.told_in_id AND x.debt_id = n.debt_id)) s
  WHERE NOT s.certain),
noted AS (
  INSERT INTO negative_report (agency_id, id, debt_id, creditor_id, provider, first_negative_on, defaulted_on, batch,
    told_in_id, recorded_at)
  SELECT $1, recobro_uuid7(), t.id, t.creditor_id, $3, t.day, t.defaulted_on, $7, $8, $9 FROM told t
  ON CONFLICT (agency_id, debt_id, provider, batch) DO NOTHING RETURNING debt_id)
SELECT count(*) FROM noted o JOIN told t ON t.id = o.debt_id WHERE NOT t.known
"""


async def note_furnished(
    tx: Tx, provider: str, creditor_id: UUID, batch: FurnishingBatch, *, told_in: UUID | None
) -> int:
    """Keep the day and the default of each negative record that this bureau had not had before; how many there were.

    A debt that was reported before keeps its days, whatever the batch says: rows are only ever added, and the first one
    counts. `told_in` is the batch as it is stored, by which a record that is refused later on is known as not told;
    None for what stands whatever is answered. Raises: Forbidden.
    """
    tx.scope.require(Permission.BUREAU_FURNISH)
    told = [
        record
        for record in batch.records
        if record.action is not FurnishingAction.DELETE and record.defaulted_on is not None
    ]
    return await tx.fetchval(
        _NOTE, tx.scope.agency, creditor_id, provider, [record.reference for record in told],
        [record.first_negative_on or record.as_of for record in told], [record.defaulted_on for record in told],
        batch.reference[:80], told_in, tx.now,
    )  # fmt: skip

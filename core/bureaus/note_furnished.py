"""Write down what a batch told a bureau for the first time, in the transaction that hands it over."""

from uuid import UUID

from core.kit.db import Tx
from core.permissions import Permission
from recobro_sdk import FurnishingAction, FurnishingBatch


async def note_furnished(tx: Tx, provider: str, creditor_id: UUID, batch: FurnishingBatch) -> int:
    """Keep the day and the default of each negative record that this bureau had not had before; how many there were.

    A debt that was reported before keeps its days, whatever the batch says: rows are only ever added, and one for each
    debt and bureau. Raises: Forbidden.
    """
    tx.scope.require(Permission.BUREAU_FURNISH)
    told = [
        record
        for record in batch.records
        if record.action is not FurnishingAction.DELETE and record.defaulted_on is not None
    ]
    rows = await tx.fetch(
        "INSERT INTO negative_report (agency_id, id, debt_id, creditor_id, provider, first_negative_on, defaulted_on, "
        "batch, recorded_at) SELECT $1, recobro_uuid7(), d.id, d.creditor_id, $3, r.day, r.defaulted_on, $7, $8 "
        "FROM unnest($4::text[], $5::date[], $6::date[]) AS r (reference, day, defaulted_on) "
        "JOIN debt d ON d.agency_id = $1 AND d.creditor_id = $2 AND d.reference = r.reference "
        "ON CONFLICT (agency_id, debt_id, provider) DO NOTHING RETURNING id",
        tx.scope.agency, creditor_id, provider, [record.reference for record in told],
        [record.as_of for record in told], [record.defaulted_on for record in told], batch.reference[:80], tx.now,
    )  # fmt: skip
    return len(rows)
